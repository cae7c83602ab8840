// Every benchmark in its quick form, one after the other: npm run bench. Each alone, in full: npm run bench:NAME.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BENCHES = [
  ['masking'],
  ['browser-masking'],
  ['encoding', '--quick'],
  ['expansion'],
  ['plan'],
  ['unmasking'],
  ['protocol', '--quick'],
  ['scale', '--quick'],
  ['training', '--quick'],
  ['peers', '--quick'],
]

const failed = []
for (const [name, ...options] of BENCHES) {
  console.log(`\n=== ${name} ${options.join(' ')}`)
  const program = fileURLToPath(new URL(`../build/bench/${name}.js`, import.meta.url))
  const { status } = spawnSync(process.execPath, [program, ...options], { stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
