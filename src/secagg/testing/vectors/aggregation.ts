import { decodeMessage } from '../../messages/frame.ts'
import { limitsFor } from '../../messages/limits.ts'
import { type Fault, faultsAt } from '../faults.ts'
import { memoizedVerify } from '../memoized-verify.ts'
import { simulate } from '../simulate.ts'
import { TranscriptHash } from '../transcript-hash.ts'
import type { AlterationVector, RecordedAggregation } from './file.ts'
import { fromHex, vectorOf } from './json.ts'
import { refusalByClient, replayClient } from './replay-client.ts'
import { refusalByServer, replayServer } from './replay-server.ts'
import { badCase, goodCase, Mismatch, type VectorResult } from './report.ts'

/** Both sides replay the aggregation alone, the simulator makes it anew, and every alteration is refused. */
export async function runAggregation(
  recorded: RecordedAggregation,
  refusals: readonly AlterationVector[],
): Promise<VectorResult[]> {
  const verify = memoizedVerify()
  const { name } = recorded
  const results: VectorResult[] = []
  for (const client of recorded.clients) {
    results.push(await goodCase(`${name}: ${client.id}`, 'client', () => replayClient(recorded, client, verify)))
  }
  results.push(await goodCase(`${name}: the server`, 'server', () => replayServer(recorded, verify)))
  results.push(await goodCase(`${name}: the transcript`, 'transcript', () => compareTranscript(recorded)))
  results.push(await goodCase(`${name}: simulated from its seed`, 'simulate', () => compareSimulation(recorded)))
  for (const alteration of refusals) {
    const refusal = alteration.by === 'client' ? refusalByClient : refusalByServer
    results.push(
      await badCase(`${name}: ${alteration.name}`, alteration.refused, () => refusal(recorded, alteration, verify)),
    )
  }
  return results
}

function compareTranscript({ parameters, messages, survivors, sum, transcriptHash }: RecordedAggregation): void {
  const hash = new TranscriptHash()
  for (const { direction, client, frame } of messages) {
    hash.absorb(direction, client, decodeMessage(fromHex(frame), limitsFor(parameters)))
  }
  hash.absorbText(`sum over ${survivors.length}`)
  hash.absorbBytes(vectorOf(sum, parameters.modulusBits).bytes())
  if (hash.hex !== transcriptHash) throw new Mismatch('transcript', `its hash is ${hash.hex}`)
}

async function compareSimulation({ seed, parameters, clients, transcriptHash }: RecordedAggregation): Promise<void> {
  const faults = clients.flatMap(({ id, dropsOut }): Fault[] =>
    dropsOut === undefined ? [] : [{ kind: 'drop', round: dropsOut, client: id }],
  )
  const inputs = new Map(clients.map(({ id, input }) => [id, vectorOf(input, parameters.modulusBits)]))
  const { clients: _, ...rest } = parameters
  const result = await simulate({
    seed,
    clients: clients.map(({ id }) => id),
    parameters: rest,
    inputs: id => inputs.get(id)!,
    faults: faultsAt(faults),
  })
  if (result.transcriptHash !== transcriptHash) throw new Mismatch('simulate', `its hash is ${result.transcriptHash}`)
}
