import { count, plural } from '../../output/format.ts'
import type { Demonstration } from '../attack/demonstration.ts'
import { type Html, html } from '../html.ts'
import { signedFractions } from '../masked-words.ts'
import { pngAddress } from '../png.ts'
import type { RunRecord } from '../record.ts'
import type { ServerView } from '../server-view.ts'
import { correlation } from '../statistics.ts'

/** Pixels in a row of a picture of an update. */
const ROW = 128

/** Entries that are shown as numbers. */
const QUOTED = 6

/** One worker's update beside what the server received of it, and an attack on both kinds. */
export function secrecySection({ view, demonstration, experiment }: RunRecord): Html {
  return html`<section id="secrecy">
    <h2>What the server saw</h2>
    ${view === undefined ? html`<p>Nothing: in this run no masked update came in.</p>` : viewPart(view, experiment.cnn.parameterCount)}
    ${attackPart(demonstration)}
  </section>`
}

function viewPart(view: ServerView, parameters: number): Html {
  const { worker, update, received } = view
  const related = correlation(update, signedFractions(received))
  const all = update.length === parameters
  return html`<p>The update of ${worker} in its last round, ${all ? `all ${plural(parameters, 'parameter')}` : `the first ${count(update.length)} of ${count(parameters)} parameters`},
    one pixel each: on the left as it was in the worker, which the server never sees; on the right the words in the message
    that the server received. Their correlation is <strong>${related.toFixed(4)}</strong>; that of unrelated pictures of
    this size is within &plusmn;${(3 / Math.sqrt(update.length)).toFixed(4)} nearly always.</p>
    <div class="pair">
      <figure><img class="pixels" src="${updatePicture(update)}" alt="the update: structures of the network's layers" width="${ROW}" height="${Math.ceil(update.length / ROW)}">
        <figcaption>In the worker: the update. Grey is no change, white up, black down.</figcaption></figure>
      <figure><img class="pixels" src="${wordPicture(view)}" alt="the masked words: noise" width="${ROW}" height="${Math.ceil(update.length / ROW)}">
        <figcaption>At the server: the masked words, black 0 to white 2<sup>${received.modulusBits}</sup> - 1.</figcaption></figure>
    </div>
    ${quotedTable(view)}`
}

/** The largest changes, which would show first. */
function quotedTable({ update, received }: ServerView): Html {
  const largest = Array.from(update.keys()).sort((a, b) => Math.abs(update[b]!) - Math.abs(update[a]!))
  const digits = Math.ceil(received.modulusBits / 4)
  const rows = largest.slice(0, QUOTED).map(i => {
    const word = received.words[i]!.toString(16).padStart(digits, '0')
    return html`<tr><th scope="row">${count(i)}</th><td>${update[i]!.toFixed(5)}</td><td><code>${word}</code></td></tr>`
  })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="The largest changes"><table>
    <caption>The largest changes among them, and the word that the server received for each.</caption>
    <thead><tr><th scope="col">Parameter</th><th scope="col">In the worker</th><th scope="col">At the server (hex)</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`
}

function updatePicture(update: Float32Array): string {
  // The few largest would leave all the others grey.
  const sizes = Float32Array.from(update, Math.abs).sort()
  const white = sizes[Math.floor(0.98 * (sizes.length - 1))] || 1
  return pngAddress(
    Uint8Array.from(update, value => shade(0.5 + value / white / 2)),
    ROW,
  )
}

function wordPicture({ received: { words, modulusBits } }: ServerView): string {
  return pngAddress(
    Uint8Array.from(words, word => shade(word / 2 ** modulusBits)),
    ROW,
  )
}

function attackPart({ digit, label, clear, masked }: Demonstration): Html {
  return html`<h3>What an attack makes of it</h3>
    <p>Gradient inversion (&ldquo;Deep Leakage from Gradients&rdquo;, Zhu, Liu and Han, NeurIPS 2019) looks, by L-BFGS from noise, for
    the digit whose gradient is the observed one. For this report three workers ran one secure round of FedSGD with one
    training digit each, on a network of a single dense layer (7,850 parameters). The same attack was run on the first
    worker&#39;s gradient and on the words that the server received of it.</p>
    <div class="triple">
      ${attacked('The digit in the worker', `a ${label}`, digit)}
      ${attacked('From the gradient in clear', `a ${clear.label}; correlation ${clear.correlation.toFixed(3)}`, clear.pixels)}
      ${attacked('From what the server received', `correlation ${masked.correlation.toFixed(3)}`, stretched(masked.pixels))}
    </div>
    <p class="note">One example, one step and one layer are the easiest case for the attack: it shows why an update must not be seen, not how
    much the updates of this run, of many digits and steps, would give away. What the server learns here is the sum of the
    workers&#39; updates, which the models of the run follow from; only noise (differential privacy) limits what that tells.
    The third picture is stretched to its own darkest and brightest pixel.</p>`
}

function attacked(title: string, text: string, pixels: ArrayLike<number>): Html {
  const source = pngAddress(
    Uint8Array.from(pixels, ink => shade(1 - ink)),
    28,
  )
  return html`<figure><img class="pixels" src="${source}" alt="${title}: ${text}" width="28" height="28"><figcaption>${title}: ${text}</figcaption></figure>`
}

/** What the attack finds in noise has no scale. */
function stretched(pixels: Float64Array): Float64Array {
  const darkest = Math.min(...pixels)
  const range = Math.max(...pixels) - darkest || 1
  return pixels.map(pixel => (pixel - darkest) / range)
}

/** From 0 to 1 to a byte. */
function shade(brightness: number): number {
  return Math.max(0, Math.min(255, Math.round(255 * brightness)))
}
