/**
 * On a circle of clients, each the neighbour of the k/2 next ones on either side, the server says that two runs of k/2
 * dropped out. No mask is left between the arcs that they separate: the sum falls into the sums of the arcs.
 *
 * Source: Bell et al., CCS 2020 (ePrint 2020/704), section 3, on connectivity. Their random drops hardly ever do it; a
 * semi-malicious server, which chooses who drops, is outside of that proof.
 *
 * What covers it: a client at the end of an arc has k/2 neighbours left. With t > k/2 it refuses, and its self-mask seed
 * cannot be reconstructed. What does not, and is shown below on the source as it is: runs in which enough clients are
 * corrupted and do not drop.
 */
import { describe, expect, it } from 'vitest'
import { broken, describeAttack, type Library, stopped, type Verdict } from './support/attack.ts'
import * as honest from './support/library.ts'
import { RogueServer } from './support/rogue-server.ts'
import { attempt, Scene, type SceneOptions } from './support/scene.ts'

const IDS = Array.from({ length: 20 }, (_, position) => `client${position}`)
const DEGREE = 8
/** Positions 4 to 9; the runs are 0 to 3 and 10 to 13. */
const ARC = IDS.slice(4, 10)
const RUNS = [...IDS.slice(0, 4), ...IDS.slice(10, 14)]

async function splitRing(lib: Library, insiders: readonly string[], options: SceneOptions): Promise<Verdict> {
  const scene = new Scene(lib, { ids: IDS, insiders, ...options })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  for (const [id, keys] of scene.known) server.openSharesOf(id, keys)
  // Of the runs, the corrupted clients stay and the others are said to have dropped out.
  const dropped = RUNS.filter(id => !insiders.includes(id))
  const survivors = server.allBut(...dropped)
  await server.collectConfirmations(survivors, () => survivors)
  await server.collectShares(survivors, id => server.request(id, survivors, dropped, survivors))
  const arc = ARC.filter(id => server.ids.includes(id))
  return scene.verdict(await server.sumOf(arc), arc)
}

function options(threshold?: number): SceneOptions {
  const graph = { kind: 'harary', degree: DEGREE } as const
  return { parameters: { threatModel: 'semi-malicious', graph, ...(threshold && { threshold }) } }
}

describeAttack({
  title: 'two runs of clients that are said to have dropped out, at a threshold of k/2',
  run: lib => attempt(() => splitRing(lib, [], options(DEGREE / 2))),
  honest: stopped('threshold-too-low'),
  unguarded: broken('the sum of 6 alone is out'),
  guards: [
    {
      name: 'the least threshold where the server may lie',
      patches: [
        {
          file: 'parameters.ts',
          find: "if (parameters.threatModel !== 'semi-honest' && 2 * threshold <= degree + corrupted) {",
          replace: 'if (false) {',
        },
      ],
    },
  ],
})

describeAttack({
  title: 'two runs of clients that are said to have dropped out, at the default threshold',
  run: lib => splitRing(lib, [], options()),
  honest: stopped('too-few-survivors'),
  unguarded: broken('the sum of 6 alone is out'),
  guards: [
    {
      // One fact in two places: how many shares it takes, and how many surviving neighbours a client insists on.
      name: 'a default threshold above k/2',
      patches: [
        { file: 'graph/find-parameters.ts', find: 'Math.floor((2 * degree) / 3) + 1', replace: 'degree / 2' },
        {
          file: 'parameters.ts',
          find: "if (parameters.threatModel !== 'semi-honest' && 2 * threshold <= degree + corrupted) {",
          replace: 'if (false) {',
        },
      ],
    },
  ],
})

describe('two runs in which half of the clients are corrupted', () => {
  const insiders = ['client0', 'client1', 'client10', 'client11']
  /** The most corrupted neighbours that an honest client has here. */
  const corruptedNeighbours = 2
  const threshold = 6

  it('lie within what the threshold was chosen for: 2t > k + corrupted neighbours', () => {
    for (const [position, id] of IDS.entries()) {
      if (insiders.includes(id)) continue
      const neighbours = honest.neighboursOf(position, IDS.length, { kind: 'harary', degree: DEGREE })
      const corrupted = neighbours.filter(p => insiders.includes(IDS[p]!)).length
      expect(corrupted).toBeLessThanOrEqual(corruptedNeighbours)
    }
    expect(2 * threshold).toBeGreaterThan(DEGREE + corruptedNeighbours)
  })

  it('do split the ring: not prevented in the semi-malicious model, and not claimed to be', async () => {
    expect(await splitRing(honest, insiders, options(threshold))).toEqual(broken('the sum of 6 alone is out'))
  })

  it('leave an honest client among at least t - corrupted others that are honest: an arc of fewer refuses', async () => {
    const fewest = threshold - corruptedNeighbours + 1
    expect(ARC.length).toBeGreaterThanOrEqual(fewest)
    const gone = ['client7', 'client8']
    expect(ARC.length - gone.length).toBeLessThan(fewest)
    const shorter = { ...options(threshold), ids: IDS.filter(id => !gone.includes(id)) }
    expect(await splitRing(honest, insiders, shorter)).toEqual(stopped('too-few-confirmations, too-few-survivors'))
  })
})
