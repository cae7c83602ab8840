import { duration } from '../output/format.ts'
import { headingFacts } from '../output/heading.ts'
import type { Draw } from './chart.ts'
import { type Html, html, trusted } from './html.ts'
import type { RunRecord } from './record.ts'
import { costSection } from './sections/costs.ts'
import { dropoutSection } from './sections/dropouts.ts'
import { learningSection } from './sections/learning.ts'
import { numericsSection } from './sections/numerics.ts'
import { privacySection } from './sections/privacy.ts'
import { recognitionSection } from './sections/recognition.ts'
import { secrecySection } from './sections/secrecy.ts'
import { STYLE } from './style.ts'

/** Nothing is loaded and nothing runs: pictures are in the page itself. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

/** The report of a run: one page of HTML that needs nothing else, neither a network nor a script. */
export async function reportPage(record: RunRecord, draw: Draw, version: string): Promise<string> {
  const learning = await learningSection(record, draw)
  const dropouts = await dropoutSection(record, draw)
  const costs = await costSection(record, draw)
  const privacy = await privacySection(record, draw)
  const { summary } = record
  const title = 'Federated learning in which the server learns only the sum'
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>secagg: report of a run</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
  <h1>${title}</h1>
  <p class="note">Report of a run of <code>secagg train</code>${summary.interrupted ? ', which was interrupted' : ''}.</p>
  ${factList(record)}
</header>
<main>
${learning}
${secrecySection(record)}
${recognitionSection(record)}
${dropouts}
${costs}
${numericsSection(record)}
${privacy}
</main>
<footer>
  <p>Model (SHA-256): <code>${summary.modelHash}</code>. Measured in ${duration(summary.seconds)} of secure rounds on one machine, by secagg ${version}.</p>
</footer>
</body>
</html>
`.text
}

function factList({ experiment }: RunRecord): Html {
  const items = headingFacts(experiment).map(([name, value]) =>
    name === '' ? html`<dd>${value}</dd>` : html`<dt>${name}</dt><dd>${value}</dd>`,
  )
  return html`<dl>${items}</dl>`
}
