import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Pages at the root; one that is not there has no links to break. */
const ROOT_PAGES = ['README.md', 'SECURITY.md'].filter(page => existsSync(join(ROOT, page)))
const PAGES = [...ROOT_PAGES, ...readdirSync(join(ROOT, 'docs')).map(name => `docs/${name}`)].filter(page =>
  page.endsWith('.md'),
)

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g
/** Something in backticks that starts with a folder of this repository; what else has slashes may be a name elsewhere. */
const PATH = /`((?:src|test|docs|bench|examples|scripts|assets|\.ci)\/[^`\s]*)`/g

/** The page without what stands in fences, which is for machines. */
function prose(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const headings = Array.from(prose(page).matchAll(/^#+ (.*)$/gm), ([, heading]) => heading!)
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** What is wrong with a link on `page`, if anything. */
function problemOf(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), decodeURIComponent(path)))
  if (file.startsWith('..')) return `${target} leaves the repository`
  if (!existsSync(join(ROOT, file))) return `${target} does not exist`
  if (anchor !== undefined && file.endsWith('.md') && !anchors(file).has(anchor)) return `${target} has no such heading`
  return undefined
}

function relativeLinks(page: string): string[] {
  const targets = Array.from(prose(page).matchAll(LINK), ([, target]) => target!)
  return targets.filter(target => !/^[a-z][a-z0-9+.-]*:/i.test(target))
}

/** A path with a star stands for files of which there is one at least. */
function exists(path: string): boolean {
  if (!path.includes('*')) return existsSync(join(ROOT, path))
  const pattern = path.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const folder = dirname(path.slice(0, path.indexOf('*') + 1))
  if (!existsSync(join(ROOT, folder))) return false
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  const expression = new RegExp(`^${pattern.join('.*')}$`)
  return names.some(name => expression.test(`${folder}/${name}`))
}

describe.each(PAGES)('%s', page => {
  it('has no relative link that leads nowhere', () => {
    const problems = relativeLinks(page).map(target => problemOf(page, target))
    expect(problems.filter(problem => problem !== undefined)).toEqual([])
  })

  it('names no file that does not exist', () => {
    const paths = Array.from(prose(page).matchAll(PATH), ([, path]) => path!)
    expect(paths.filter(path => !exists(path))).toEqual([])
  })
})

describe('the check of links', () => {
  it('has pages to look at, with links and paths on them', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['docs/protocol.md', 'docs/threat-model.md']))
    expect(relativeLinks('docs/protocol.md').length).toBeGreaterThan(3)
    expect(Array.from(prose('docs/protocol.md').matchAll(PATH)).length).toBeGreaterThan(20)
  })

  it.each([
    ['no-such-page.md', 'no-such-page.md does not exist'],
    ['protocol.md#no-such-heading', 'protocol.md#no-such-heading has no such heading'],
    ['#no-such-heading', '#no-such-heading has no such heading'],
    ['../../outside.md', '../../outside.md leaves the repository'],
    ['protocol.md#the-rounds', undefined],
  ])('knows good links from bad ones: %s', (target, problem) => {
    expect(problemOf('docs/threat-model.md', target)).toBe(problem)
  })

  it.each([
    ['src/secagg/no-such-file.ts', false],
    ['test/no-such-folder/*.ts', false],
    ['test/docs/*.test.ts', true],
    ['test/docs/', true],
  ])('knows files that exist from those that do not: %s', (path, there) => {
    expect(exists(path)).toBe(there)
  })
})
