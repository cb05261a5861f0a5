// The graphs of the toy towers: fixed filters, then what was learnt.

const KERNEL = 13
const TURNS = 6
const WAVES = [3.5, 6, 10]

/** Pixels (1 x 3 x 48 x 48, from -1 to 1) to features, 1 x n: colours of 36 fields, and how the picture is textured. */
export function pictureFeatures() {
  const count = TURNS * WAVES.length
  const channels = 3 * count * 2
  return {
    weights: {
      filters: { data: gabors(), dims: [channels, 1, KERNEL, KERNEL] },
      gather: { data: pairs(count), dims: [count, channels, 1, 1] },
      little: { data: Float32Array.of(1e-3), dims: [1] },
    },
    nodes: [
      {
        op: 'AveragePool',
        inputs: ['pixels'],
        output: 'fields',
        attributes: { kernel_shape: [8, 8], strides: [8, 8] },
      },
      { op: 'Flatten', inputs: ['fields'], output: 'colours', attributes: { axis: 1 } },
      {
        op: 'Conv',
        inputs: ['pixels', 'filters'],
        output: 'waves',
        attributes: { group: 3, pads: [6, 6, 6, 6], strides: [2, 2], kernel_shape: [KERNEL, KERNEL] },
      },
      { op: 'Mul', inputs: ['waves', 'waves'], output: 'squares' },
      { op: 'Conv', inputs: ['squares', 'gather'], output: 'energy', attributes: { kernel_shape: [1, 1] } },
      { op: 'Add', inputs: ['energy', 'little'], output: 'some' },
      { op: 'Sqrt', inputs: ['some'], output: 'strength' },
      ...pooled('strength', 'GlobalAveragePool', 'usual'),
      ...pooled('energy', 'GlobalAveragePool', 'even'),
      ...pooled('strength', 'GlobalMaxPool', 'most'),
      // What of each wave stands above its middle: dots and their gaps are not alike.
      { op: 'Relu', inputs: ['waves'], output: 'crests' },
      ...pooled('crests', 'GlobalAveragePool', 'crested'),
      {
        op: 'Concat',
        inputs: ['colours', 'usual', 'even', 'most', 'crested'],
        output: 'features',
        attributes: { axis: 1 },
      },
    ],
  }
}

function pooled(input, op, output) {
  return [
    { op, inputs: [input], output: `${output} pooled` },
    { op: 'Add', inputs: [`${output} pooled`, 'little'], output: `${output} some` },
    { op: 'Log', inputs: [`${output} some`], output: `${output} log` },
    { op: 'Flatten', inputs: [`${output} log`], output, attributes: { axis: 1 } },
  ]
}

/** Waves under a bell, each turn and length in two phases, once for each colour channel. */
function gabors() {
  const one = []
  for (const wave of WAVES) {
    for (let turn = 0; turn < TURNS; turn++) {
      const angle = (Math.PI * turn) / TURNS
      for (const phase of [0, Math.PI / 2]) {
        const kernel = new Float64Array(KERNEL * KERNEL)
        for (let i = 0; i < kernel.length; i++) {
          const [x, y] = [(i % KERNEL) - 6, Math.floor(i / KERNEL) - 6]
          const along = x * Math.cos(angle) + y * Math.sin(angle)
          const bell = Math.exp(-(x * x + y * y) / (2 * (wave * 0.5) ** 2))
          kernel[i] = bell * Math.cos((2 * Math.PI * along) / wave + phase)
        }
        const middle = kernel.reduce((sum, x) => sum + x, 0) / kernel.length
        const length = Math.sqrt(kernel.reduce((sum, x) => sum + (x - middle) ** 2, 0))
        one.push(...kernel.map((x) => (x - middle) / length))
      }
    }
  }
  return Float32Array.from([...one, ...one, ...one])
}

/** Adds up both phases and the three channels of each filter. */
function pairs(count) {
  const channels = 3 * count * 2
  const weight = new Float32Array(count * channels)
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 3; c++) for (const phase of [0, 1]) weight[i * channels + c * count * 2 + i * 2 + phase] = 1
  return weight
}

/** Features to a vector, by what was learnt. */
export function headOf({ first, second }) {
  return {
    weights: {
      weight1: { data: first.weight, dims: [first.outputs, first.inputs] },
      bias1: { data: first.bias, dims: [first.outputs] },
      weight2: { data: second.weight, dims: [second.outputs, second.inputs] },
      bias2: { data: second.bias, dims: [second.outputs] },
    },
    nodes: [
      { op: 'Gemm', inputs: ['features', 'weight1', 'bias1'], output: 'summed', attributes: { transB: 1 } },
      { op: 'Relu', inputs: ['summed'], output: 'hidden' },
      { op: 'Gemm', inputs: ['hidden', 'weight2', 'bias2'], output: 'embeds', attributes: { transB: 1 } },
    ],
  }
}

/** Ids of words to their vectors; their mean is the text's. */
export function wordsGraph(table, dims) {
  return {
    inputs: { input_ids: 2 },
    whole: ['input_ids'],
    outputs: { embeds: 3 },
    weights: { table: { data: table, dims: [table.length / dims, dims] } },
    nodes: [{ op: 'Gather', inputs: ['table', 'input_ids'], output: 'embeds', attributes: { axis: 0 } }],
  }
}

/** A log-mel spectrogram (1 x 1 x frames x bands) to features: each band's mean and spread, and how it goes on. */
export function soundFeatures() {
  const mean = (input, output) => ({
    op: 'ReduceMean',
    inputs: [input],
    output,
    attributes: { axes: [2], keepdims: 0 },
  })
  const flat = (input, output) => ({ op: 'Flatten', inputs: [input], output, attributes: { axis: 1 } })
  return {
    weights: { little: { data: Float32Array.of(1e-3), dims: [1] } },
    nodes: [
      mean('spectrum', 'means'),
      { op: 'Mul', inputs: ['spectrum', 'spectrum'], output: 'squares' },
      mean('squares', 'mean squares'),
      { op: 'Mul', inputs: ['means', 'means'], output: 'squared means' },
      { op: 'Sub', inputs: ['mean squares', 'squared means'], output: 'difference' },
      { op: 'Relu', inputs: ['difference'], output: 'variance' },
      { op: 'Add', inputs: ['variance', 'little'], output: 'some variance' },
      { op: 'Sqrt', inputs: ['some variance'], output: 'spreads' },
      {
        op: 'AveragePool',
        inputs: ['spectrum'],
        output: 'parts',
        attributes: { kernel_shape: [10, 1], strides: [10, 1] },
      },
      flat('means', 'mean'),
      flat('spreads', 'spread'),
      flat('parts', 'course'),
      { op: 'Concat', inputs: ['mean', 'spread', 'course'], output: 'features', attributes: { axis: 1 } },
    ],
  }
}
