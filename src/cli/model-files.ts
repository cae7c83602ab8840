import { constants } from 'node:fs'
import { access, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { decodeSafetensors, encodeSafetensors, type Model, SecAggError } from '../index.ts'
import { CliError } from './problems.ts'

/** Checks that a file can be written there, before minutes of training are spent on it. */
export async function checkWritable(path: string, option: string = '--out'): Promise<void> {
  const target = resolve(path)
  const found = await stat(target).catch(() => undefined)
  if (found?.isDirectory()) throw new CliError(`${path} is a folder`, { hint: `name a file: ${option} FILE` })
  const place = found === undefined ? dirname(target) : target
  await access(place, constants.W_OK).catch((cause: unknown) => {
    throw new CliError(`${path} cannot be written (${codeOf(cause)}: ${place})`, {
      hint: `name another file: ${option} FILE`,
      cause,
    })
  })
}

/** Writes a model as safetensors: the whole file or none, under its name at the very end. Gives its size in bytes. */
export async function saveModel(path: string, model: Model, metadata: Record<string, string>): Promise<number> {
  const bytes = encodeSafetensors(model, metadata)
  // One name: what a killed process leaves behind, the next one writes over.
  const temporary = `${path}.part`
  try {
    // On the disk before it has the name: after a crash there is the old file or the new one.
    await writeFile(temporary, bytes, { flush: true })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new CliError(`${path} cannot be written (${codeOf(cause)})`, { hint: 'name another file: --out FILE', cause })
  }
  return bytes.length
}

/** Reads a safetensors file. */
export async function loadModel(path: string): Promise<ReturnType<typeof decodeSafetensors>> {
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new CliError(`${path} cannot be read (${codeOf(cause)})`, {
      hint: 'a model is saved by: secagg train --out model.safetensors',
      cause,
    })
  }
  try {
    return decodeSafetensors(bytes)
  } catch (cause) {
    if (!(cause instanceof SecAggError)) throw cause
    throw new CliError(`${path}: ${cause.message}`, { cause })
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  if (code === 'EISDIR') return 'it is a folder'
  return code ?? message
}
