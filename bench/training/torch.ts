import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createCnn } from 'secagg/cnn'
import type { Contender, Sample } from './contenders.ts'

/** Seen from build/bench/training/. */
const SCRIPT = new URL('../../../bench/training/torch_rate.py', import.meta.url)

interface Torch extends Contender {
  /** Lets the process go. */
  end(): void
}

/** PyTorch on one thread, in a process of its own that answers line by line; or why it does not take part. */
export async function torchContender(pythons: readonly string[]): Promise<Torch | string> {
  const python = pythons.find(name => spawnSync(name, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0)
  if (python === undefined) return `no PyTorch in ${pythons.join(' or ')} (Debian: apt install python3-torch)`
  const child = spawn(python, [SCRIPT.pathname], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { version } = (await nextOf(answers, child)) as unknown as { version: string }
  return {
    name: 'PyTorch',
    version: `PyTorch ${version}`,
    async measure(network, batch, seconds) {
      child.stdin.write(`${network} ${batch} ${seconds}\n`)
      const { parameters, ...sample } = await nextOf(answers, child)
      const { parameterCount } = await createCnn(network, { engine: 'wasm' })
      if (parameters !== parameterCount) throw new Error(`PyTorch trains another ${network}: ${parameters} parameters`)
      return sample
    },
    end: () => child.stdin.end(),
  }
}

async function nextOf(
  answers: AsyncIterator<string>,
  child: ChildProcess,
): Promise<Sample & { readonly parameters: number }> {
  const { value, done } = await answers.next()
  if (done) throw new Error(`PyTorch ended, with ${child.exitCode ?? child.signalCode}`)
  return JSON.parse(value)
}
