// Builds the package: the embedded digits and kernels, then dist/ by tsc. No bundler.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(`${root}assets/mnist-sample.bin.gz`)) run(process.execPath, ['scripts/pack-mnist-sample.mjs'])
run(process.execPath, ['scripts/build-kernels.mjs'])
rmSync(`${root}dist`, { recursive: true, force: true })
run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
