import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM, SKIP_REASON, STRICT_POLICY, TestPage } from './chromium.ts'
import { maskedVectorHash } from './masking-page.ts'

type Page = typeof globalThis & typeof import('./masking-page.ts')

/** What the masking kernel needs, and no more: JavaScript's eval stays forbidden. */
const KERNEL_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"

describe.skipIf(CHROMIUM === undefined).each([
  ['that allows WebAssembly, by the kernel', KERNEL_POLICY, true],
  ['that forbids WebAssembly, by the plain loops', STRICT_POLICY, false],
])(`masking in a browser under a policy %s${SKIP_REASON}`, (_name, policy, kernel) => {
  let opened: TestPage
  const said: string[] = []

  beforeAll(async () => {
    opened = await TestPage.open(new URL('./masking-page.ts', import.meta.url), policy)
    opened.page.on('pageerror', error => said.push(error.message))
    opened.page.on('console', message => said.push(message.text()))
  })

  afterAll(() => opened?.close())

  it('runs on what the policy allows', async () => {
    expect(await opened.page.evaluate(() => (globalThis as Page).hasKernel())).toBe(kernel)
  })

  it.each([1, 2] as const)('gives the words that Node gives, in %i lanes', async lanes => {
    const inPage = await opened.page.evaluate(count => (globalThis as Page).maskedVectorHash(count), lanes)
    expect(inPage).toBe(await maskedVectorHash(lanes))
  })

  it('says nothing on the console', () => {
    expect(said).toEqual([])
  })
})
