import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is, or `undefined`. With CI set it is not optional. */
export const CHROMIUM: string | undefined = CANDIDATES.find(path => path !== undefined && existsSync(path))

/** Says in a test's name why it is skipped. */
export const SKIP_REASON: string = CHROMIUM ? '' : ' (skipped: no Chromium; install it, or set CHROMIUM to its path)'

/** The strictest policy that the library runs under: no eval, no inline script, and no WebAssembly. */
export const STRICT_POLICY = "default-src 'none'; script-src 'self'"

/** A page of our own on loopback, in headless Chromium, with `entry` bundled from the built package. */
export class TestPage {
  readonly page: Page
  readonly #browser: Browser
  readonly #server: Server

  private constructor(page: Page, browser: Browser, server: Server) {
    this.page = page
    this.#browser = browser
    this.#server = server
  }

  static async open(entry: URL, policy: string): Promise<TestPage> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(entry)],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['browser'],
      write: false,
      logLevel: 'silent',
    })
    const script = outputFiles[0]!.text
    const server = createServer((request, response) => {
      response.setHeader('content-security-policy', policy)
      const isScript = request.url === '/page.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(
        isScript ? script : '<!doctype html><title>secagg</title><script type="module" src="/page.js"></script>',
      )
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return new TestPage(page, browser, server)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
