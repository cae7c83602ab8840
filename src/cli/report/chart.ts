import { type Html, trusted } from './html.ts'
import type { ChartPackages } from './packages.ts'

/** Draws one chart; its place in the page gives it a caption. */
export type Draw = (chart: Chart) => Promise<Html>

/** The part of a Vega-Lite specification that differs from chart to chart. */
export interface Chart {
  /** In words, for who cannot see it. */
  readonly description: string
  readonly height: number
  readonly values: readonly object[]
  /** `mark`, `encoding`, `layer` or `transform`, as Vega-Lite calls them. */
  readonly parts: object
}

/** The width of a phone's page, so that text has its own size there; wider pages scale the whole chart. */
const WIDTH = 343

/** Two colours that differ in both themes and to the colour-blind; the page says what they are in each. */
export const COLOURS = { first: 'var(--first)', second: 'var(--second)' } as const

/** More series than two: from the palette of Okabe and Ito, readable on white and on black. */
export const PALETTE: readonly string[] = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00']

/** Everything that is not data is the page's own colour of text: it follows the theme. */
const CONFIG = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  legend: {
    orient: 'top',
    title: null,
    labelColor: 'currentColor',
    labelFontSize: 12,
    symbolOpacity: 1,
    labelLimit: 240,
    columns: 2,
  },
  text: { fill: 'currentColor', fontSize: 12 },
}

/** Charts by Vega-Lite, drawn as SVG in the page, without a script. */
export function chartsBy(packages: ChartPackages): Draw {
  return async ({ description, height, values, parts }) => {
    const spec = { description, width: WIDTH, height, autosize: { type: 'fit', contains: 'padding' }, padding: 2 }
    const svg = await packages.draw(packages.compile({ ...spec, data: { values }, config: CONFIG, ...parts }))
    return trusted(inlined(svg, description))
  }
}

/** Within a page of HTML no namespaces are needed: nothing in it shall look like an address. */
function inlined(svg: string, description: string): string {
  if (/[<>"&]/.test(description)) throw new Error('A description of a chart must need no escaping.')
  return svg
    .replace(/ xmlns(:xlink)?="[^"]*"/g, '')
    .replace(/<svg [^>]*?viewBox/, `<svg role="img" aria-label="${description}" viewBox`)
}
