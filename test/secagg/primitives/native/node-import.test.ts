import { expect, test, vi } from 'vitest'
import { hex, toHex } from '../support.ts'

const attempts = vi.hoisted((): string[] => [])

/** A Node that refuses a private JWK whose `x` is not the key's, as versions after 20 do. */
vi.mock('node:crypto', async importOriginal => {
  const real = await importOriginal<typeof import('node:crypto')>()
  const createPrivateKey = (input: { format: string }) => {
    attempts.push(input.format)
    if (input.format === 'jwk') throw new TypeError('Invalid JWK OKP key')
    return real.createPrivateKey(input as Parameters<typeof real.createPrivateKey>[0])
  }
  return { ...real, createPrivateKey }
})

test('a Node that refuses a JWK without the right public key is given the key as PKCS#8', async () => {
  const { importX25519 } = await import('../../../../src/secagg/primitives/native/node.ts')
  // RFC 7748 section 6.1
  const key = importX25519(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
  expect(attempts).toEqual(['jwk', 'der'])
  expect(toHex(key.publicKey)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
})
