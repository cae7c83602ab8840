import type { EncodingPlan } from './plan.ts'
import type { EncodingSpec, MetricSpec, NoiseSpec } from './spec.ts'

const LABEL = 'secagg encoding 1'
const KINDS: readonly EncodingSpec['kind'][] = ['mean', 'sum', 'integers']
const NOISE_KINDS: readonly NoiseSpec['kind'][] = ['discrete-gaussian', 'skellam']

/**
 * Stable bytes of a plan, to be hashed into a transcript: parties that disagree on a scale, a range or the layout must
 * not share masks. Integers are big-endian, strings and BigInts are preceded by their length, so two plans have the
 * same bytes only if they are the same. What was derived (modulus, length) is included: implementations that derive
 * differently disagree as well.
 */
export function canonicalPlanBytes(plan: EncodingPlan): Uint8Array {
  const { spec } = plan
  const out: number[] = []
  putText(out, LABEL)
  out.push(KINDS.indexOf(spec.kind))
  putUint(out, spec.clients)
  putUint(out, spec.dimension)
  if (spec.kind === 'integers') {
    putInteger(out, spec.min)
    putInteger(out, spec.max)
  } else {
    out.push(spec.bits, spec.clip.kind === 'coordinate' ? 0 : 1)
    putFloat(out, spec.clip.bound)
    putUint(out, spec.kind === 'mean' ? spec.weightBound : 1)
  }
  putUint(out, spec.metrics.length)
  for (const metric of spec.metrics) putMetric(out, metric)
  putOptions(out, spec)
  out.push(plan.modulusBits)
  putUint(out, plan.length)
  return Uint8Array.from(out)
}

/** Behind a tag each, and nothing for what there is none of: what follows them has a fixed length, so none is mistaken. */
function putOptions(out: number[], spec: EncodingSpec): void {
  if (spec.kind !== 'integers' && spec.rotation) {
    out.push(1)
    putUint(out, spec.rotation.seed)
    putFloat(out, spec.rotation.spread)
  }
  if (spec.noise) {
    const { kind, perClientVariance, minimumSurvivors, assumedCorrupted } = spec.noise
    out.push(2, NOISE_KINDS.indexOf(kind))
    putFloat(out, perClientVariance)
    putUint(out, minimumSurvivors)
    putUint(out, assumedCorrupted)
  }
}

function putMetric(out: number[], metric: MetricSpec): void {
  putText(out, metric.name)
  if (metric.kind === 'integer') {
    out.push(0)
    putInteger(out, metric.min)
    putInteger(out, metric.max)
  } else {
    out.push(1, metric.bits)
    putFloat(out, metric.min)
    putFloat(out, metric.max)
  }
}

/** ASCII of at most 255 characters, as specs allow. */
function putText(out: number[], text: string): void {
  out.push(text.length, ...new TextEncoder().encode(text))
}

/** A safe integer from 0 on, as 64 bits. */
function putUint(out: number[], value: number): void {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(value))
  out.push(...new Uint8Array(view.buffer))
}

/** Sign (1 for negative), then hexadecimal digits: 5 and 5n are the same integer and the same bytes. */
function putInteger(out: number[], value: number | bigint): void {
  const exact = BigInt(value)
  out.push(exact < 0n ? 1 : 0)
  putText(out, (exact < 0n ? -exact : exact).toString(16))
}

/** IEEE 754 binary64; -0 counts as 0. */
function putFloat(out: number[], value: number): void {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value + 0)
  out.push(...new Uint8Array(view.buffer))
}
