// Compiles the examples against the built package, as a user's project would, and runs them all. Each must exit with 0.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

if (!existsSync(`${root}dist/index.js`)) {
  console.error('The package is not built: run npm run build first.')
  process.exit(1)
}

const compiled = run([`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.programs.json'])
if (compiled !== 0) process.exit(compiled)

const examples = readdirSync(`${root}examples`).filter(name => name.endsWith('.ts'))
const failed = []
for (const name of examples) {
  console.log(`\n--- examples/${name}`)
  if (run([`build/examples/${name.replace(/\.ts$/, '.js')}`]) !== 0) failed.push(name)
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`)
  process.exit(1)
}
console.log(`\n${examples.length} examples ran.`)

function run(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
}
