import { resolve } from 'node:path'
import { type DownloadProgress, downloadMnist } from '../../mnist/index.ts'
import { abortOnInterrupt } from '../interrupt.ts'
import type { Io } from '../io.ts'
import { bytes, plural } from '../output/format.ts'
import { facts, wrap } from '../output/layout.ts'
import { progressBar } from '../output/progress-bar.ts'
import { StatusLine } from '../output/status-line.ts'

/** `secagg data download`: fills the cache folder, or another one. */
export async function downloadData(dir: string | undefined, io: Io): Promise<void> {
  const status = new StatusLine(io.stderr)
  const announce = () => {
    status.clear()
    io.stderr.write('secagg: interrupted: what has arrived is kept, and the next download resumes there\n')
  }
  const { folder, downloaded, present } = await abortOnInterrupt(io, announce, signal => {
    const onProgress = (progress: DownloadProgress) => status.show(progressText(progress))
    return downloadMnist({ cacheDir: dir, signal, onProgress }).finally(() => status.clear())
  })
  const lines = [
    ...(downloaded.length > 0 ? [`Downloaded ${plural(downloaded.length, 'file')}, checked by SHA-256.`] : []),
    ...(present.length > 0 ? [`${plural(present.length, 'file')} had been there already, checked by SHA-256.`] : []),
    ...facts([['folder', folder]]),
    ...wrap(
      dir === undefined
        ? 'Commands use it by default from now on: secagg train'
        : `Use it by: secagg train --data ${resolve(dir)}`,
      2,
    ),
  ]
  io.stdout.write(`${lines.join('\n')}\n`)
}

function progressText({ file, fileIndex, fileCount, receivedBytes, totalBytes }: DownloadProgress): string {
  const name = file.replace(/-idx.*/, '')
  const bar = progressBar(receivedBytes / totalBytes, 24)
  return `  ${fileIndex + 1}/${fileCount}  ${name.padEnd(12)}  ${bar}  ${bytes(receivedBytes)} of ${bytes(totalBytes)}`
}
