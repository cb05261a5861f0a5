import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { loadEncoder } from '../../dist/encode/encoder.js'
import { openTower } from '../../dist/encode/tower.js'
import { checkEncoder, type Modality } from '../../dist/index.js'
import { createPool } from '../../dist/threads/workers.js'
import { dotAt, rowOf } from '../../dist/vectors/matrix.js'
import { encodeGraph } from '../../dist/vectors/onnx-graph.js'
import { allPictures, captionOf, drawPicture, encodePng, generator, SIDE } from '../../fixtures/pictures.mjs'
import { allSounds, describeSound, encodeWav, makeSound } from '../../fixtures/sounds.mjs'

const towers = fileURLToPath(new URL('../../fixtures/towers', import.meta.url))
const pool = createPool(new URL('../../dist/worker.js', import.meta.url), 1)
afterAll(() => pool.close())

// biome-ignore lint/suspicious/noExplicitAny: manifests are made wrong on purpose
type Loose = any

/** A copy of the towers with another manifest; files that it is given are sealed. */
function changed(change: (manifest: Loose) => void, files: Record<string, Uint8Array> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'towers-'))
  cpSync(towers, folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes)
    manifest.files[name] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  change(manifest)
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

/** Share of phrases that find their file first. */
async function recall(modality: Modality, files: Uint8Array[], phrases: string[]): Promise<number> {
  const tower = await openTower(towers, modality, pool)
  const { vectors, why } = await tower.encode(files)
  expect(why).toEqual(files.map(() => null))
  let right = 0
  for (const [i, words] of phrases.entries()) {
    const phrase = await tower.encodePhrase(words)
    const cosines = files.map((_, j) => dotAt(phrase, 0, rowOf(vectors, j), 0, tower.dims))
    if (cosines.indexOf(Math.max(...cosines)) === i) right++
  }
  await tower.close()
  return right / files.length
}

describe('towers of a joint space', () => {
  it.each(['en', 'zh'] as const)('find pictures that they never saw by words (%s)', async (language) => {
    const random = generator(99)
    const pictures = allPictures()
    const files = pictures.map((picture) => encodePng(drawPicture(picture, random), SIDE, SIDE))
    const phrases = pictures.map((picture) => captionOf(picture, language))
    expect(await recall('image', files, phrases)).toBeGreaterThanOrEqual(0.9)
  })

  it.each(['en', 'zh'] as const)('find sounds that they never heard by words (%s)', async (language) => {
    const random = generator(77)
    const found: number[] = []
    for (let round = 0; round < 4; round++) {
      const sounds = allSounds()
      const files = sounds.map((sound) => encodeWav(makeSound(sound, random)))
      found.push(
        await recall(
          'audio',
          files,
          sounds.map((sound) => describeSound(sound, language)),
        ),
      )
    }
    expect(found.reduce((sum, x) => sum + x, 0) / found.length).toBeGreaterThanOrEqual(0.9)
  })

  it('give the same bits here and in the pool, with company and alone', async () => {
    const random = generator(3)
    const files = allPictures()
      .slice(0, 6)
      .map((picture) => encodePng(drawPicture(picture, random), SIDE, SIDE))
    const [here, there] = [await openTower(towers, 'image'), await openTower(towers, 'image', pool)]
    const all = await here.encode(files)
    expect(here.key).toBe(there.key)
    expect((await there.encode(files)).vectors.data).toEqual(all.vectors.data)
    expect((await there.encode([files[4]])).vectors.data).toEqual(rowOf(all.vectors, 4))
    await Promise.all([here.close(), there.close()])
  })

  it('set aside what they cannot read, and go on', async () => {
    const tower = await openTower(towers, 'image', pool)
    const picture = encodePng(drawPicture(allPictures()[0], generator(1)), SIDE, SIDE)
    const { vectors, why } = await tower.encode([
      Buffer.from('text'),
      picture,
      new Uint8Array(0),
      picture.subarray(0, 90),
    ])
    expect(why).toEqual(['unknown-format', null, 'empty', 'broken'])
    const lengths = [0, 1, 2, 3].map((i) => dotAt(rowOf(vectors, i), 0, rowOf(vectors, i), 0, tower.dims))
    expect(lengths.map((length) => Number(length.toFixed(5)))).toEqual([0, 1, 0, 0])
    await tower.close()
  })

  it('may read words at a fixed length', async () => {
    const phrase = async (folder: string) => {
      const tower = await openTower(folder, 'image')
      const vector = await tower.encodePhrase('red dotted circle')
      await tower.close()
      return vector
    }
    const filled = changed(({ towers: { text } }) => {
      text.padding = { to: 16, id: 0 }
    })
    // What is filled up counts for nothing.
    expect(await phrase(filled)).toEqual(await phrase(towers))
    const wrong = changed(({ towers: { text } }) => {
      text.output = 'text_embeds'
    })
    await expect(phrase(wrong)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('has embeds'),
    })
  })

  it('are an encoder of texts too', async () => {
    const encoder = await loadEncoder(towers)
    expect([encoder.id, encoder.dims]).toEqual(['toy-towers', 32])
    await encoder.close()
  })
})

/** 64 frames of 32 bands, means of squared samples: a model of its own that makes a spectrum. */
const spectrum = encodeGraph({
  inputs: { samples: 2 },
  outputs: { y: 4 },
  constants: { shape: [1, 1, 64, 250] },
  nodes: [
    { op: 'Reshape', inputs: ['samples', 'shape'], output: 'cut' },
    { op: 'Mul', inputs: ['cut', 'cut'], output: 'squares' },
    { op: 'AveragePool', inputs: ['squares'], output: 'y', attributes: { kernel_shape: [1, 33], strides: [1, 7] } },
  ],
})

describe('an audio tower', () => {
  it('may have a model before it that makes the spectrum', async () => {
    const folder = changed(
      ({ towers: { audio } }) => {
        audio.features = { kind: 'model', model: 'mel.onnx', input: 'samples', output: 'y', bands: 32, amplitude: 2 }
      },
      { 'mel.onnx': spectrum },
    )
    const tower = await openTower(folder, 'audio')
    const { vectors, why } = await tower.encode([encodeWav(makeSound(allSounds()[0], generator(2)))])
    expect(why).toEqual([null])
    expect(dotAt(vectors.data, 0, vectors.data, 0, 32)).toBeCloseTo(1, 5)
    await tower.close()
  })

  it('may read bands before frames, or samples', async () => {
    const graph = (rank: number) =>
      encodeGraph({
        inputs: { spectrum: rank },
        outputs: { embeds: 1 },
        constants: { axes: [0], from: [0], to: [32] },
        nodes: [
          { op: 'Flatten', inputs: ['spectrum'], output: 'row', attributes: { axis: 0 } },
          { op: 'Squeeze', inputs: ['row', 'axes'], output: 'all' },
          { op: 'Slice', inputs: ['all', 'from', 'to'], output: 'embeds' },
        ],
      })
    const sound = encodeWav(makeSound(allSounds()[0], generator(2)))
    const first = async (shape: unknown[], features?: object) => {
      const folder = changed(
        ({ towers: { audio } }) => {
          audio.shape = shape
          audio.features = features ?? audio.features
          audio.model = 'first.onnx'
        },
        { 'first.onnx': graph(shape.length) },
      )
      const tower = await openTower(folder, 'audio')
      const { vectors } = await tower.encode([sound.subarray(0, 44 + 2 * 16_000)])
      await tower.close()
      return [...vectors.data]
    }
    const [frames, bands] = [await first([1, 'frames', 'bands']), await first([1, 'bands', 'frames'])]
    // The first number of both is frame 0, band 0; the second is the next band, or the next frame.
    expect(frames[0] / frames[1]).not.toBeCloseTo(bands[0] / bands[1], 3)
    const samples = await first([1, 'samples'], { kind: 'waveform', scale: 3 })
    expect(samples.length).toBe(32)
    expect(new Set(samples).size).toBeGreaterThan(20)
  })
})

describe('an encoder directory that is wrong', () => {
  const refuse = async (modality: Modality, change: (manifest: Loose) => void, message: string) => {
    const folder = changed(change)
    const opened = openTower(folder, modality).then((tower) =>
      tower.encode([
        modality === 'image'
          ? encodePng(new Uint8Array(SIDE * SIDE * 3), SIDE, SIDE)
          : encodeWav(makeSound(allSounds()[0], generator(2))),
      ]),
    )
    await expect(opened).rejects.toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining(message) })
    const { ok, problems } = await checkEncoder(folder)
    expect(ok).toBe(false)
    expect(problems.map(({ what }) => what).join('\n')).toContain(message)
  }

  it.each<[string, Modality, (manifest: Loose) => void, string]>([
    ['towers of two sizes in one space', 'image', (m) => (m.towers.image.dims = 64), 'text 32, image 64'],
    [
      'a tower of another size than it says',
      'image',
      (m) => {
        m.joint = false
        m.towers.image.dims = 64
      },
      'gives 32 numbers, its manifest says 64',
    ],
    ['an input that is not there', 'image', (m) => (m.towers.image.input = 'pixel_values'), 'input "pixel_values"'],
    ['an output that is not there', 'image', (m) => (m.towers.image.output = 'image_embeds'), 'has embeds'],
    [
      'a size that the model does not take',
      'image',
      (m) => (m.towers.image.size = 20),
      'does not take an input of shape',
    ],
    ['a file without a checksum', 'image', (m) => delete m.files['image.onnx'], 'lacks "image.onnx": {"bytes":'],
    ['a file that is another', 'image', (m) => (m.files['image.onnx'].sha256 = '0'.repeat(64)), 'sha256'],
    ['a file outside', 'image', (m) => (m.towers.image.model = '../image.onnx'), 'inside the model directory'],
    ['a field that is missing', 'image', (m) => delete m.towers.image.mean, 'towers.image.mean'],
    ['no tower at all', 'image', (m) => (m.towers = {}), 'needs a text, an image or an audio tower'],
    ['a transform of an odd length', 'audio', (m) => (m.towers.audio.features.fft = 1000), 'power of two'],
    [
      'frames where there are samples',
      'audio',
      (m) => (m.towers.audio.shape = [1, 'samples']),
      'does not take an input',
    ],
  ])('%s', (_what, modality, change, message) => refuse(modality, change, message))

  it('says which towers there are', async () => {
    const folder = changed((m) => delete m.towers.audio)
    await expect(openTower(folder, 'audio')).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('has no audio tower, only text and image'),
    })
    const pictures = changed((m) => delete m.towers.text)
    await expect(loadEncoder(pictures)).rejects.toMatchObject({ code: 'BAD_MODEL' })
    const tower = await openTower(pictures, 'image')
    expect(tower.joint).toBe(false)
    await expect(tower.encodePhrase('dots')).rejects.toMatchObject({ code: 'NO_TEXT' })
  })

  it('that lacks checksums is told what to add', async () => {
    const folder = changed((m) => (m.files = {}))
    const told = (await checkEncoder(folder)).problems.map(({ what }) => /lacks (.*); add that/.exec(what)?.[1])
    expect(told).toHaveLength(3)
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    manifest.files = JSON.parse(`{${told.join(',')}}`)
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    expect((await checkEncoder(folder)).problems).toEqual([])
  })

  it('is told from a good one', async () => {
    expect(await checkEncoder(towers)).toMatchObject({
      ok: true,
      problems: [],
      encoder: { id: 'toy-towers', joint: true, towers: [{ tower: 'text' }, { tower: 'image' }, { tower: 'audio' }] },
    })
    await expect(checkEncoder('/nowhere')).rejects.toMatchObject({ code: 'BAD_MODEL' })
  })
})
