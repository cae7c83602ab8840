import { expect, test } from 'vitest'
import { CHARTS_INSTALL_COMMAND, loadChartPackages } from '../../../src/cli/report/packages.ts'

const absent = async () => {
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
}

test('a package that is missing is named, with the one command that installs both', async () => {
  const hint = expect.stringContaining(CHARTS_INSTALL_COMMAND)
  await expect(loadChartPackages(absent)).rejects.toMatchObject({ hint, message: /^vega, .* is not installed$/ })
  const problem = loadChartPackages(undefined, absent)
  await expect(problem).rejects.toMatchObject({ hint, exitCode: 1, message: /^vega-lite, .* is not installed$/ })
})

test('one that does not load is told apart', async () => {
  const broken = async () => {
    throw new SyntaxError('no')
  }
  await expect(loadChartPackages(broken)).rejects.toMatchObject({ message: 'vega is installed but does not load' })
})
