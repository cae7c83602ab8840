import { spawnSync } from 'node:child_process'

/** Bytes per second of CPU time that `openssl speed` gives for AES-128-CTR, or `undefined` where there is no openssl. */
export function opensslBytesPerSecond(): number | undefined {
  const options = ['speed', '-mr', '-evp', 'aes-128-ctr', '-bytes', '65536', '-seconds', '1']
  const { stdout, status } = spawnSync('openssl', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const rate = status === 0 ? /^\+F:\d+:AES-128-CTR:([\d.]+)$/im.exec(stdout)?.[1] : undefined
  return rate === undefined ? undefined : Number(rate)
}

export function opensslVersion(): string | undefined {
  const { stdout, status } = spawnSync('openssl', ['version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout.trim() : undefined
}
