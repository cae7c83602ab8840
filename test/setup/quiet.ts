import { afterEach, beforeEach, expect, vi } from 'vitest'

/** A library that talks on the console is a library that leaks: a test during which it does fails. */
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const

let spoken: string[] = []

beforeEach(() => {
  spoken = []
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      spoken.push(`${method}: ${args.map(String).join(' ')}`)
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
  expect(spoken, 'nothing is written to the console').toEqual([])
})
