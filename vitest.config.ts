import { defineConfig } from 'vitest/config'

/** The tests run on the source: the `secagg-source` condition wins over the built files in package.json. */
const conditions = ['secagg-source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts', 'node_modules/**'],
    setupFiles: ['test/setup/quiet.ts'],
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { 'src/secagg/**/*.ts': { lines: 95 } },
    },
  },
})
