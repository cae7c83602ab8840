// Checks what the main job promises, from its JSON lines: accuracy, and equality with the plaintext run to the bit.
import { readFileSync } from 'node:fs'

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n')
const { testAccuracy, seconds, modelHash, plaintextModelHash } = JSON.parse(lines.at(-1))
const problems = []
if (!(testAccuracy >= 0.97)) problems.push(`test accuracy ${testAccuracy} is below 0.97`)
if (!/^[0-9a-f]{64}$/.test(modelHash)) problems.push('modelHash is not a SHA-256')
if (modelHash !== plaintextModelHash) problems.push('the secure and the plaintext model differ')
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`${(100 * testAccuracy).toFixed(2)} % in ${seconds.toFixed(1)} s, secure and plaintext model identical`)
