/** Strings and the punctuation that gives JSON its structure; numbers and literals hold no keys. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/**
 * The first key that occurs twice in one object of a JSON text, or undefined. `JSON.parse` keeps the last of them
 * silently, and other parsers the first, so that one file would mean two things.
 *
 * @param text JSON that `JSON.parse` has accepted
 */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = []
  let last = '""'
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ':') last = token
    else {
      const key: string = JSON.parse(last)
      const seen = open.at(-1)
      if (seen?.has(key)) return key
      seen?.add(key)
    }
  }
  return undefined
}
