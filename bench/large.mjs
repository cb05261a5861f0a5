// build-index of a large synthetic catalogue, as the command line runs it: a process of its own, seconds by stage and
// peak memory of the whole process with its threads. The catalogue is drawn from a grammar by a fixed seed: titles of
// brand, trait, material, thing, purpose and colour, a short text, category paths; users take things of a few kinds.
// node bench/large.mjs [--items 200000] [--users 100000] [--events 500000] [--dims 256 | --encoder DIR]
// Without --encoder items bring vectors of --dims numbers; --events 0 builds the catalogue alone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRandom } from '../dist/random.js'
import { sayMachine } from './data.mjs'

const given = parseArgs({
  options: {
    items: { type: 'string', default: '200000' },
    users: { type: 'string', default: '100000' },
    events: { type: 'string', default: '500000' },
    dims: { type: 'string', default: '256' },
    encoder: { type: 'string' },
    keep: { type: 'string' },
  },
}).values
const [items, users, events, dims] = [given.items, given.users, given.events, given.dims].map(Number)

// ---------------------------------------------------------------- the grammar

const random = createRandom(11)
const pick = (list) => list[random.below(list.length)]
/** The first of a list are drawn most: as names are in shops. */
const pickOften = (list) => list[Math.floor(list.length * random.unit() ** 2.5)]
const words = (text) => text.split(' ')
const ROOTS = words('Home Garden Sports Beauty Kitchen Office Toys Pets Music Travel Tools Fashion')
const THINGS = words(
  'lamp vase kettle teapot mug plate bowl pan knife grill tent backpack sleeping-bag lantern rod reel jacket boot glove scarf hat belt wallet watch ring necklace serum cream lotion shampoo soap perfume brush comb mirror towel blanket pillow sheet curtain rug chair desk shelf drawer folder notebook pen pencil marker easel canvas puzzle doll kite drone robot ball racket bat helmet saddle pedal pump tyre leash collar feeder aquarium perch guitar violin drum flute amplifier microphone headphone speaker tripod lens filter hammer drill saw wrench ladder hose rake spade planter trellis seed bulb candle incense clock radio fan heater scale timer grater whisk spatula apron tray basket hamper suitcase pouch adapter charger cable stand mount case cover',
)
const KINDS = words('Everyday Classic Outdoor Professional Vintage Compact Junior Premium')
const TRAITS = words(
  'adjustable foldable waterproof handmade portable insulated lightweight durable engraved padded quilted woven brushed polished ribbed stackable washable scented rechargeable magnetic reversible hypoallergenic ergonomic collapsible',
)
const MATERIALS = words(
  'bamboo ceramic steel leather cotton linen wool silk oak walnut brass copper glass marble granite cork felt canvas silicone titanium carbon rubber velvet suede',
)
const PURPOSES = words(
  'camping hiking baking gardening painting fishing climbing cycling yoga running sailing commuting studying gifting travelling cooking grooming knitting sketching skiing',
)
const COLOURS = words('red blue green black white grey navy teal olive amber coral ivory plum sand rust')
const SYLLABLES = words('ba ko ri ve la mo ta ne si du fa ro li ma ga no pe ze vi ho')
const BRANDS = Array.from({ length: 3000 }, () => {
  const name = Array.from({ length: 2 + random.below(2) }, () => pick(SYLLABLES)).join('')
  return name[0].toUpperCase() + name.slice(1)
})
/** What a shelf of the shop holds; items are drawn from these. */
const SHELVES = THINGS.flatMap((thing, i) =>
  KINDS.map((kind) => ({ thing: thing.replace('-', ' '), kind, root: ROOTS[i % ROOTS.length] })),
)

function drawItem(i) {
  const shelf = pickOften(SHELVES)
  const [brand, trait, other, material, purpose, colour] = [BRANDS, TRAITS, TRAITS, MATERIALS, PURPOSES, COLOURS].map(
    pickOften,
  )
  const things = `${shelf.thing[0].toUpperCase()}${shelf.thing.slice(1)}s`
  const title = `${brand} ${trait} ${material} ${shelf.thing} for ${purpose}, ${colour}, ${2 + random.below(40)} cm`
  const text = `A ${shelf.kind.toLowerCase()} ${shelf.thing} of ${material}, ${other} and made for ${pick(PURPOSES)}. Comes in ${colour} with ${pick(MATERIALS)} parts.`
  return {
    id: `p${i}`,
    shelf,
    item: {
      id: `p${i}`,
      title,
      text,
      brand,
      categories: [shelf.root, things, `${shelf.kind} ${things}`],
      price: 3 + random.below(200),
    },
    parts: [
      [shelf.root, 0.4],
      [shelf.thing, 1],
      [`${shelf.kind} ${shelf.thing}`, 0.5],
      [brand, 0.3],
      [trait, 0.2],
      [material, 0.3],
      [purpose, 0.3],
      [colour, 0.2],
    ],
  }
}

/** A fixed direction a word; an item lies where its words sum to. */
const directions = new Map()
function directionOf(word) {
  let direction = directions.get(word)
  if (!direction) {
    direction = Float32Array.from({ length: dims }, () => random.unit() + random.unit() + random.unit() - 1.5)
    directions.set(word, direction)
  }
  return direction
}

function vectorOf(parts) {
  const sum = Float32Array.from({ length: dims }, () => (random.unit() - 0.5) * 0.4)
  for (const [word, share] of parts) {
    const direction = directionOf(word)
    for (let k = 0; k < dims; k++) sum[k] += share * direction[k]
  }
  return Array.from(sum, (x) => Math.round(x * 100) / 100)
}

async function write(file, count, lineOf) {
  const out = createWriteStream(file)
  for (let i = 0; i < count; i++) if (!out.write(`${lineOf(i)}\n`)) await once(out, 'drain')
  out.end()
  await once(out, 'close')
}

const folder = given.keep ?? mkdtempSync(join(tmpdir(), 'large-'))
const [catalogueFile, eventsFile, db] = ['catalog.jsonl', 'events.jsonl', 'a.db'].map((name) => join(folder, name))
const onShelf = new Map()
await write(catalogueFile, items, (i) => {
  const { id, shelf, item, parts } = drawItem(i)
  const shelved = onShelf.get(shelf)
  if (shelved) shelved.push(id)
  else onShelf.set(shelf, [id])
  return JSON.stringify(given.encoder ? item : { ...item, vector: vectorOf(parts) })
})
const filled = [...onShelf.keys()]
const tastes = Array.from({ length: users }, () => Array.from({ length: 1 + random.below(3) }, () => pick(filled)))
const start = Date.UTC(2025, 0, 1)
await write(eventsFile, events, (i) => {
  const user = i < users ? i : Math.floor(users * random.unit() ** 2)
  const item = pickOften(onShelf.get(pick(tastes[user])))
  const at = new Date(start + i * 60_000).toISOString()
  return JSON.stringify({ user: `u${user}`, item, type: random.below(4) === 0 ? 'purchase' : 'view', at })
})

// ---------------------------------------------------------------- the build

const bin = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const options = ['--db', db, '--json', '--no-train', ...(given.encoder ? ['--encoder', given.encoder] : [])]
const from = performance.now()
const build = spawn(
  process.execPath,
  [bin, 'build-index', catalogueFile, ...(events > 0 ? ['--events', eventsFile] : []), ...options],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
let said = ''
build.stdout.on('data', (part) => {
  said += part
})
const [status] = await once(build, 'close')
if (status !== 0) throw new Error(`build-index ended with ${status}`)
const { seconds, peakMB, texts, textsPerSecond } = JSON.parse(said)
sayMachine()
console.log(
  `${items} items${given.encoder ? '' : ` with vectors of ${dims} numbers`}, ${events} events: ${((performance.now() - from) / 1000).toFixed(1)} s in all, peak ${peakMB} MB, store ${(statSync(db).size / 2 ** 20).toFixed(0)} MB`,
)
console.log(`  ${JSON.stringify({ seconds, texts, textsPerSecond })}`)
if (!given.keep) rmSync(folder, { recursive: true })
