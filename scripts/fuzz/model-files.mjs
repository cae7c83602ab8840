import { createModel, decodeSafetensors, encodeSafetensors, FederatedError } from 'secagg/federated'
import { decodeWithin, requireSameBytes } from './promises.mjs'
import { Scratch } from './scratch.mjs'

/** What its documentation says that it throws. */
const CODES = new Set([
  'model-file-malformed',
  'model-file-unsupported',
  'invalid-schema',
  'parameters-misfit',
  'non-finite-parameter',
])
const LENGTH_BYTES = 8
const SNIPPETS = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '-1',
  '1e9',
  '1e999',
  '4294967296',
  'null',
  'true',
  '\\u0000',
  '\\ud800',
  '"a":',
  '"__proto__":',
  '"__metadata__":{}',
  ',"shape":[1]',
  '"dtype":"F16"',
  '"data_offsets":[0,4]',
  '[[[[',
  '\ufeff',
].map(text => new TextEncoder().encode(text))

/** `decodeSafetensors`: damaged model files, with the length of their header put right or not. */
export function modelFileTarget(random) {
  const header = new Scratch(random)
  const file = new Scratch(random)
  const seeds = sampleFiles().map(bytes => {
    const end = LENGTH_BYTES + Number(new DataView(bytes.buffer).getBigUint64(0, true))
    return { header: bytes.slice(LENGTH_BYTES, end), data: bytes.slice(end) }
  })
  return {
    name: 'decodeSafetensors',
    weight: 1,
    make() {
      const seed = random.pick(seeds)
      header.clear()
      header.append(seed.header)
      for (let i = random.below(4); i > 0; i--) {
        if (random.chance(50)) header.insert(random.below(header.length + 1), random.below(4), random.pick(SNIPPETS))
        else header.damage(random.pick(seeds).header)
      }
      file.clear()
      file.appendZeros(LENGTH_BYTES)
      file.setLittleEndianLong(0, BigInt(header.length))
      file.append(header.view())
      file.append(seed.data)
      if (random.chance(15)) file.damage(seed.data)
      return file.aligned(random.below(8))
    },
    run(bytes, _, allocations) {
      const { value, code } = decodeWithin(
        allocations,
        bytes.length + 1024,
        () => decodeSafetensors(bytes),
        FederatedError,
        CODES,
      )
      if (code !== undefined) return code
      // Others may write the header in another order or with spaces: what was read is written in one way.
      const written = encodeSafetensors(value.model, value.metadata)
      const again = decodeSafetensors(written)
      requireSameBytes(encodeSafetensors(again.model, again.metadata), written)
      return 'accepted'
    },
  }
}

function sampleFiles() {
  const tensor = (name, ...shape) => ({ name, shape })
  const model = (...schema) => {
    const size = schema.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0)
    return createModel(
      schema,
      Float32Array.from({ length: size }, (_, i) => i / 3 - 1),
    )
  }
  return [
    encodeSafetensors(model(tensor('w', 2, 3), tensor('b', 3))),
    encodeSafetensors(model(tensor('scalar')), { network: 'tiny', rounds: '20' }),
    encodeSafetensors(model(tensor('0', 1), tensor('Zoë', 4, 1), tensor('"quoted"', 2))),
  ]
}
