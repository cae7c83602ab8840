import { describe, expect, it } from 'vitest'
import { SecAggServer, type SecAggServerOptions } from '../../../src/secagg/server/index.ts'

const options: SecAggServerOptions = {
  context: new Uint8Array(32),
  parameters: { threatModel: 'semi-honest', clients: 5, graph: { kind: 'complete' }, vectorLength: 1, modulusBits: 8 },
}

describe('the options of a server', () => {
  it.each([
    ['a context of 31 bytes', { context: new Uint8Array(31) }, 'bad-option'],
    ['a session of 16 bytes', { session: new Uint8Array(16) }, 'bad-option'],
    ['a minimum cohort of one', { minimumCohort: 1 }, 'bad-option'],
    ['a minimum beyond the cohort', { minimumCohort: 6 }, 'bad-option'],
    ['no room to stage inputs', { stagedInputs: 0 }, 'bad-option'],
    ['half a place to stage inputs', { stagedInputs: 0.5 }, 'bad-option'],
    ['bad parameters', { parameters: { ...options.parameters, modulusBits: 63 } }, 'bad-parameter'],
  ])('are not taken with %s', (_, change, code) => {
    expect(() => new SecAggServer({ ...options, ...change })).toThrowError(
      expect.objectContaining({ name: 'UsageError', code }),
    )
  })

  it('name a fresh session unless one is given', () => {
    const [one, two] = [new SecAggServer(options), new SecAggServer(options)]
    expect(one.session).not.toEqual(two.session)
    const given = new Uint8Array(32).fill(3)
    expect(new SecAggServer({ ...options, session: given }).session).toEqual(given)
  })

  it('are copied: neither the caller nor a reader of the session can change it', () => {
    const session = new Uint8Array(32).fill(3)
    const server = new SecAggServer({ ...options, session })
    session.fill(4)
    server.session.fill(5)
    expect(server.session).toEqual(new Uint8Array(32).fill(3))
  })
})
