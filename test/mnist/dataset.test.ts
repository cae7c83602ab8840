import { describe, expect, it } from 'vitest'
import { ImageDataset } from '../../src/mnist/dataset.ts'
import { errorOf, noise } from './fixtures.ts'

const four = () => new ImageDataset(noise(4 * 784), Uint8Array.of(3, 1, 4, 1))

describe('ImageDataset', () => {
  it('tells its length and the shape of an image', () => {
    expect(four()).toMatchObject({ length: 4, rows: 28, cols: 28, classes: 10 })
    expect(new ImageDataset(new Uint8Array(), new Uint8Array()).length).toBe(0)
  })

  it('refuses images that are not whole, counts that disagree and labels above 9', async () => {
    await errorOf(() => new ImageDataset(noise(785), Uint8Array.of(1)), 'dataset-shape')
    const error = await errorOf(() => new ImageDataset(noise(2 * 784), Uint8Array.of(1)), 'count-mismatch')
    expect(error).toMatchObject({ expected: 2, actual: 1, message: '2 images but 1 labels' })
    await errorOf(() => new ImageDataset(noise(784), Uint8Array.of(10)), 'label-out-of-range')
  })

  it('gives the subset asked for, in that order, repeats included', () => {
    const pixels = noise(4 * 784)
    const subset = four().subset([2, 0, 2])
    expect(subset.labels).toEqual(Uint8Array.of(4, 3, 4))
    expect(subset.images.subarray(0, 784)).toEqual(pixels.subarray(2 * 784, 3 * 784))
    expect(subset.images.subarray(784, 2 * 784)).toEqual(pixels.subarray(0, 784))
    expect(four().subset(Uint32Array.of(1)).labels).toEqual(Uint8Array.of(1))
    expect(four().subset([]).length).toBe(0)
  })

  it('slices from start up to end, or to the last', () => {
    expect(four().slice(1, 3).labels).toEqual(Uint8Array.of(1, 4))
    expect(four().slice(1, 3).images).toEqual(noise(4 * 784).slice(784, 3 * 784))
    expect(four().slice(3).labels).toEqual(Uint8Array.of(1))
    expect(four().slice(4).length).toBe(0)
  })

  it('copies: what is done to a part does not reach the whole', () => {
    const whole = four()
    for (const part of [whole.subset([0, 1]), whole.slice(0, 2)]) {
      part.images.fill(0)
      part.labels.fill(0)
    }
    expect(whole.images).toEqual(noise(4 * 784))
    expect(whole.labels).toEqual(Uint8Array.of(3, 1, 4, 1))
  })

  it.each([-1, 4, 0.5, Number.NaN])('refuses the index %d', async index => {
    const error = await errorOf(() => four().subset([0, index]), 'dataset-index-out-of-range')
    expect(error.message).toBe(`indices[1]: expected an integer from 0 to 3, found ${index}`)
  })

  it.each([
    [-1, 2],
    [0, 5],
    [3, 2],
    [0.5, 2],
    [0, Number.NaN],
  ])('refuses the slice from %d to %d instead of shortening it', async (start, end) => {
    await errorOf(() => four().slice(start, end), 'dataset-index-out-of-range')
  })
})

describe('federate', () => {
  it('deals the images to workers in order, as evenly as they go', () => {
    const images = Uint8Array.from({ length: 7 * 784 }, (_, i) => Math.floor(i / 784))
    const digits = new ImageDataset(images, Uint8Array.of(0, 1, 2, 3, 4, 5, 6))
    const held: ImageDataset[] = []
    const worker = {
      receive(data: ImageDataset) {
        held.push(data)
      },
    }
    expect(digits.federate([worker, worker, worker])).toEqual([2, 2, 3])
    expect(held.map(({ labels }) => [...labels])).toEqual([
      [0, 1],
      [2, 3],
      [4, 5, 6],
    ])
    expect(held[2]!.images[0]).toBe(4)
  })

  it('refuses more workers than images, and none', () => {
    const digits = new ImageDataset(new Uint8Array(784), Uint8Array.of(1))
    const worker = { receive: () => {} }
    expect(() => digits.federate([])).toThrow(/workers: expected an integer from 1 to 1, found 0/)
    expect(() => digits.federate([worker, worker])).toThrow(/found 2/)
  })
})
