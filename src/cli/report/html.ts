/** Markup that may stand in a page as it is. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What can stand between `${` and `}`: text and numbers are escaped, lists are joined, nothing gives nothing. */
export type Content = Html | string | number | undefined | readonly Content[]

/** Markup with everything that is put into it escaped, in text and in quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const text = parts.reduce((before, part, i) => before + markupOf(contents[i - 1]) + part)
  return new Html(text)
}

/** Markup from elsewhere, such as a chart: for what was made here and escapes its own text. */
export function trusted(markup: string): Html {
  return new Html(markup)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markupOf(content: Content): string {
  if (content === undefined) return ''
  if (content instanceof Html) return content.text
  if (typeof content === 'string' || typeof content === 'number') {
    return String(content).replace(/[&<>"']/g, character => ENTITIES[character]!)
  }
  return content.map(markupOf).join('')
}
