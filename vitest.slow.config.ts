import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

const { projects, coverage, ...test } = base.test!

/** The slow tests: one after the other, each with all the time that it needs. */
export default defineConfig({
  ...base,
  test: {
    ...test,
    include: ['test/**/*.slow.test.ts'],
    exclude: ['node_modules/**'],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
})
