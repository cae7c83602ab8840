import { CliError } from '../problems.ts'

/** What is used of the two optional packages that draw charts. */
export interface ChartPackages {
  /** A Vega-Lite specification compiled to one of Vega. */
  compile(spec: object): object
  /** A Vega specification drawn as SVG text. */
  draw(spec: object): Promise<string>
}

/** What a user types when they are missing. */
export const CHARTS_INSTALL_COMMAND = 'npm install vega@6.2.0 vega-lite@6.4.1'

type Import = () => Promise<unknown>

/** Loads what draws the charts; nothing is loaded before a report is asked for. @throws CliError when it is missing. */
export async function loadChartPackages(
  importVega: Import = () => import('vega'),
  importVegaLite: Import = () => import('vega-lite'),
): Promise<ChartPackages> {
  const vega = (await load('vega', importVega)) as typeof import('vega')
  const { compile } = (await load('vega-lite', importVegaLite)) as typeof import('vega-lite')
  return {
    compile: spec => compile(spec as Parameters<typeof compile>[0], { logger: SILENT }).spec,
    draw: async spec => {
      const view = new vega.View(vega.parse(spec as Parameters<typeof vega.parse>[0]), { logger: SILENT })
      try {
        return await view.toSVG()
      } finally {
        view.finalize()
      }
    },
  }
}

/** Charts have nothing to say to whoever trains. */
const SILENT = {
  level: (() => SILENT) as never,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT,
}

async function load(name: string, importPackage: Import): Promise<unknown> {
  try {
    return await importPackage()
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
    const message = missing
      ? `${name}, which draws the charts of a report, is not installed`
      : `${name} is installed but does not load`
    throw new CliError(message, { hint: `install what draws charts: ${CHARTS_INSTALL_COMMAND}`, cause })
  }
}
