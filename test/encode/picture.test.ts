import { deflateSync } from 'node:zlib'
import sharp, { type Color } from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../../dist/encode/picture.js'
import { type Pixels, toTensor } from '../../dist/encode/pixels.js'
import { chunk, encodePng } from '../../fixtures/pictures.mjs'

type Tower = Parameters<typeof decodePicture>[1]

const tower: Tower = {
  model: 'a.onnx',
  input: 'x',
  output: 'y',
  dims: 8,
  size: 30,
  resize: 'shortest',
  interpolation: 'bicubic',
  rescale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  channels: 'rgb',
  layout: 'nchw',
  background: [255, 0, 0],
}

async function decode(bytes: Uint8Array, settings: Partial<Tower> = {}): Promise<Pixels> {
  const pixels = await decodePicture(new Uint8Array(bytes), { ...tower, ...settings })
  if (typeof pixels === 'string') throw new Error(pixels)
  return pixels
}
const at = ({ data, width }: Pixels, y: number, x: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
]
const near = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i])))

/** 80 x 60: slopes, a parabola, waves. */
const WIDTH = 80
const HEIGHT = 60
const drawn = new Uint8Array(WIDTH * HEIGHT * 3)
for (let y = 0; y < HEIGHT; y++) {
  for (let x = 0; x < WIDTH; x++) {
    const wave = 128 + 100 * Math.sin(x / 5) * Math.cos(y / 7)
    drawn.set([(x * 7 + y * 3) % 256, (Math.floor((x * x) / 9) + y * 2) % 256, wave], (y * WIDTH + x) * 3)
  }
}
const png = encodePng(drawn, WIDTH, HEIGHT)
const plain = (channels: 3 | 4, background: Color) => sharp({ create: { width: 40, height: 40, channels, background } })

describe('pictures as towers read them', () => {
  /** Row, column, and what Pillow 13 gives: resized by the shorter side, the middle cut out, as CLIP does. */
  it.each([
    [
      'bicubic',
      [
        [0, 0, 76, 13, 213],
        [0, 14, 4, 165, 226],
        [11, 0, 142, 57, 42],
        [11, 22, 194, 119, 227],
        [29, 14, 189, 22, 80],
      ],
    ],
    [
      'bilinear',
      [
        [0, 0, 76, 13, 212],
        [0, 14, 16, 166, 224],
        [11, 0, 142, 57, 43],
        [11, 22, 194, 119, 225],
        [29, 14, 189, 26, 84],
      ],
    ],
    [
      'lanczos',
      [
        [0, 0, 75, 13, 214],
        [0, 14, 1, 165, 226],
        [11, 0, 140, 57, 41],
        [11, 22, 192, 119, 227],
        [29, 14, 188, 22, 80],
      ],
    ],
  ] as const)('are those of Pillow (%s)', async (interpolation, rows) => {
    const pixels = await decode(png, { interpolation })
    expect([pixels.width, pixels.height]).toEqual([30, 30])
    for (const [y, x, ...rgb] of rows) expect(near(at(pixels, y, x), rgb)).toBeLessThanOrEqual(4)
  })

  it.each(['jpeg', 'webp', 'gif', 'avif'] as const)('come from %s', async (format) => {
    const pixels = await decode(await plain(3, { r: 30, g: 120, b: 200 }).toFormat(format).toBuffer())
    expect(near(at(pixels, 15, 15), [30, 120, 200])).toBeLessThanOrEqual(6)
  })

  it('are squeezed where the tower asks for it, or cut from a larger middle', async () => {
    const squeezed = await decode(png, { resize: 'exact', size: { width: 16, height: 24 } })
    expect([squeezed.width, squeezed.height]).toEqual([16, 24])
    const middle = await decode(png, { shortest: 60 })
    expect(at(middle, 0, 0)).toEqual([...drawn.subarray((15 * WIDTH + 25) * 3, (15 * WIDTH + 25) * 3 + 3)])
  })

  it('in grey, of 16 bits, with a palette, in CMYK or see-through are as they look', async () => {
    const grey = await plain(3, '#808080').toColourspace('b-w').png().toBuffer()
    expect(near(at(await decode(grey), 5, 5), [128, 128, 128])).toBeLessThanOrEqual(1)
    const deep = await plain(3, '#204060').toColourspace('rgb16').png().toBuffer()
    expect(near(at(await decode(deep), 5, 5), [32, 64, 96])).toBeLessThanOrEqual(1)
    const palette = await plain(3, '#204060').png({ palette: true }).toBuffer()
    expect(near(at(await decode(palette), 5, 5), [32, 64, 96])).toBeLessThanOrEqual(1)
    const cmyk = await plain(3, '#ff8000').toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    const [red, green, blue] = at(await decode(cmyk), 5, 5)
    expect(red > green && green > blue).toBe(true)
    const glass = await plain(4, { r: 0, g: 0, b: 255, alpha: 0.5 }).png().toBuffer()
    expect(near(at(await decode(glass), 5, 5), [127, 0, 128])).toBeLessThanOrEqual(2)
  })

  it('lie as their camera says', async () => {
    const half = await sharp({ create: { width: 60, height: 30, channels: 3, background: '#000000' } })
      .composite([
        { input: { create: { width: 30, height: 30, channels: 3, background: '#ffffff' } }, left: 0, top: 0 },
      ])
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    // Turned by a quarter: what was left is above.
    const pixels = await decode(half, { resize: 'exact' })
    expect(at(pixels, 2, 15)[0]).toBeGreaterThan(240)
    expect(at(pixels, 27, 15)[0]).toBeLessThan(15)
  })

  it('go into the tensor by channel or by pixel, in either order', () => {
    const two = { data: Uint8Array.of(255, 0, 51, 0, 255, 102), width: 2, height: 1 }
    const scaled = { ...tower, mean: [0, 0, 0], std: [1, 1, 1] }
    const numbers = (settings: Partial<Tower>) => {
      const { data, dims } = toTensor(two, { ...scaled, ...settings })
      return [dims, [...data].map((x) => Number(x.toFixed(2)))]
    }
    expect(numbers({})).toEqual([
      [1, 3, 1, 2],
      [1, 0, 0, 1, 0.2, 0.4],
    ])
    expect(numbers({ layout: 'nhwc', channels: 'bgr' })).toEqual([
      [1, 1, 2, 3],
      [0.2, 0, 1, 0.4, 1, 0],
    ])
    expect(numbers({ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })[1]).toEqual([1, -1, -1, 1, -0.6, -0.2])
  })
})

describe('pictures that are set aside', () => {
  const signature = png.subarray(0, 8)
  /** A PNG that says it is of this size and holds next to nothing. */
  const bomb = (width: number, height: number) => {
    const header = Buffer.alloc(13)
    header.writeUInt32BE(width, 0)
    header.writeUInt32BE(height, 4)
    header.set([8, 2, 0, 0, 0], 8)
    return Buffer.concat([
      signature,
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.alloc(1e6))),
      chunk('IEND'),
    ])
  }
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>')
  it.each<[string, string, Uint8Array]>([
    ['no bytes', 'empty', new Uint8Array(0)],
    ['text', 'unknown-format', Buffer.from('not a picture')],
    ['SVG, which could read files', 'unknown-format', svg],
    ['PDF', 'unknown-format', Buffer.from('%PDF-1.7\n')],
    ['TIFF', 'unknown-format', Buffer.from('II*\x00\x08\x00\x00\x00')],
    ['a head and nothing behind', 'broken', signature],
    ['half of it', 'broken', png.subarray(0, png.length / 2)],
    ['a torn middle', 'broken', Buffer.concat([png.subarray(0, 60), Buffer.alloc(200, 0x5a), png.subarray(260)])],
    ['3,600 megapixels in a kilobyte', 'too-many-pixels', bomb(60_000, 60_000)],
    ['a line of 10 million pixels', 'too-many-pixels', bomb(10_000_000, 1)],
    ['a size of nothing', 'broken', bomb(0, 0)],
    ['JPEG of which the head is there', 'broken', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46])],
    ['GIF of which the head is there', 'broken', Buffer.from('GIF89a\x10\x00\x10\x00')],
    ['AVIF of which the head is there', 'broken', Buffer.from('\x00\x00\x00\x1cftypavif')],
  ])('%s: %s', async (_what, why, bytes) => {
    expect(await decodePicture(new Uint8Array(bytes), tower)).toBe(why)
  })

  it('a JPEG that ends too soon', async () => {
    const whole = await sharp(drawn, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg()
      .toBuffer()
    expect(await decodePicture(new Uint8Array(whole.subarray(0, whole.length / 2)), tower)).toBe('broken')
  })
})
