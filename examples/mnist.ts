// Ten workers learn to read digits together. None of them shows its digits, or what it learned from them, to anybody.
import { dropoutsAt, fedAvg, federate, iid, runSecureFederatedRound, VirtualWorker } from 'secagg'
import { createCnn } from 'secagg/cnn'
import { loadMnist } from 'secagg/mnist'

const ROUNDS = 3

// 8,500 digits to learn from and 1,500 to test on come with the package.
const digits = await loadMnist({ data: 'sample' })
const network = await createCnn('small')

// A virtual worker lives in this process, but behaves as a remote one would: its digits go in and never come out.
const workers = Array.from({ length: 10 }, (_, i) => new VirtualWorker(`worker-${i}`, { learner: network }))
federate(digits.train, { workers, partition: iid({ seed: 1 }) })

// People close their laptops. In round 1 a worker vanishes after it has shared its keys, which would leave its masks in
// the sum; in round 2 another one after its update was added. The sum comes out all the same.
const dropouts = dropoutsAt({ 1: { 'worker-3': 'MaskedInputCollection' }, 2: { 'worker-7': 'Unmasking' } })

let model = network.initialize(1)
for (let round = 0; round < ROUNDS; round++) {
  const result = await runSecureFederatedRound({
    model,
    workers,
    round,
    strategy: fedAvg({ epochs: 1, batchSize: 10, learningRate: 0.1 }),
    // No worker has more digits than this. The tighter the bound, the more exact the sum.
    encoding: { weightBound: 850 },
    dropouts,
    seed: 1, // repeats the learning; keys and masks are fresh whatever it is
  })
  model = result.model

  const { accuracy } = await network.evaluate(model, digits.test)
  const left = result.dropped.map(({ id, round }) => `, ${id} left in ${round}`).join('')
  console.log(
    `round ${round}: ${(100 * accuracy).toFixed(1)} % right, ${result.survivors.length} updates summed${left}`,
  )
}
