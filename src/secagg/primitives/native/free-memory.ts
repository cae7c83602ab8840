/** What Node 21 and browsers since 2023 have, and neither Node 20 nor the type library do. */
type Transferable = ArrayBuffer & { transfer?(newByteLength: number): ArrayBuffer }

/** Closed before its first use, on purpose: see below. */
let closedPort: MessagePort | undefined

/**
 * Gives the memory under `bytes` back at once, zeroed; `bytes` is empty afterwards. For short-lived secret output of the
 * platform that nobody else sees. Left to the garbage collector, the chunks of a keystream pile up to 32 MiB before they
 * are freed, so that each chunk is written to cold memory, or to pages that the system must first map.
 *
 * Where an ArrayBuffer cannot be transferred, it is posted to a port that is closed: the message goes nowhere, and what
 * it carries goes with it (HTML Standard, message ports: a port detaches what it transfers whether or not it has a
 * partner). Does no more than zero the bytes when they are only a part of their buffer.
 */
export function freeMemory(bytes: Uint8Array): void {
  bytes.fill(0)
  const buffer = bytes.buffer as Transferable
  if (bytes.byteLength !== buffer.byteLength || bytes.byteLength === 0) return
  if (buffer.transfer !== undefined) buffer.transfer(0)
  else dropPort().postMessage(null, [buffer])
}

function dropPort(): MessagePort {
  if (closedPort === undefined) {
    const { port1 } = new MessageChannel()
    port1.close()
    closedPort = port1
  }
  return closedPort
}
