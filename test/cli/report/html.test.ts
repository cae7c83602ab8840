import { expect, test } from 'vitest'
import { html, trusted } from '../../../src/cli/report/html.ts'

test('text is escaped in markup and in quoted attributes', () => {
  expect(html`<p title="${`"'`}">${'<b>&'}</p>`.text).toBe('<p title="&quot;&#39;">&lt;b&gt;&amp;</p>')
})

test('markup stands as it is, lists are joined, and nothing gives nothing', () => {
  const items = ['a', '<'].map(item => html`<li>${item}</li>`)
  expect(html`<ul>${items}${undefined}${0}</ul>${trusted('<hr>')}`.text).toBe('<ul><li>a</li><li>&lt;</li>0</ul><hr>')
})
