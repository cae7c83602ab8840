export { SecAggClient } from './client.ts'
export { type ClientPolicy, DEFAULT_POLICY } from './policy.ts'
export { MemorySessionLog, type SessionLog } from './sessions.ts'
export type { SecAggClientOptions } from './setup.ts'
