import { describe, expect, it } from 'vitest'
import { ContributionError } from '../../../src/federated/index.ts'
import { contextOf } from '../../../src/federated/round/announcement.ts'
import type { Contribute } from '../../../src/federated/round/contribution.ts'
import { contributionOf } from '../../../src/federated/round/worker-contribution.ts'
import { decodeClientMessage, encodeMessage } from '../../../src/secagg/messages/frame.ts'
import { limitsFor } from '../../../src/secagg/messages/limits.ts'
import { SecAggServer } from '../../../src/secagg/server/index.ts'
import { expectRejection } from '../codes.ts'
import { fixedWorker, rejectionOf, vectorModel } from './cohort.ts'
import { announceSum, participant } from './in-process.ts'

describe('a participant', () => {
  it('joins once', () => {
    const ann = participant(announceSum(3), 'ann', [1, 2])
    expect(ann.join()).toHaveLength(1)
    expect(() => ann.join()).toThrow(expect.objectContaining({ code: 'out-of-round' }))
  })

  it('refuses bytes that are no message, or not the server’s', async () => {
    const ann = participant(announceSum(3), 'ann', [1, 2])
    const own = ann.join()[0]!
    expect(await rejectionOf(ann.answer(own))).toMatchObject({ name: 'DecodeError', code: 'wrong-direction' })
    expect(await rejectionOf(ann.answer(new Uint8Array(3)))).toMatchObject({ name: 'DecodeError' })
  })

  it('answers nothing more when it has left', async () => {
    const ann = participant(announceSum(3), 'ann', [1, 2])
    ann.leave()
    expect(() => ann.join()).toThrow(/it has left/)
  })

  it('that has no input to give is out of the aggregation, and tells its computation once', async () => {
    const { ann, delivery } = await deal(() => Promise.reject(new Error('Jane Doe, 172.5 mmol/l')))
    expect(ann.takeComputation()).toBeUndefined()
    const error = (await rejectionOf(ann.answer(delivery))) as ContributionError
    expect(error).toBeInstanceOf(ContributionError)
    expect(error).toMatchObject({ code: 'contribution-failed', clientId: 'ann' })
    expect(error.message).toMatch(/^"ann" has no input to give: its own code threw Error;/)
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('172.5')
    expect(ann.takeComputation()).toMatchObject({ succeeded: false, seconds: expect.any(Number) })
    expect(ann.takeComputation()).toBeUndefined()
    expect(() => ann.join()).toThrow(/it has left/)
  })

  it('computes its input once, whatever the server sends', async () => {
    let computed = 0
    const { ann, delivery } = await deal(async () => ({ values: [++computed, 0] }))
    expect(await ann.answer(delivery)).toHaveLength(1)
    expect(ann.takeComputation()).toMatchObject({ succeeded: true })
    const again = await rejectionOf(ann.answer(delivery))
    expect(again).toMatchObject({ name: 'RefusalError', code: 'out-of-round', clientId: 'ann' })
    expect(computed).toBe(1)
  })

  it('computes nothing before its shares are dealt, whatever the server sends', async () => {
    let computed = 0
    const contribute = async () => ({ values: [++computed, 0] })
    const { announcement, delivery } = await deal(contribute)
    const ann = participant(announcement, 'ann', contribute)
    ann.join()
    expect(await rejectionOf(ann.answer(delivery))).toMatchObject({ name: 'RefusalError', code: 'out-of-round' })
    expect(computed).toBe(0)
    expect(ann.takeComputation()).toBeUndefined()
  })
})

/** Three participants that have dealt their shares, and what the server delivers to the first. */
async function deal(contribute: Contribute) {
  const announcement = announceSum(3)
  const { parameters, session } = announcement
  const all = ['ann', 'ben', 'cy'].map(id => participant(announcement, id, contribute))
  const server = new SecAggServer({ parameters, context: contextOf(announcement), session })
  const receive = (sent: Uint8Array[]) => {
    for (const bytes of sent) server.receive(decodeClientMessage(bytes, limitsFor(parameters)))
  }
  const close = async () => {
    const outcome = await server.closeRound()
    if (outcome.kind !== 'next') throw new Error('the aggregation ended early')
    return (id: string) => encodeMessage(outcome.messages.get(id)!)
  }
  for (const each of all) receive(each.join())
  const roster = await close()
  for (const each of all) receive(await each.answer(roster(each.id)))
  const delivery = await close()
  return { announcement, ann: all[0]!, delivery: delivery('ann') }
}

describe('a worker that is asked for what it cannot do', () => {
  it('says so', async () => {
    const contribute = contributionOf(fixedWorker('w', { update: [0] }))
    const { encoding } = announceSum(3)
    const sum = contribute({ federatedRound: 0, encoding, task: { kind: 'sum' } })
    await expectRejection(sum, 'worker-cannot', /Worker "w" cannot sum/)
    const evaluation = contribute({ federatedRound: 0, encoding, task: { kind: 'evaluate', model: vectorModel(1) } })
    await expectRejection(evaluation, 'worker-cannot', /Worker "w" cannot evaluate/)
  })
})
