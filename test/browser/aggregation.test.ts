import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VECTOR_FILES, vectorFile } from '../vectors/files.ts'
import { CHROMIUM, SKIP_REASON, STRICT_POLICY, TestPage } from './chromium.ts'
import { reportOn, simulatedTranscript } from './page.ts'

type Page = typeof globalThis & typeof import('./page.ts')

it.runIf(process.env.CI)('finds Chromium where it must', () => {
  expect(CHROMIUM).toBeDefined()
})

describe.skipIf(CHROMIUM === undefined)(`in a browser, under a strict content security policy${SKIP_REASON}`, () => {
  let opened: TestPage
  const errors: string[] = []

  beforeAll(async () => {
    opened = await TestPage.open(new URL('./page.ts', import.meta.url), STRICT_POLICY)
    opened.page.on('pageerror', error => errors.push(error.message))
    opened.page.on('console', message => errors.push(message.text()))
  })

  afterAll(() => opened?.close())

  it('a whole aggregation, clients and server in the page, gives the sum', async () => {
    const vectors = { ann: [1, -2], ben: [3, 4], cy: [-5, 10], di: [0, 0] }
    expect(await opened.page.evaluate(input => (globalThis as Page).sumOf(input), vectors)).toEqual([-1, 12])
  })

  it('the same seed gives the very transcript that it gives in Node', async () => {
    const inPage = await opened.page.evaluate(seed => (globalThis as Page).simulatedTranscript(seed), 11)
    expect(inPage).toEqual(await simulatedTranscript(11))
    expect(inPage).toMatchObject({ outcome: 'sum', exact: true })
  })

  it.each(VECTOR_FILES)('the test vectors in %s come out as they do in Node', async name => {
    const json = JSON.stringify(vectorFile(name))
    const report = await opened.page.evaluate(vectors => (globalThis as Page).reportOn(vectors), json)
    expect(report.cases.filter(({ passed }) => !passed)).toEqual([])
    expect(report).toEqual(await reportOn(json))
  })

  it('says nothing on the console', () => {
    expect(errors).toEqual([])
  })
})
