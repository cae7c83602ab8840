/**
 * By how much secure aggregation expands an upload: npm run bench:expansion
 *
 * 2^10 clients, 2^20 coordinates of 16 bits, 5 % of the clients corrupted and 10 % dropping out; an update as a federated
 * round has it, with its weight, its metrics and its rounding errors. Every message that one client sends in such an
 * aggregation is made by its own machine, encoded and counted; in clear it would send two bytes a coordinate. The last
 * line is JSON.
 */
import type { PlanOptions } from '../src/secagg/planning/options.ts'
import { planAggregation } from '../src/secagg/planning/plan.ts'
import { type Upload, uploadsOf } from './expansion/uploads.ts'

const OPTIONS: PlanOptions = {
  clients: 2 ** 10,
  dimension: 2 ** 20,
  bits: 16,
  corruptFraction: 0.05,
  dropoutFraction: 0.1,
}
const MODELS = ['semi-honest', 'semi-malicious'] as const

const results = []
for (const threatModel of MODELS) results.push(await measure({ ...OPTIONS, threatModel }))
const [semiHonest, semiMalicious] = results
const { clients, dimension, bits } = OPTIONS
console.log(JSON.stringify({ clients, dimension, bits, expansion: semiHonest!.expansion, semiHonest, semiMalicious }))

async function measure(options: PlanOptions) {
  const plan = planAggregation(options)
  const uploads = await uploadsOf(plan, options)
  const bytes = uploads.reduce((total, upload) => total + upload.bytes, 0)
  if (bytes !== plan.uploadBytes) throw new Error(`the planner says ${plan.uploadBytes} bytes, these are ${bytes}`)
  const { degree, threshold, modulusBits, vectorLength, clearBytes } = plan
  const expansion = bytes / clearBytes
  print(`${plan.threatModel}: ${degree} neighbours, ${threshold} shares, modulo 2^${modulusBits}`, uploads, clearBytes)
  return { degree, threshold, modulusBits, vectorLength, uploads, bytes, clearBytes, expansion }
}

function print(title: string, uploads: readonly Upload[], clearBytes: number): void {
  const total = uploads.reduce(
    (sum, { messages, bytes }) => {
      return { messages: sum.messages + messages, bytes: sum.bytes + bytes }
    },
    { messages: 0, bytes: 0 },
  )
  console.log(title)
  console.log(cells('', 'messages', 'bytes', 'of the update'))
  for (const { type, messages, bytes } of [...uploads, { type: 'everything', ...total }]) {
    console.log(cells(type, `${messages}`, bytes.toLocaleString('en-US'), (bytes / clearBytes).toFixed(4)))
  }
  console.log(cells('update in clear', '', clearBytes.toLocaleString('en-US'), '1.0000'), '\n')
}

function cells(name: string, ...texts: string[]): string {
  return `  ${name.padEnd(18)}${texts.map(text => text.padStart(15)).join('')}`
}
