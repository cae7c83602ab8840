import { cpus, loadavg } from 'node:os'
import { opensslVersion } from '../masking/openssl.ts'

/** Where figures were measured. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** Of the last 1, 5 and 15 minutes, when it was asked for. */
  readonly load: readonly number[]
  readonly node: string
  /** The one that Node brings, which makes our keystream. */
  readonly nodeOpenssl: string
  /** The command's, or `null` where there is none. */
  readonly openssl: string | null
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load: loadavg().map(load => Number(load.toFixed(1))),
    node: process.version,
    nodeOpenssl: process.versions.openssl,
    openssl: opensslVersion() ?? null,
  }
}

export function machineLine({ cpu, cores, load, node, nodeOpenssl }: Machine): string {
  return `${cpu}, ${cores} cores, load ${load.join(' ')}; Node ${node} (OpenSSL ${nodeOpenssl})`
}
