import { defineConfig } from 'vitest/config'

/** The tests run on the source: the `secagg-source` condition wins over the built files in package.json. */
const conditions = ['secagg-source', 'node', 'import', 'module', 'default']

const SLOW = ['test/**/*.slow.test.ts', 'node_modules/**']

/** Tests that replace modules, spoil globals, measure memory, load an engine or start processes get a process each. */
const ISOLATED = [
  'test/{browser,cnn,examples,fuzz,package}/**/*.test.ts',
  'test/cli/{built,data,train}.test.ts',
  'test/mnist/{cache,load,sample-asset}.test.ts',
  'test/federated/round/abort.test.ts',
  'test/secagg/primitives/kernels/**/*.test.ts',
  'test/secagg/primitives/native/**/*.test.ts',
  'test/secagg/primitives/prg.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    setupFiles: ['test/setup/quiet.ts'],
    // By default one core is left idle, which on a machine of two is half of it.
    maxWorkers: '100%',
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { 'src/secagg/**/*.ts': { lines: 95 } },
    },
    projects: [
      {
        extends: true,
        test: { name: 'isolated', include: ISOLATED, exclude: SLOW, pool: 'forks' },
      },
      {
        // Pure code: loading it anew for every file would take longer than the tests.
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...SLOW, ...ISOLATED],
          pool: 'threads',
          isolate: false,
        },
      },
    ],
  },
})
