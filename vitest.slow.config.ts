import { mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

const slow = mergeConfig(base, { test: { testTimeout: 3_600_000, hookTimeout: 600_000, fileParallelism: false } })
slow.test.include = ['test/**/*.slow.test.ts']
slow.test.exclude = ['node_modules/**']
export default slow
