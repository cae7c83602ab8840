import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { helpExamples } from './common.ts'
import { downloadData } from './data-download.ts'
import { describeData } from './data-info.ts'

/** Adds `secagg data` and its two subcommands to the program. */
export function addDataCommand(program: Command, io: Io): void {
  const data = program
    .command('data')
    .summary('handwritten digits: fetch all of MNIST, see what is there')
    .description('The handwritten digits: 10,000 come with the package, all 70,000 of MNIST can be downloaded.')
  data
    .command('download')
    .summary('fetch all of MNIST')
    .description(
      'Downloads the four files of MNIST (11.6 MB) from public mirrors. No mirror is trusted: every file is checked ' +
        'by its SHA-256. A download that was interrupted goes on where it stopped.',
    )
    .option('--dir <folder>', 'where to (default: the cache folder; see secagg data info)')
    .addHelpText('after', helpExamples(['secagg data download', ''], ['secagg data download --dir ./mnist', '']))
    .action((flags: { readonly dir?: string }) => downloadData(flags.dir, io))
  data
    .command('info')
    .summary('which digits are on this machine')
    .description('Says which digits are on this machine, where, and which ones would be used.')
    .action(() => describeData(io))
}
