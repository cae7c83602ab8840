import { readFileSync } from 'node:fs'

/** The version of the package that this file is a part of, from source and from dist/ alike. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
