import type { ImageData } from '../../src/cnn/index.ts'
import type { Network, Schema } from '../../src/cnn/networks.ts'

/**
 * The networks by their definition, in plain loops over doubles and sharing no code with `src/cnn`: the independent opinion on
 * loss and gradients.
 */

interface Volume {
  readonly side: number
  readonly channels: number
  readonly values: Float64Array
}

const volume = (side: number, channels: number): Volume => ({
  side,
  channels,
  values: new Float64Array(side * side * channels),
})
const at = (v: Volume, row: number, column: number, channel: number) => (row * v.side + column) * v.channels + channel

/** Calls `visit` with the offsets into input, kernel and output of each product of a convolution. */
function eachProduct(x: Volume, y: Volume, k: number, pad: number, visit: (x: number, w: number, y: number) => void) {
  for (let r = 0; r < y.side; r++)
    for (let c = 0; c < y.side; c++)
      for (let i = 0; i < k; i++)
        for (let j = 0; j < k; j++) {
          const row = r + i - pad
          const column = c + j - pad
          if (row < 0 || column < 0 || row >= x.side || column >= x.side) continue
          for (let ci = 0; ci < x.channels; ci++)
            for (let co = 0; co < y.channels; co++)
              visit(at(x, row, column, ci), ((i * k + j) * x.channels + ci) * y.channels + co, at(y, r, c, co))
        }
}

/** The offset of the largest input of each 2x2 window, the first of equals. */
function winners(x: Volume): Int32Array {
  const half = x.side >> 1
  const best = new Int32Array(half * half * x.channels)
  for (let r = 0; r < half; r++)
    for (let c = 0; c < half; c++)
      for (let channel = 0; channel < x.channels; channel++) {
        const window = [0, 1, 2, 3].map(i => at(x, 2 * r + (i >> 1), 2 * c + (i & 1), channel))
        best[(r * half + c) * x.channels + channel] = window.reduce((a, b) => (x.values[b]! > x.values[a]! ? b : a))
      }
  return best
}

/** Mean loss and its gradients (in schema order, one array for each tensor) over all examples. */
export function referenceGradients(network: Network, schema: Schema, parameters: Float32Array, data: ImageData) {
  let offset = 0
  const weights = schema.map(({ shape }) => {
    const size = shape.reduce((a, b) => a * b)
    offset += size
    return Float64Array.from(parameters.subarray(offset - size, offset))
  })
  const gradients = weights.map(w => new Float64Array(w.length))
  let loss = 0
  for (let n = 0; n < data.length; n++) {
    const image = data.images.subarray(n * 784, (n + 1) * 784)
    loss += example(network, weights, gradients, image, data.labels[n]!, 1 / data.length)
  }
  return { loss: loss / data.length, gradients }
}

function example(net: Network, w: Float64Array[], g: Float64Array[], image: Uint8Array, label: number, scale: number) {
  const k = net.kernelSide
  const pad = net.padding === 'same' ? (k - 1) / 2 : 0
  const inputs: Volume[] = []
  const outputs: Volume[] = []
  const bests: Int32Array[] = []
  let x: Volume = { side: 28, channels: 1, values: Float64Array.from(image, byte => Math.fround(byte / 255)) }
  for (const [layer, filters] of net.filters.entries()) {
    const y = volume(x.side + 2 * pad - k + 1, filters)
    const [kernel, bias] = [w[2 * layer]!, w[2 * layer + 1]!]
    for (let i = 0; i < y.values.length; i++) y.values[i] = bias[i % filters]!
    eachProduct(x, y, k, pad, (a, b, c) => {
      y.values[c]! += x.values[a]! * kernel[b]!
    })
    for (const [i, value] of y.values.entries()) y.values[i] = Math.max(value, 0)
    const best = winners(y)
    inputs.push(x)
    outputs.push(y)
    bests.push(best)
    x = { side: y.side >> 1, channels: filters, values: Float64Array.from(best, i => y.values[i]!) }
  }

  const first = 2 * net.filters.length
  const hidden: Float64Array[] = [x.values]
  const layers = net.hidden.length + 1
  for (let layer = 0; layer < layers; layer++) {
    const [kernel, bias] = [w[first + 2 * layer]!, w[first + 2 * layer + 1]!]
    const sums = bias.slice()
    for (const [i, value] of hidden[layer]!.entries()) {
      for (let o = 0; o < bias.length; o++) sums[o]! += value * kernel[i * bias.length + o]!
    }
    hidden.push(layer < layers - 1 ? sums.map(value => Math.max(value, 0)) : sums)
  }
  const exponentials = hidden.at(-1)!.map(Math.exp)
  const total = exponentials.reduce((a, b) => a + b)
  let dy = exponentials.map((e, i) => (e / total - (i === label ? 1 : 0)) * scale)

  for (let layer = layers - 1; layer >= 0; layer--) {
    const input = hidden[layer]!
    const [kernel, dKernel, dBias] = [w[first + 2 * layer]!, g[first + 2 * layer]!, g[first + 2 * layer + 1]!]
    const dx = new Float64Array(input.length)
    for (const [o, d] of dy.entries()) {
      dBias[o]! += d
      for (let i = 0; i < input.length; i++) {
        dKernel[i * dy.length + o]! += input[i]! * d
        if (input[i]! > 0) dx[i]! += kernel[i * dy.length + o]! * d
      }
    }
    dy = dx
  }
  for (let layer = net.filters.length - 1; layer >= 0; layer--) {
    const [input, output, best] = [inputs[layer]!, outputs[layer]!, bests[layer]!]
    const [kernel, dKernel, dBias] = [w[2 * layer]!, g[2 * layer]!, g[2 * layer + 1]!]
    const d = new Float64Array(output.values.length)
    for (const [i, winner] of best.entries()) if (output.values[winner]! > 0) d[winner] = dy[i]!
    for (const [i, value] of d.entries()) dBias[i % output.channels]! += value
    const dx = new Float64Array(input.values.length)
    eachProduct(input, output, k, pad, (a, b, c) => {
      if (d[c] === 0) return
      dKernel[b]! += input.values[a]! * d[c]!
      dx[a]! += kernel[b]! * d[c]!
    })
    dy = dx
  }
  return -Math.log(exponentials[label]! / total)
}
