import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Item, type Miner, openMiner } from '../dist/index.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const bin = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const folder = () => mkdtempSync(join(tmpdir(), 'robust-'))

/** Items with vectors of their own: nothing is encoded, so stores are made in no time. */
function madeItems(n: number, dims = 8): Item[] {
  return Array.from({ length: n }, (_, i) => ({
    id: `p${i}`,
    title: `thing ${i} of kind ${i % 5}`,
    vector: Float32Array.from({ length: dims }, (_, k) => Math.sin(i * 3 + k * (1 + (i % 5)))),
  }))
}
const madeEvents = (users: number) =>
  Array.from({ length: users * 4 }, (_, k) => ({
    user: `u${k >> 2}`,
    item: `p${((k >> 2) + (k & 3)) % 20}`,
    at: 1.7e12 + k,
  }))

async function makeStore(n = 30): Promise<string> {
  const store = join(folder(), 'a.db')
  const miner = await openMiner({ store, workers: 0 })
  await miner.build({ items: madeItems(n), events: madeEvents(12) })
  await miner.close()
  return store
}
async function using<R>(store: string, work: (miner: Miner) => Promise<R>): Promise<R> {
  const miner = await openMiner({ store, workers: 0 })
  try {
    return await work(miner)
  } finally {
    await miner.close()
  }
}

describe('a failing first write', () => {
  it('leaves the miner as usable as it was', async () => {
    await using(join(folder(), 'new.db'), async (miner) => {
      await expect(miner.addEvents([{ user: 'u', item: 'p0' }])).rejects.toMatchObject({ code: 'NO_STORE' })
      await expect(miner.addItems([])).rejects.toMatchObject({ code: 'BAD_INPUT' })
      await expect(miner.addItems(madeItems(3), { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'INTERRUPTED',
      })
      expect((await miner.addItems(madeItems(3))).items).toMatchObject({ added: 3 })
    })
  })

  it('takes nothing from another process that fills the same store', async () => {
    const store = join(folder(), 'shared.db')
    const failing = await openMiner({ store, workers: 0 })
    await using(store, (other) => other.build({ items: madeItems(10) }))
    await expect(failing.build({ items: [], prune: true })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await failing.close()
    expect((await using(store, (miner) => miner.status())).items).toBe(10)
  })

  it('two that open one new store at once both make it', async () => {
    const store = join(folder(), 'both.db')
    const runs = await Promise.all(
      [0, 1].map(
        (i) =>
          new Promise<string>((resolve) => {
            const file = join(folder(), `${i}.jsonl`)
            writeFileSync(
              file,
              madeItems(40)
                .map(({ vector, ...item }) => JSON.stringify({ ...item, vector: Array.from(vector as Float32Array) }))
                .join('\n'),
            )
            const child = spawn(process.execPath, [bin, 'build-index', file, '--db', store, '--json', '--workers', '1'])
            let err = ''
            child.stderr.on('data', (data) => {
              err += data
            })
            child.on('close', () => resolve(err))
          }),
      ),
    )
    for (const err of runs) expect(err).not.toMatch(/INTERNAL/)
    expect((await using(store, (miner) => miner.status())).items).toBe(40)
  }, 30_000)
})

describe('forgetting while another process builds', () => {
  it('is not undone by the generation that was being fitted', async () => {
    const store = await makeStore()
    const users = async () =>
      (await using(store, (miner) => miner.recommend('stranger', { limit: 30 }))).recommendations.map(
        ({ item, reason }) => `${item} ${reason}`,
      )
    const builder = await openMiner({ store, workers: 0 })
    const other = await openMiner({ store, workers: 0 })
    // The builder has read everybody's events when its fit begins; the other forgets one of them just then.
    let forgotten: Promise<unknown> | undefined
    await builder.build({
      items: madeItems(31),
      onProgress({ stage }) {
        if (stage === 'fit') forgotten ??= other.forget('u3')
      },
    })
    expect(await forgotten).toMatchObject({ forgotten: true })
    await builder.close()
    await other.close()
    const never = join(folder(), 'never.db')
    await using(never, (miner) =>
      miner.build({ items: madeItems(31), events: madeEvents(12).filter(({ user }) => user !== 'u3') }),
    )
    const expected = (await using(never, (miner) => miner.recommend('stranger', { limit: 30 }))).recommendations.map(
      ({ item, reason }) => `${item} ${reason}`,
    )
    expect(await users()).toEqual(expected)
  })
})

describe('damage', () => {
  const flip = (store: string, name: string) => {
    const db = new Database(store)
    const { bytes } = db.prepare('SELECT bytes FROM blobs WHERE name = ? ORDER BY generation DESC').get(name) as {
      bytes: Buffer
    }
    bytes[bytes.length >> 1] ^= 0xff
    db.prepare('UPDATE blobs SET bytes = ? WHERE name = ?').run(bytes, name)
    db.close()
  }

  it('of artefacts is mended by build-index, as the message says', async () => {
    const store = await makeStore()
    const before = await using(store, (miner) => miner.recommend('u1'))
    flip(store, 'vectors.data')
    await using(store, async (miner) => {
      await expect(miner.recommend('u1')).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
      await miner.build({ items: madeItems(30) })
      expect(await miner.recommend('u1')).toEqual(before)
    })
  })

  it('of artefacts is mended by doctor, which then finds nothing', async () => {
    const store = await makeStore()
    flip(store, 'neighbours.rows')
    await using(store, async (miner) => {
      expect((await miner.doctor()).ok).toBe(false)
      expect((await miner.doctor({ repair: true })).ok).toBe(true)
      expect(await miner.doctor()).toEqual({ ok: true, problems: [] })
    })
  })

  it('of an item is noticed', async () => {
    const store = await makeStore()
    const db = new Database(store)
    db.prepare("UPDATE items SET json = replace(json, 'thing', 'thong') WHERE id = 'p3'").run()
    db.close()
    const { ok, problems } = await using(store, (miner) => miner.doctor())
    expect(ok).toBe(false)
    expect(problems[0].what).toMatch(/1 items are not what was written/)
  })

  it('a folder in the place of the index file is no hindrance, and doctor clears it away', async () => {
    const store = await makeStore(4200)
    const before = await using(store, (miner) => miner.similar('p7'))
    rmSync(`${store}.hnsw`)
    mkdirSync(`${store}.hnsw`)
    writeFileSync(join(`${store}.hnsw`, 'x'), 'x')
    await using(store, async (miner) => {
      expect((await miner.similar('p7')).results).toHaveLength(10)
      expect((await miner.doctor({ repair: true })).ok).toBe(true)
    })
    expect(await using(store, (miner) => miner.similar('p7'))).toEqual(before)
  }, 60_000)
})

describe('wrong use of the library', () => {
  it('is BAD_OPTION, never a bare TypeError', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: what the types forbid is what is tried
    const open = openMiner as any
    for (const options of [undefined, {}, { store: 5 }, { store: '' }])
      await expect(open(options)).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await using(await makeStore(), async (miner) => {
      // biome-ignore lint/suspicious/noExplicitAny: what the types forbid is what is tried
      const any = miner as any
      const calls = [
        () => any.recommend(),
        () => any.recommend(null),
        () => any.recommend('u1', { exclude: 'p1' }),
        () => any.recommend('u1', { exclude: [1] }),
        () => any.recommend('u1', { language: 'fr' }),
        () => any.recommend('u1', { limit: 0 }),
        () => any.recommend('u1', { diversity: Number.NaN }),
        () => any.similar(),
        () => any.search(5),
        () => any.addItems(5),
        () => any.build(),
        () => any.build({}),
        () => any.editInterest('u1', 'i', null),
        () => any.editInterest('u1', 'i', {}),
      ]
      for (const call of calls)
        await expect(call(), String(call)).rejects.toMatchObject({
          code: 'BAD_OPTION',
          message: expect.not.stringMatching(/undefined"|\n/),
        })
    })
  })
})

describe('what is said', () => {
  let store: string
  beforeAll(async () => {
    store = join(folder(), 'shop.db')
    const miner = await openMiner({ store })
    await miner.build({
      items: { file: join(fixture('shop'), 'catalog.jsonl') },
      events: { file: join(fixture('shop'), 'events.csv') },
    })
    await miner.close()
  }, 60_000)
  const users = Object.keys(JSON.parse(readFileSync(join(fixture('shop'), 'expected.json'), 'utf8')).users)

  it('names an interest in a reason only where the strongest cited item is of it', async () => {
    await using(store, async (miner) => {
      let named = 0
      for (const user of users.slice(0, 40)) {
        const { interests, recommendations } = await miner.explain(user)
        for (const { reason, evidence } of recommendations) {
          const label = /^For your interest “(.*?)”:/.exec(reason)?.[1]
          if (label === undefined) continue
          named++
          const interest = interests.find((one) => one.label === label)
          expect(
            interest?.evidence.map(({ item }) => item),
            reason,
          ).toContain(evidence[0].item)
        }
      }
      expect(named).toBeGreaterThan(50)
    })
  })

  it('tells why an item leaves the list, with titles', async () => {
    await using(store, async (miner) => {
      const seen = new Set<string>()
      for (const user of users.slice(0, 25)) {
        for (const { item } of (await miner.recommend(user, { limit: 3 })).recommendations) {
          const { counterfactual } = await miner.explain(user, item)
          if (!counterfactual) continue
          const { remove, titles, after, rankAfter, n } = counterfactual
          seen.add(after)
          expect(titles).toHaveLength(remove.length)
          expect(rankAfter !== null && rankAfter > n).toBe(after === 'outranked')
        }
      }
      expect(seen.size).toBeGreaterThan(1)
    })
  }, 60_000)

  it('lets a disowned interest be owned again', async () => {
    const copy = join(folder(), 'copy.db')
    cpSync(store, copy)
    await using(copy, async (miner) => {
      const before = await miner.interests(users[0])
      const { id } = before.interests[0]
      await miner.editInterest(users[0], id, { notMe: true })
      expect((await miner.interests(users[0])).interests.map((one) => one.id)).not.toContain(id)
      await miner.editInterest(users[0], id, { unmute: true })
      expect(await miner.interests(users[0])).toEqual(before)
    })
  })

  it('names mapped columns that no row has', async () => {
    const file = join(folder(), 'c.jsonl')
    writeFileSync(file, '{"id":"a","name":"blue teapot"}\n{"id":"b","name":"red teapot"}\n')
    const { notes } = await using(join(folder(), 'm.db'), (miner) =>
      miner.build({ items: { file, map: { namee: 'title' } } }),
    )
    expect(notes.join('\n')).toMatch(/--map namee=title: no row has a column "namee"; near: name/)
  })
})
