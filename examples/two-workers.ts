// PySyft's tutorial: Bob and Alice hold half of the digits each, and the CNN of the tutorial learns from both, with its batches
// of 64, learning rate of 0.01 and 10 epochs. There, every batch's gradient is sent in clear; here, the server learns the sum.
import { fedAvg, runSecureFederatedRound, VirtualWorker } from 'secagg'
import { createCnn } from 'secagg/cnn'
import { loadMnist } from 'secagg/mnist'

// Another number of epochs may be given: node two-workers.js 1
const EPOCHS = Number(process.argv[2] ?? 10)

// All of MNIST where it is (MNIST_DIR, or after `secagg data download`), else the digits that come with the package.
const digits = await loadMnist()
const network = await createCnn('pysyft', { threads: 2 })

const bob = new VirtualWorker('bob', { learner: network })
const alice = new VirtualWorker('alice', { learner: network })
digits.train.federate([bob, alice])

// A round is an epoch of both, side by side; momentum makes up for the half as many steps that each takes.
const strategy = fedAvg({ epochs: 1, batchSize: 64, learningRate: 0.01, momentum: 0.9 })

// In a cohort of two, each can subtract its own update from the sum and has the other's. Say that this is meant, or add Carol.
const policy = { minimumCohort: 2, minimumSurvivors: 2, acceptSmallCohort: true }

let model = network.initialize(1)
let warned = false
for (let round = 0; round < EPOCHS; round++) {
  const result = await runSecureFederatedRound({
    model,
    workers: [bob, alice],
    round,
    strategy,
    policy,
    encoding: { weightBound: bob.examples },
    concurrency: 2,
    seed: 1,
    onEvent: event => {
      if (event.type === 'warning' && !warned) console.log(`warning: ${event.message}`)
      if (event.type === 'warning') warned = true
    },
  })
  model = result.model
  const { accuracy } = await network.evaluate(model, digits.test)
  console.log(`epoch ${round + 1}: ${(100 * accuracy).toFixed(2)} % of the ${digits.testName} right`)
}
