import { InterestMineError } from '../errors.js'
import type { SetAside } from '../types/reports.js'
import { detectPicture } from './formats.js'
import { cutMiddle, type Pixels, resizedTo, sizeOf } from './pixels.js'
import type { ImageTower } from './tower-manifest.js'

/** Larger pictures are not unpacked: a small file may claim any size. */
const MOST_PIXELS = 50e6
const LONGEST_SIDE = 20_000

const KERNELS = { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const

type Sharp = typeof import('sharp').default

let loaded: Promise<Sharp> | undefined

/** Loads sharp on first use. Fails with NO_RUNTIME and the command that installs it. */
function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(
    (module) => module.default,
    (cause) => {
      const message = 'pictures are decoded by sharp, which is not installed; run: npm i sharp'
      throw new InterestMineError('NO_RUNTIME', message, {}, cause)
    },
  )
  return loaded
}

/**
 * The pixels that a tower reads of a picture: its first frame, turned as EXIF says, in sRGB, on the tower's background
 * where it is transparent, resized and cropped. Or a word for why it cannot be used: empty, unknown-format,
 * too-many-pixels, broken. Fails with NO_RUNTIME where sharp is not installed.
 */
export async function decodePicture(bytes: Uint8Array, tower: ImageTower): Promise<Pixels | SetAside> {
  if (bytes.length === 0) return 'empty'
  if (detectPicture(bytes) === null) return 'unknown-format'
  const sharp = await loadSharp()
  const options = { limitInputPixels: false, failOn: 'error', sequentialRead: true, pages: 1 } as const
  try {
    // This reads the header alone.
    const { width, height } = await sharp(bytes, options).metadata()
    if (!width || !height) return 'broken'
    if (width * height > MOST_PIXELS || Math.max(width, height) > LONGEST_SIDE) return 'too-many-pixels'
    const fit = tower.resize === 'exact' ? 'fill' : 'cover'
    const [r, g, b] = tower.background
    const { data, info } = await sharp(bytes, options)
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: { r, g, b } })
      .resize({ ...resizedTo(tower), fit, kernel: KERNELS[tower.interpolation], fastShrinkOnLoad: false })
      .raw()
      .toBuffer({ resolveWithObject: true })
    return cutMiddle({ data: asThree(data, info.channels), width: info.width, height: info.height }, sizeOf(tower))
  } catch {
    return 'broken'
  }
}

/** Pixels with three channels; a grey picture has one. */
function asThree(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data
  const pixels = new Uint8Array((data.length / channels) * 3)
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[Math.floor(i / 3) * channels + (channels < 3 ? 0 : i % 3)]
  return pixels
}
