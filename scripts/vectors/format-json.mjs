/** JSON in ASCII, with one field a line, but short lists and objects on one. Ends with a newline. */
export function formatJson(value) {
  return `${escaped(format(value, ''))}\n`
}

/** No editor or transport can change what is not there: the ids are chosen to be hard to copy. */
function escaped(text) {
  return text.replace(/[^\n -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const WIDTH = 120

function format(value, indent) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const flat = JSON.stringify(value)
  const isList = Array.isArray(value)
  if (flat.length + indent.length <= WIDTH) return spaced(flat)
  const deeper = `${indent} `
  const items = isList
    ? value.map(item => deeper + format(item, deeper))
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${format(item, deeper)}`)
  return `${isList ? '[' : '{'}\n${items.join(',\n')}\n${indent}${isList ? ']' : '}'}`
}

/** A space behind the commas and colons that are not inside of a text. */
function spaced(flat) {
  return flat.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, token => (token === ',' || token === ':' ? `${token} ` : token))
}
