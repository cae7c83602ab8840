import { sha256 } from '#native'
import { Writer } from '../messages/codec.ts'
import { encodedLength, encodeMessage } from '../messages/frame.ts'
import type { Message } from '../messages/message.ts'

/** A running SHA-256 over what was sent, link by link: each step hashes the last state and the next message. */
export class TranscriptHash {
  #state: Uint8Array = sha256(new TextEncoder().encode('secagg simulation transcript'))

  /** Takes a message and returns the bytes that its encoding has. A masked vector counts by its digest, unpacked. */
  absorb(direction: 'up' | 'down', client: string, message: Message): number {
    const writer = new Writer()
    writer.text8(`${direction} ${message.type}`)
    writer.text8(client)
    if (message.type === 'MaskedInput') {
      writer.u64(message.firstEntry)
      writer.fixed(message.digest)
      this.#link(writer.finish(), new Uint8Array(0))
      return encodedLength(message)
    }
    const bytes = encodeMessage(message)
    this.#link(writer.finish(), bytes)
    return bytes.length
  }

  absorbText(text: string): void {
    this.#link(new TextEncoder().encode(text), new Uint8Array(0))
  }

  absorbBytes(bytes: Uint8Array): void {
    this.#link(new Uint8Array(0), bytes)
  }

  get hex(): string {
    return Array.from(this.#state, byte => byte.toString(16).padStart(2, '0')).join('')
  }

  /** Both parts are hashed first, so that no byte can move from one to the other. */
  #link(head: Uint8Array, tail: Uint8Array): void {
    this.#state = sha256(this.#state, sha256(head), sha256(tail))
  }
}
