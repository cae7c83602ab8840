// Any model will do: here logistic regression in plain arrays, without a machine-learning library. Three clinics learn
// to tell two groups of patients apart; none of them shows a patient, or even its own model.
import {
  experimentRandom,
  fedAvg,
  type Learner,
  type Model,
  runSecureFederatedRound,
  tensor,
  VirtualWorker,
} from 'secagg'

/** What a clinic holds: measurements, and the group that each patient belongs to. */
interface Patients {
  readonly length: number
  readonly measurements: readonly (readonly [number, number])[]
  readonly groups: readonly (0 | 1)[]
}

// A model is one flat vector with a schema that names its parts: the only thing that the library sees of it.
const untrained: Model = {
  schema: [
    { name: 'weights', shape: [2] },
    { name: 'bias', shape: [1] },
  ],
  parameters: new Float32Array(3),
}

/** The probability that a patient is of group 1. */
function predict([a = 0, b = 0, bias = 0]: Float32Array, [x, y]: readonly [number, number]) {
  return 1 / (1 + Math.exp(-(a * x + b * y + bias)))
}

/** Mean cross-entropy, and the fraction of patients put into the right group. */
function measure(parameters: Float32Array, { measurements, groups, length }: Patients) {
  let loss = 0
  let right = 0
  for (const [i, patient] of measurements.entries()) {
    const p = predict(parameters, patient)
    loss -= Math.log(groups[i] === 1 ? p : 1 - p) / length
    right += Number(p > 0.5) === groups[i] ? 1 : 0
  }
  return { loss, accuracy: right / length }
}

// A learner is one function: model and data in, trained parameters out. What it reports as metrics is masked as well.
const learner: Learner<Patients> = {
  async train(model, patients, { epochs, learningRate }) {
    const parameters = model.parameters.slice()
    for (let epoch = 0; epoch < epochs; epoch++) {
      const gradient = [0, 0, 0]
      for (const [i, [x, y]] of patients.measurements.entries()) {
        const error = (predict(parameters, [x, y]) - patients.groups[i]!) / patients.length
        gradient[0]! += error * x
        gradient[1]! += error * y
        gradient[2]! += error
      }
      for (const [j, slope] of gradient.entries()) parameters[j]! -= learningRate * slope
    }
    return { parameters, examples: patients.length, metrics: measure(parameters, patients) }
  },
}

/** Made-up patients: two clouds of points that overlap a little. */
function admit(count: number, seed: number): Patients {
  const random = experimentRandom(seed)
  const groups = Array.from({ length: count }, () => (random.uniform() < 0.5 ? 0 : 1) as 0 | 1)
  const measurements = groups.map(group => [2 * group + random.normal(), 1 + 2 * group + random.normal()] as const)
  return { length: count, groups, measurements }
}

const clinics = ['north', 'south', 'west'].map((id, i) => {
  return new VirtualWorker(id, { learner, data: admit(150 + 50 * i, i) })
})
const others = admit(1000, 99)

let model = untrained
for (let round = 0; round < 6; round++) {
  const { metrics, ...result } = await runSecureFederatedRound({
    model,
    workers: clinics,
    round,
    strategy: fedAvg({ epochs: 10, batchSize: 'all', learningRate: 0.5 }),
    // No clinic has more patients than 250, and no weight moves by more than 2 in a round: both bounds are enforced.
    encoding: { weightBound: 250, clip: { kind: 'coordinate', bound: 2 } },
  })
  model = result.model
  const { accuracy } = measure(model.parameters, others)
  const percent = (100 * accuracy).toFixed(1)
  console.log(
    `round ${round}: mean loss ${metrics.loss!.toFixed(3)} at the clinics, ${percent} % of new patients right`,
  )
}
console.log(
  `weights: ${Array.from(tensor(model, 'weights'), weight => weight.toFixed(2))}, bias: ${tensor(model, 'bias')[0]!.toFixed(2)}`,
)
