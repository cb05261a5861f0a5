import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/hash.js'
import { createRandom } from '../../src/random.js'
import { APPLICATION_ID, MIGRATIONS, STORE_VERSION } from '../../src/store/sqlite/migrations.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import { INFO, putEvents, putItems, REPLY, scarf, teapot } from './rows.js'

let folder: string
let path: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(folder, 'a.db')
  store = await openSqliteStore(path)
  return () => store.close()
})

const hashOf = (text: string) => Buffer.from(hashText(text)).toString('hex')

describe('forgetting', () => {
  it('leaves no byte of the user in any file', async () => {
    await putItems(store, [scarf, teapot])
    const events = Array.from({ length: 400 }, (_, i) => ({
      user: i % 2 ? 'secret-4711' : `other ${i}`,
      item: 'a',
      at: i + 1,
      type: i % 2 ? 'secretkind9' : 'view',
    }))
    await putEvents(store, events)
    const evidence = { level: 'point' as const, domain: [], items: ['a'] }
    await store.addEdit('secret-4711', {
      at: null,
      interest: 'i1',
      label: 'scarves',
      action: 'rename',
      value: 'my hidden name',
      evidence,
    })
    expect(await store.forget((await store.findUser('secret-4711'))!, null)).toBe(200)
    await store.compact()
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file), 'latin1')
      expect(bytes).not.toMatch(/secret-4711|secretkind9|my hidden name/)
    }
    expect(await store.findUser('secret-4711')).toBeNull()
    expect((await store.counts()).users).toBe(200)
  })

  it('leaves no shreds of rows that were moved when a page was split', async () => {
    const users = Array.from({ length: 2000 }, (_, i) => `user ${hashOf(`u${i}`)}`)
    const textOf = (i: number) => `text ${hashOf(`t${i}`)}`
    await putItems(store, [scarf])
    await putEvents(
      store,
      users.map((user) => ({ user, item: 'a' })),
    )
    const db = new Database(path)
    db.pragma('secure_delete = ON')
    const write = db.prepare('INSERT OR REPLACE INTO mined VALUES (?, ?, ?)')
    const random = createRandom(5)
    // As builds and events do over the years: rows come anywhere, grow and shrink.
    for (let round = 0; round < 60; round++) {
      db.transaction(() => {
        for (let k = 0; k < 150; k++) {
          const i = random.below(users.length)
          write.run(1 + (round >> 3), i + 1, JSON.stringify(textOf(i).repeat(1 + random.below(6))))
        }
        db.prepare('DELETE FROM mined WHERE generation < ?').run((round >> 3) - 1)
      })()
    }
    db.close()
    const gone = Array.from(users.keys()).filter((i) => i % 3 === 0)
    for (const i of gone) await store.forget(i + 1, null)
    await store.compact()
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
    const left = (word: string) => files.some((bytes) => bytes.includes(word))
    expect(gone.filter((i) => left(users[i]) || left(textOf(i)))).toEqual([])
    expect(left(users[1])).toBe(true)
  })
})

describe('damage', () => {
  it('of a generation is told, and it is refused', async () => {
    await store.saveGeneration(INFO, { part: Uint8Array.of(1, 2, 3) }, { keep: 2, forgets: 0 })
    const other = new Database(path)
    other.prepare("UPDATE blobs SET bytes = x'010203ff'").run()
    other.close()
    await expect(store.loadArtefacts(1)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await store.check()).toHaveLength(1)
  })

  it('of a checkpoint makes it none; mending drops it', async () => {
    await store.saveCheckpoint('a', { part: Uint8Array.of(1, 2, 3), none: new Uint8Array(0) }, 0)
    const other = new Database(path)
    other.prepare("UPDATE blobs SET bytes = x'ff0203' WHERE name = 'part'").run()
    other.close()
    expect(await store.loadCheckpoint('a')).toBeNull()
    expect(await store.check()).toEqual([expect.stringContaining('a training that was stopped')])
    await store.mend()
    expect(await store.check()).toEqual([])
  })
})

describe('opening', () => {
  it('of an older version is brought up to date, and keeps what it holds', async () => {
    const old = join(folder, 'old.db')
    const db = new Database(old)
    db.exec(MIGRATIONS[0])
    db.exec("INSERT INTO users (id) VALUES ('u'); INSERT INTO generations (info) VALUES ('{}')")
    db.pragma('user_version = 1')
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.close()
    const opened = await openSqliteStore(old)
    expect((await opened.counts()).version).toBe(STORE_VERSION)
    const user = (await opened.findUser('u'))!
    expect([await opened.minedOf(1, user), await opened.lineage(user)]).toEqual([[], []])
    await opened.close()
  })

  it('refuses what is no store, is cut, or is newer', async () => {
    await putItems(store, [scarf])
    const other = new Database(path)
    other.pragma('wal_checkpoint(TRUNCATE)')
    other.close()
    const cases: [string, Uint8Array, string][] = [
      ['text.db', Buffer.from('no store at all\n'.repeat(500)), 'STORE_DAMAGED'],
      ['cut.db', readFileSync(path).subarray(0, 5000), 'STORE_DAMAGED'],
    ]
    for (const [name, bytes, code] of cases) {
      writeFileSync(join(folder, name), bytes)
      await expect(openSqliteStore(join(folder, name)), name).rejects.toMatchObject({
        code,
        message: expect.stringContaining(name),
      })
    }
    const foreign = new Database(join(folder, 'foreign.db'))
    foreign.exec('CREATE TABLE t (a)')
    foreign.close()
    await expect(openSqliteStore(join(folder, 'foreign.db'))).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    const newer = new Database(path)
    newer.pragma('user_version = 99')
    newer.close()
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
    await expect(openSqliteStore(join(folder, 'none.db'), { mustExist: true })).rejects.toMatchObject({
      code: 'NO_STORE',
    })
    expect(readdirSync(folder)).not.toContain('none.db')
  })

  it('of an older version gets the tables that it lacks, and keeps what it has', async () => {
    const old = join(folder, 'old.db')
    const db = new Database(old)
    db.exec(MIGRATIONS[0])
    db.pragma('user_version = 1')
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.exec("INSERT INTO users (id) VALUES ('u')")
    db.close()
    const opened = await openSqliteStore(old)
    const user = await opened.findUser('u')
    expect(user).toBe(1)
    expect(await opened.saveReply(hashText('q'), user, REPLY)).toBe(true)
    expect(await opened.replies(1)).toEqual([REPLY])
    expect((await opened.counts()).version).toBe(STORE_VERSION)
    await opened.close()
  })

  it('says STORE_BUSY where another process writes', async () => {
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    const patient = await openSqliteStore(path)
    await expect(patient.setMeta('a', 'b')).rejects.toMatchObject({ code: 'STORE_BUSY' })
    other.exec('ROLLBACK')
    other.close()
    await patient.close()
  }, 15_000)
})
