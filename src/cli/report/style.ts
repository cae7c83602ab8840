/** The one style of the page: the reader's fonts, both themes, from the width of a phone upwards. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --faint: #5c5f66; --line: #d9dbe0; --first: #0060a8; --second: #c95100; --right: 0 96 168; --wrong: 201 81 0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --paper: #141518; --faint: #a3a6ad; --line: #3a3c42; --first: #6cb6ff; --second: #ffa657; --right: 108 182 255; --wrong: 255 166 87 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 .25rem }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem }
p, dl, ul { max-width: 46rem }
p { margin: .5rem 0 }
.note, figcaption, caption, dt, footer { color: var(--faint); font-size: .875rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0 }
dd { margin: 0; grid-column: 2 }
figure { margin: 0; min-width: 0 }
figcaption { margin-top: .25rem }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; margin: 1rem 0 }
.charts figure { max-width: 29rem }
.charts svg { display: block; width: 100%; height: auto }
.scroll { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; overflow-wrap: normal; font-variant-numeric: tabular-nums; font-size: .875rem }
caption { text-align: left; padding-bottom: .4rem }
th, td { padding: .2rem .75rem .2rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th { font-weight: 600; vertical-align: bottom }
thead th { white-space: normal }
tbody th, thead th:first-child { text-align: left }
.confusion { width: 100%; max-width: 34rem; table-layout: fixed; font-size: .8rem }
.confusion th:nth-child(n), .confusion td { padding: .2rem 0; text-align: center; border: 1px solid var(--paper) }
.confusion .right { background: rgb(var(--right) / calc(var(--share) * .45)) }
.confusion .wrong { background: rgb(var(--wrong) / calc(var(--share) * .9)) }
.confusion .total { color: var(--faint) }
.confusion thead td { width: 1.5rem }
.confusion thead th:last-child { width: 2.6rem }
.digits { list-style: none; padding: 0; max-width: none; display: grid; grid-template-columns: repeat(auto-fill, 4.25rem); gap: .75rem .5rem }
.digits li { text-align: center; font-size: .8rem }
.digits img { display: block; margin: 0 auto; border: 1px solid var(--line) }
img { image-rendering: pixelated }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; max-width: 40rem; margin: 1rem 0 }
.triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; max-width: 40rem; margin: 1rem 0 }
.pixels { display: block; width: 100%; height: auto; border: 1px solid var(--line) }
details { margin: 1rem 0 }
summary { cursor: pointer }
code { font-family: ui-monospace, monospace }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line) }
@media (max-width: 30rem) {
  table { font-size: .8rem }
  th, td { padding-right: .5rem }
  .confusion { font-size: .75rem }
}
`
