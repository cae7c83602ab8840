/**
 * MNIST as two flat byte arrays: IDX files, the embedded sample of 10,000 digits, and a downloader that trusts no mirror.
 * Loads in Node and in browsers; what needs files throws `needs-node` in the latter.
 *
 * @module
 */
export { mnistCacheDir } from './cache.ts'
export { ImageDataset, type Mnist } from './dataset.ts'
export { type DownloadOptions, type DownloadProgress, type DownloadResult, downloadMnist } from './download.ts'
export { MnistError, type MnistErrorCode, type MnistErrorContext } from './errors.ts'
export { MNIST_FILES, MNIST_MIRRORS, type MnistFile } from './files.ts'
export { type FolderOptions, loadMnistFolder } from './folder.ts'
export { type IdxImages, parseIdxImages, parseIdxLabels } from './idx.ts'
export { type LoadOptions, loadMnist } from './load.ts'
export { parseSample, SAMPLE_TEST_NAME } from './sample.ts'
export { loadSample, sampleUrl } from './sample-asset.ts'
