import type { z } from 'zod'

type Zod = typeof z

/** Schemas of a manifest's towers for pictures and sounds. `path`: schema of a path inside the model directory. */
export function towerSchemas(z: Zod, path: z.ZodType<string>) {
  const dims = z.int().min(8).max(4096)
  const name = z.string().min(1).max(200)
  const side = z.int().min(8).max(2048)
  const seconds = z.number().min(0.01).max(600)
  const image = z.object({
    model: path,
    input: name,
    output: name,
    dims,
    /** Size of the pictures that the model reads, in pixels: side of a square, or width and height. */
    size: z.union([side, z.object({ width: side, height: side })]),
    /**
     * `shortest`: the shorter side is brought to `shortest` (default, and at least: that of `size`), then the middle is
     * cut out; `exact`: squeezed to `size`.
     */
    resize: z.enum(['shortest', 'exact']),
    shortest: side.optional(),
    interpolation: z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos']).default('bicubic'),
    /** A channel's byte x becomes (x * rescale - mean) / std. */
    rescale: z
      .number()
      .positive()
      .default(1 / 255),
    mean: z.array(z.number()).length(3),
    std: z.array(z.number().positive()).length(3),
    channels: z.enum(['rgb', 'bgr']).default('rgb'),
    layout: z.enum(['nchw', 'nhwc']).default('nchw'),
    /** Red, green and blue that stand in for transparent pixels. */
    background: z.array(z.int().min(0).max(255)).length(3).default([255, 255, 255]),
  })
  const features = z.discriminatedUnion('kind', [
    /** The model reads samples: -1..1 times `scale`. */
    z.object({ kind: z.literal('waveform'), scale: z.number().positive().default(1) }),
    /** Log-mel spectrogram, as librosa and the feature extractors of CLAP make it. */
    z.object({
      kind: z.literal('mel'),
      /** Samples of a frame (a power of two); `hop`: samples from the start of one frame to that of the next. */
      fft: z
        .int()
        .min(64)
        .max(8192)
        .refine((n) => (n & (n - 1)) === 0, 'must be a power of two'),
      hop: z.int().min(1).max(8192),
      bands: z.int().min(8).max(512),
      from: z.number().min(0),
      to: z.number().positive(),
      scale: z.enum(['slaney', 'htk']).default('slaney'),
      /** `slaney`: each band has the same area. */
      norm: z.enum(['slaney', 'none']).default('slaney'),
      log: z.enum(['db', 'log10', 'ln']).default('db'),
      /** Smallest power before the logarithm. */
      floor: z.number().positive().default(1e-10),
      /** Whether frames are centred on their samples, with the ends of the sound mirrored. */
      centre: z.boolean().default(true),
    }),
    /** A separate model makes the spectrogram: its output times `scale` plus `offset`. */
    z.object({
      kind: z.literal('model'),
      model: path,
      input: name,
      output: name,
      bands: z.int().min(1).max(512),
      /** Its input is samples (-1..1) times this. */
      amplitude: z.number().positive().default(1),
      scale: z.number().default(1),
      offset: z.number().default(0),
    }),
  ])
  const audio = z.object({
    model: path,
    input: name,
    output: name,
    dims,
    sampleRate: z.int().min(4000).max(96_000),
    /** Seconds that the model reads at once; of a longer sound several windows are read, `hop` seconds apart. */
    window: seconds,
    hop: seconds.optional(),
    /** Seconds of a sound that are read at most, from its start. */
    most: seconds.default(30),
    /** How a sound shorter than a window is filled up. */
    padding: z.enum(['zero', 'repeat']).default('zero'),
    /** `peak`: the loudest sample becomes 1; `standard`: mean 0, variance 1. */
    normalise: z.enum(['none', 'peak', 'standard']).default('none'),
    features,
    /** Dimensions of the model's input, in order: 1 and `samples`, or 1, `frames` and `bands`. */
    shape: z
      .array(z.union([z.literal(1), z.enum(['samples', 'frames', 'bands'])]))
      .min(1)
      .max(6),
  })
  return { image, audio }
}

type Schemas = ReturnType<typeof towerSchemas>
/** Manifest of a tower for pictures, defaults filled in. */
export type ImageTower = z.infer<Schemas['image']>
/** Manifest of a tower for sounds, defaults filled in. */
export type AudioTower = z.infer<Schemas['audio']>
/** How an audio tower makes its model's input from samples. */
export type Features = AudioTower['features']
