/**
 * The loops between real vectors and bytes on the wire by SIMD, in AssemblyScript: compiled by scripts/build-kernels.mjs
 * and embedded in the library as src/secagg/encoding/kernels/encoding-wasm.ts. Bit for bit what the plain loops beside it
 * compute: sums run in the same order, and nothing is rounded that is not rounded there.
 *
 * All arguments but numbers are addresses. Nothing allocates: the memory belongs to the caller.
 */

export { decode32, decode64 } from './encoding/decode'
export { largest32, largest64, squares32, squares64 } from './encoding/measure'
export { pack64, packEven32, packOdd32, unpack32, unpack64 } from './encoding/pack'
export { quantize32to32, quantize32to64, quantize64to32, quantize64to64 } from './encoding/quantize'
