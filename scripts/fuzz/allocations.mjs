const PlainArrayBuffer = ArrayBuffer

/** Counts the bytes of typed arrays that are allocated, by standing in for their constructors. */
export class Allocations {
  #bytes = 0

  get bytes() {
    return this.#bytes
  }

  reset() {
    this.#bytes = 0
  }

  /** For good: swapping constructors back and forth would slow every input down. */
  install() {
    for (const name of ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Float32Array', 'BigUint64Array', 'ArrayBuffer']) {
      globalThis[name] = this.#counting(globalThis[name])
    }
    const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
    const count = bytes => this.#count(bytes)
    const { slice, map, filter } = typedArray
    for (const [name, original] of Object.entries({ slice, map, filter })) {
      typedArray[name] = function (first, second) {
        const result = original.call(this, first, second)
        count(result.byteLength)
        return result
      }
    }
  }

  #counting(TypedArray) {
    return new Proxy(TypedArray, {
      construct: (Target, args) => {
        const [first] = args
        const made = args.length === 1 ? new Target(first) : new Target(...args)
        // A view on a buffer allocates nothing.
        if (!(first instanceof PlainArrayBuffer)) this.#bytes += made.byteLength
        return made
      },
    })
  }

  #count(bytes) {
    this.#bytes += bytes
  }
}
