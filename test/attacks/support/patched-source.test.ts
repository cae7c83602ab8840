import { describe, expect, it } from 'vitest'
import * as honest from './library.ts'
import { patchedSource } from './patched-source.ts'

const file = 'client/unmask.ts'

describe('a patched copy of the source', () => {
  it('is the library once more, and leaves the shipped one alone', async () => {
    const copy = await patchedSource([
      { file: 'primitives/native/node.ts', find: "createHash('sha256')", replace: "createHash('sha512')" },
      { file: 'primitives/random.ts', find: 'new Uint8Array(length)', replace: 'new Uint8Array(length + 1)' },
    ])
    expect(Object.keys(copy).sort()).toEqual(Object.keys(honest).sort())
    expect(copy.SecAggClient).not.toBe(honest.SecAggClient)
    expect(copy.secureRandom(4)).toHaveLength(5)
    expect(honest.secureRandom(4)).toHaveLength(4)
    const root = (lib: typeof honest) => new lib.MerkleTree([Uint8Array.of(1)]).root
    expect([root(copy).length, root(honest).length]).toEqual([64, 32])
  })

  it('is refused when a patch matches nothing: the source has changed', async () => {
    await expect(patchedSource([{ file, find: 'no such line', replace: '' }])).rejects.toThrow(
      'patch of src/secagg/client/unmask.ts must match exactly once, but matches 0 times',
    )
  })

  it('is refused when a patch matches more than one place', async () => {
    await expect(patchedSource([{ file, find: /survivors/, replace: '' }])).rejects.toThrow(/matches \d\d+ times/)
  })

  it('is refused when a patch is of what another one has replaced', async () => {
    const patch = { file, find: 'if (dropped.intersects(survivors)) {', replace: 'if (false) {' }
    await expect(patchedSource([patch, patch])).rejects.toThrow('matches 0 times')
  })

  it('is refused when it is no TypeScript any more', async () => {
    await expect(
      patchedSource([{ file, find: 'if (dropped.intersects(survivors)) {', replace: 'if (' }]),
    ).rejects.toThrow('Build failed')
  })
})
