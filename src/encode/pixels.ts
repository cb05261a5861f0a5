import type { ImageTower } from './tower-manifest.js'

/** A picture as bytes: red, green and blue of each pixel, row after row from the top. */
export interface Pixels {
  data: Uint8Array
  width: number
  height: number
}

/** Width and height, in pixels, of the pictures that a tower reads. */
export function sizeOf({ size }: ImageTower): { width: number; height: number } {
  return typeof size === 'number' ? { width: size, height: size } : size
}

/**
 * Size that a picture is resized to before its middle is cropped: the tower's size itself, or for `shortest` a larger
 * one of the same proportions.
 */
export function resizedTo(tower: ImageTower): { width: number; height: number } {
  const { width, height } = sizeOf(tower)
  const scale = tower.resize === 'exact' ? 1 : Math.max(1, (tower.shortest ?? 0) / Math.min(width, height))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

/** The middle of a picture that is as large as `size` or larger. */
export function cutMiddle({ data, width, height }: Pixels, size: { width: number; height: number }): Pixels {
  if (width === size.width && height === size.height) return { data, width, height }
  const left = Math.floor((width - size.width) / 2)
  const top = Math.floor((height - size.height) / 2)
  const cut = new Uint8Array(size.width * size.height * 3)
  for (let y = 0; y < size.height; y++) {
    const from = ((top + y) * width + left) * 3
    cut.set(data.subarray(from, from + size.width * 3), y * size.width * 3)
  }
  return { data: cut, ...size }
}

/** The input of the model and its sizes: (byte * rescale - mean) / std, channels in the tower's order and layout. */
export function toTensor({ data, width, height }: Pixels, tower: ImageTower): { data: Float32Array; dims: number[] } {
  const count = width * height
  const planar = tower.layout === 'nchw'
  const values = new Float32Array(count * 3)
  for (let c = 0; c < 3; c++) {
    const from = tower.channels === 'rgb' ? c : 2 - c
    const [mean, std] = [tower.mean[c], tower.std[c]]
    for (let i = 0; i < count; i++) {
      values[planar ? c * count + i : i * 3 + c] = (data[i * 3 + from] * tower.rescale - mean) / std
    }
  }
  return { data: values, dims: planar ? [1, 3, height, width] : [1, height, width, 3] }
}
