import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BIN, makeFolder, run, type Shop } from './shop.js'

const ODD = [
  'a,b',
  'a',
  'b',
  '-x',
  '--json',
  '__proto__',
  'constructor',
  '../up',
  'q\'"uote',
  'ütf 名字',
  '100%',
  'A',
  '01',
]
const HOSTILE = 'Evil \u001b[31mteapot\u202e \u200bin\nred'

vi.setConfig({ testTimeout: 60_000 })

let shop: Shop
const json = (...words: string[]) => {
  const { code, out, err } = run([...words, '--json'], shop.folder)
  expect(code, `${words.join(' ')}: ${err}`).toBe(0)
  expect(out.endsWith('}\n') && out.indexOf('\n') === out.length - 1, 'one document, one line').toBe(true)
  return JSON.parse(out)
}
const text = (...words: string[]) => {
  const { code, out, err } = run(words, shop.folder)
  expect(code, `${words.join(' ')}: ${err}`).toBe(0)
  expect(out).not.toMatch(/\u001b|\u202e|\u200b|\bundefined\b|\bNaN\b|\[object /)
  // Command lines to type next stay in one piece.
  const lines = out.split('\n').filter((line) => !line.includes('interest-mine '))
  for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80)
  return out
}

beforeAll(() => {
  shop = makeFolder()
  const odd = ODD.map((id, k) => ({ id, title: `Enamel kettle number ${k + 1}`, categories: ['Shop', 'Kettles'] }))
  const hostile = { id: 'evil', title: HOSTILE, categories: ['Shop', 'Tea'] }
  const lines = [...odd, hostile].map((item) => JSON.stringify(item)).join('\n')
  shop.write('catalog.jsonl', `${readFileSync(join(shop.folder, 'catalog.jsonl'), 'utf8')}${lines}\n{"id":"broken"\n`)
  const users = ['-u', '--json', '__proto__', 'x,y', 'ütf "名字"']
  const events = users.flatMap((user) =>
    ['a,b', '-x', 'A'].map((item) => `"${user.replaceAll('"', '""')}","${item}",5,\n`),
  )
  shop.write('events.csv', `${readFileSync(join(shop.folder, 'events.csv'), 'utf8')}${events.join('')}`)
  const built = run(['build-index', 'catalog.jsonl', '--events', 'events.csv'], shop.folder)
  expect(built.code, built.err).toBe(0)
}, 120_000)
afterAll(() => shop?.remove())

describe('build-index', () => {
  it('says what it did and what to type next', () => {
    const out = text('build-index', 'catalog.jsonl', '--events', 'events.csv')
    for (const word of ['encoder', 'item columns', 'rejected', '1 row rejected', 'Next: interest-mine status']) {
      expect(out).toContain(word)
    }
  })

  it('says one line a stage where no one watches, and none with --quiet or --json', () => {
    const words = ['build-index', 'catalog.jsonl', '--db', 'anew.db']
    const { err } = run(words, shop.folder)
    const lines = err.split('\n').filter(Boolean)
    expect(lines.length).toBeGreaterThan(2)
    expect(new Set(lines).size).toBe(lines.length)
    expect(err).not.toContain('\u001b')
    expect(run([...words, '--quiet'], shop.folder).err).toBe('')
    expect(run([...words, '--json'], shop.folder).err).toBe('')
    const quiet = run([...words, '--quiet'], shop.folder).out
    expect(quiet).toContain('encoder')
    expect(quiet).not.toContain('Next:')
  })

  it('reads standard input', () => {
    const copy = shop.copy()
    const result = run('build-index - --db piped.db --json < catalog.jsonl', copy)
    expect(result.code, result.err).toBe(0)
    expect(JSON.parse(result.out).items.added).toBe(16 + ODD.length + 1)
  })

  it('removes much only with --yes, and nothing with --add', () => {
    const copy = shop.copy()
    const refused = run(['build-index', 'more.jsonl', '--json'], copy)
    expect(refused.code).not.toBe(0)
    expect(JSON.parse(run(['build-index', 'more.jsonl', '--add', '--json'], copy).out).items).toMatchObject({
      added: 1,
      removed: 0,
    })
    expect(JSON.parse(run(['build-index', 'more.jsonl', '--yes', '--json'], copy).out).items.removed).toBe(
      16 + ODD.length + 1,
    )
  })

  it('takes weights from a file', () => {
    const copy = shop.copy()
    shop.write('weights.json', '{"view":{"weight":2,"sign":1,"explicit":false}}')
    const result = run(['add-events', 'more.csv', '--weights', join(shop.folder, 'weights.json'), '--json'], copy)
    expect(result.code, result.err).toBe(0)
    expect(JSON.parse(result.out)).toMatchObject({ items: null, events: { added: 1 } })
  })
})

describe('interests --all and audience', () => {
  it('show what the user base likes and who holds it', () => {
    const base = json('interests', '--all', '--min-users', '1')
    expect(base).toMatchObject({ minUsers: 1, withheld: { interests: 0, users: null } })
    const [first] = base.interests
    const shown = text('interests', '--all', '--min-users', '1')
    for (const word of [first.id, 'Interest', 'Domain', 'Trend', `audience --interest ${first.id}`]) {
      expect(shown).toContain(word)
    }
    const audience = json('audience', '--interest', first.id, '-n', '1')
    expect(audience.total).toBe(first.users)
    expect(audience.users).toHaveLength(1)
    const members = text('audience', '--interest', first.label)
    expect(members).toContain(`‘${first.label}’`)
    expect(text('audience', '--like', 'a pot for tea')).toContain('like ‘a pot for tea’')
    expect(text('audience', '--like', 'zzzz qqq xxkcd')).toBe('Nobody holds anything like ‘zzzz qqq xxkcd’\n')
    expect(text('audience', '--like', `tea ${'pot '.repeat(90)}`)).toContain('…’')
    expect(json('audience', '--like=a pot for tea', '-n', '1').users[0].evidence[0]).toHaveProperty('title')
  })

  it('count without naming anybody, also with noise that is paid for', () => {
    const [first] = json('interests', '--all', '--min-users', '1').interests
    const words = ['audience', '--interest', first.id, '--count', '--min-users']
    expect(json(...words, '1')).toMatchObject({ total: first.users, interest: { id: first.id }, privacy: null })
    expect(text(...words, '1000')).toContain('Fewer than 1,000 users hold')
    expect(text('privacy')).toContain('No privacy budget is set')
    const refused = run(['interests', '--all', '--epsilon', '1', '--json'], shop.folder)
    expect([refused.code, JSON.parse(refused.err).error.code]).toEqual([1, 'BUDGET_SPENT'])
    expect(json('privacy', '--budget', '50')).toEqual({
      budget: { epsilon: 50, delta: 1e-6 },
      spent: 0,
      left: 50,
      spendings: [],
    })
    const noisy = json('interests', '--all', '--epsilon', '20')
    expect(noisy.privacy).toMatchObject({ epsilon: 20, delta: 0, mechanism: 'discrete-laplace', bound: 3, left: 30 })
    const shown = text('interests', '--all', '--epsilon', '20')
    expect(shown).toMatch(/Left of\s+the budget: 30\./)
    expect(noisy.interests.length).toBeGreaterThan(0)
    for (const { id } of noisy.interests) expect(shown).toContain(id)
    expect(text('audience', '--like', 'a pot for tea', '--epsilon', '5', '--min-users', '1')).toContain('Epsilon 5')
    expect(text('privacy')).toMatch(/left +epsilon 25\n/)
    expect(text('privacy')).toContain('audience --like "a pot for tea"')
  })

  it('say what is held back', () => {
    const shown = text('interests', '--all', '--min-users', '1000')
    expect(shown).toMatch(/held by fewer than 1,000 users each (is|are) not shown/)
    expect(json('interests', '--all', '--domain', 'tea', '--min-users', '1').interests.length).toBeGreaterThan(0)
  })

  it.each([
    [['interests', '--all', '--user', 'u1'], 2, 'BAD_OPTION'],
    [['interests', '--all', '--history'], 2, 'BAD_OPTION'],
    [['interests', '--user', 'u1', '-n', '3'], 2, 'BAD_OPTION'],
    [['interests', '--user', 'u1', '--min-users', '3'], 2, 'BAD_OPTION'],
    [['interests', '--all', '--min-users', '0'], 2, 'BAD_OPTION'],
    [['interests', '--all', '--domain', 'nowhere'], 2, 'BAD_OPTION'],
    [['interests', '--user', 'u1', '--epsilon', '1'], 2, 'BAD_OPTION'],
    [['interests', '--all', '--delta', '1e-6'], 2, 'BAD_OPTION'],
    [['interests', '--all', '--epsilon', '0'], 2, 'BAD_OPTION'],
    [['audience', '--interest', 'x', '--epsilon', '1', '-n', '3'], 2, 'BAD_OPTION'],
    [['audience', '--interest', 'x', '--min-users', '3'], 2, 'BAD_OPTION'],
    [['privacy', '--delta', '1e-6'], 2, 'BAD_OPTION'],
    [['audience'], 2, 'BAD_OPTION'],
    [['audience', '--interest', 'x', '--like', 'y'], 2, 'BAD_OPTION'],
    [['audience', '--interest', 'tnothing'], 1, 'UNKNOWN_INTEREST'],
  ])('%j fails', (words, code, name) => {
    const failed = run([...(words as string[]), '--json'], shop.folder)
    expect(failed.code).toBe(code)
    expect(JSON.parse(failed.err).error.code).toBe(name)
  })
})

describe('interests --history', () => {
  it('tells what became of interests', () => {
    const copy = shop.copy()
    expect(run(['interests', '--user', 'u1', '--history'], copy).out).toContain('Nothing changed')
    const stranger = run(['interests', '--user', 'zz', '--history'], copy).out
    expect(stranger).toContain('Nothing is known of them')
    expect(stranger).not.toContain('Nothing changed')
    for (const item of ['p11', 'p12', 'p13']) {
      const event = `user_id,item_id,rating,timestamp\nu1,${item},5,2024-04-01T00:00:00Z\n`
      writeFileSync(join(copy, 'later.csv'), event)
      expect(run(['add-events', 'later.csv'], copy).code).toBe(0)
    }
    const since = JSON.parse(run(['interests', '--user', 'u1', '--history', '--json'], copy).out)
    expect(since.lineage).toMatchObject([{ what: 'new', generation: null }])
    const { label } = since.lineage[0].after[0]
    expect(run(['interests', '--user', 'u1', '--history'], copy).out).toContain(`since then  ‘${label}’ is new`)
    expect(run(['build-index', 'catalog.jsonl'], copy).code).toBe(0)
    const built = JSON.parse(run(['interests', '--user', 'u1', '--history', '--json'], copy).out)
    expect(built.lineage).toMatchObject([{ what: 'new', generation: 2, after: since.lineage[0].after }])
    expect(JSON.parse(run(['interests', '--user', 'u1', '--json'], copy).out)).not.toHaveProperty('lineage')
  })
})

describe('ids are any strings', () => {
  it.each(ODD)('item %s', (id) => {
    const { results } = json('similar', `--item=${id}`, '-n', '3')
    expect(results).toHaveLength(3)
    expect(results.every(({ item }: { item: string }) => item !== id)).toBe(true)
  })

  it('--item=--json does not switch JSON on', () => {
    expect(text('similar', '--item=--json', '-n', '3')).toContain('Similarity')
    expect(text('similar', '--item', '--json', '-n', '3')).toContain('Similarity')
  })

  it.each(['-u', '--json', '__proto__', 'x,y', 'ütf "名字"'])('user %s', (user) => {
    expect(json('explain', `--user=${user}`)).toMatchObject({ user, events: 3 })
    expect(text('explain', `--user=${user}`)).toContain('3 events')
  })

  it.each(['constructor', 'toString', 'nobody'])('%s is a stranger like any other', (user) => {
    expect(json('explain', `--user=${user}`)).toMatchObject({ user, kind: 'popular', events: 0, interests: [] })
    expect(text('explain', `--user=${user}`)).toContain('popular')
  })

  it('keeps commas of known and of repeated ids', () => {
    const count = (...words: string[]) => json('recommend', '-n', '100', ...words).recommendations.length
    const all = 16 + ODD.length + 1
    expect(count('--items', 'a,b')).toBe(all - 1)
    expect(count('--items', 'a,b,01')).toBe(all - 3)
    expect(count('--user', 'nobody', '--exclude=a,b', '--exclude=01')).toBe(all - 2)
    expect(count('--user', 'nobody', '--exclude', 'a,b,A')).toBe(all - 3)
  })

  it.each([['-nice kettle'], ['--kettle of enamel'], ['-18C'], ['--', '--json']])('a phrase may be %s', (...words) => {
    const { code, out, err } = run(['search', '-n', '2', '--json', ...words], shop.folder)
    expect(code, err).toBe(0)
    expect(JSON.parse(out).results).toHaveLength(2)
  })
})

describe('answers', () => {
  it('are the same document with and without the environment naming the store', () => {
    const { out } = run(['status', '--json'], shop.folder, { INTEREST_MINE_DB: 'interest-mine.db' })
    expect(JSON.parse(out)).toEqual(json('status', '--db', 'interest-mine.db'))
    expect(json('--db', 'interest-mine.db', 'status')).toEqual(json('status'))
  })

  it('keep titles out of the terminal’s hands', () => {
    const { out } = run(['search', 'evil teapot in red', '-n', '30', '--json'], shop.folder)
    expect(JSON.parse(out).results.some(({ item }: { item: string }) => item === 'evil')).toBe(true)
    expect(out).not.toMatch(/\u001b|\u202e|\u200b/)
    expect(text('search', 'evil teapot in red', '-n', '30')).toMatch(/Evil .*teapot in red/)
  })

  it('read well', () => {
    const explained = text('explain', '--user', 'u1')
    expect(explained).toMatch(/^u1: 5 events, \d interests?/)
    expect(explained).toContain('teapot')
    const [first] = json('recommend', '--user', 'u1').recommendations
    expect(text('recommend', '--user', 'u1')).toContain(first.title.slice(0, 20))
    const why = text('explain', '--user', 'u1', '--item', first.item, '-n', '5')
    for (const word of ['What counts', 'bias', 'logit', first.item]) expect(why).toContain(word)
    expect(text('explain', '--user', 'u1', '--item', 'p1')).toContain('in the history')
    expect(text('recommend', '--items', 'p1', '--like', 'something for the garden')).toContain('for a guest')
    expect(text('interests', '--user', 'u1')).toContain('next pick from here')
    expect(text('status')).toMatch(/store .* MB/)
    expect(text('doctor')).toContain('No problems')
    expect(text('search', 'teapot', '--where', 'category=Nothing')).toContain('Nothing found')
  })

  it('hold what was asked for', () => {
    expect(json('recommend', '--user', 'u1', '-n', '3').recommendations).toHaveLength(3)
    const inTea = json('recommend', '--user', 'u1', '--where', 'category=Tea').recommendations
    expect(inTea.map(({ item }: { item: string }) => item).sort()).toEqual(['evil', 'p4', 'p5', 'p6'])
    const without = json('recommend', '--user', 'u1', '--without', 'p1,p2', '-n', '100').recommendations
    expect(without.length).toBeGreaterThan(10)
    expect(without.some(({ item }: { item: string }) => item === 'p1' || item === 'p2')).toBe(false)
    expect(json('explain', '--user', 'u1', '--now', '2024-01-03').events).toBe(3)
  })

  it('rank what is given', () => {
    const ranked = json('rank', '--user', 'u1', '--items=p9', '--items=a,b')
    expect(ranked).toMatchObject({ user: 'u1', kind: 'personal' })
    expect(ranked.recommendations.map(({ item }: { item: string }) => item).sort()).toEqual(['a,b', 'p9'])
    const { recommendations } = json('rank', '--user', 'u1', '--items', 'p9,p4,p1,p9')
    expect(recommendations.map(({ item }: { item: string }) => item).sort()).toEqual(['p1', 'p4', 'p9'])
    for (const { item, logit, evidence } of recommendations) {
      expect(json('explain', '--user', 'u1', '--item', item)).toMatchObject({ logit, evidence })
    }
    expect(json('rank', '--user', 'u1', '--items', 'p9,p4,p1', '-n', '1').recommendations).toEqual(
      recommendations.slice(0, 1),
    )
    const guest = json('rank', '--history', 'p7,p8', '--like', 'a teapot', '--items', 'p9,p4')
    expect([guest.user, guest.kind]).toEqual([null, 'guest'])
    const shown = text('rank', '--user', 'u1', '--items', 'p9,p4,p1')
    for (const word of ['3 items ranked for u1', 'in your history already', 'Rests on', 'Next: interest-mine explain'])
      expect(shown).toContain(word)
    expect(text('rank', '--user', 'nobody', '--items', 'p9')).toContain('for want of evidence')
    expect(text('rank', '--history', 'p7', '--items', 'p9', '--quiet')).toContain('1 item ranked for a guest')
  })

  it('come from the generation that is asked for', () => {
    const copy = shop.copy()
    const inCopy = (...words: string[]) => run([...words], copy)
    expect(inCopy('build-index', 'more.jsonl', '--add', '--json').code).toBe(0)
    const { generations } = JSON.parse(inCopy('generations', '--json').out)
    const [newest, older] = generations.map(({ id }: { id: number }) => id)
    expect(generations.map(({ inUse }: { inUse: boolean }) => inUse)).toEqual([true, false])
    expect(inCopy('generations').out).toContain(`interest-mine generations --use ${older}`)
    expect(inCopy('generations', '--use', String(older)).out).toContain(`Generation ${older} is in use.`)
    expect(JSON.parse(inCopy('status', '--json').out).generation).toMatchObject({ id: older, pendingItems: 1 })
    expect(inCopy('similar', '--item', 'p17').code).toBe(0)
    const again = JSON.parse(inCopy('generations', '--use', String(newest), '--json').out).generations
    expect(again).toEqual(generations)
    const wrong = inCopy('generations', '--use', '77', '--json')
    expect([wrong.code, wrong.out, JSON.parse(wrong.err).error]).toMatchObject([
      2,
      '',
      { code: 'BAD_OPTION', kept: [newest, older] },
    ])
  })

  it('say what went wrong', () => {
    const unknown = run(['similar', '--item', 'p99', '--json'], shop.folder)
    expect([unknown.code, unknown.out, JSON.parse(unknown.err).error.code]).toEqual([1, '', 'UNKNOWN_ITEM'])
    const several = run(['rank', '--user', 'u1', '--items', 'p1,p99,q', '--json'], shop.folder)
    expect([several.code, JSON.parse(several.err).error]).toMatchObject([
      1,
      { code: 'UNKNOWN_ITEM', items: ['p99', 'q'] },
    ])
    const interest = run(['edit', '--user', 'u1', '--interest', 'no-such', '--mute'], shop.folder)
    expect([interest.code, interest.out]).toEqual([1, ''])
    expect(interest.err).toMatch(/^interest-mine: [^\n]*no-such[^\n]*\n$/)
  })
})

describe('edits', () => {
  it('are made, listed and taken back', () => {
    const [{ id }] = json('interests', '--user', 'u1').interests
    const before = run(['interests', '--user', 'u1', '--json'], shop.folder).out
    const edit = (...words: string[]) => json('edit', '--user', 'u1', `--interest=${id}`, ...words).edits.at(-1)
    const undo = () => json('edit', '--user', 'u1', '--undo')
    expect(edit('--mute')).toMatchObject({ interest: id, action: 'mute' })
    expect(edit('--boost', '2')).toMatchObject({ action: 'boost', value: 2 })
    expect(edit('--rename', '--odd name')).toMatchObject({ action: 'rename', value: '--odd name' })
    expect(text('edit', '--user', 'u1', '--list')).toContain('--odd name')
    expect(text('interests', '--user', 'u1')).toContain('muted')
    for (let k = 0; k < 3; k++) undo()
    expect(json('edit', '--user', 'u1', '--list').edits).toEqual([])
    expect(run(['interests', '--user', 'u1', '--json'], shop.folder).out).toBe(before)
    expect(text('edit', '--user', 'u1', `--interest=${id}`, '--pin')).toContain('--undo')
    expect(text('edit', '--user', 'u1', '--undo')).toContain('Took back')
  })

  it('merge, split, and add by a phrase', () => {
    const before = run(['explain', '--user', 'u1', '--json'], shop.folder).out
    const edit = (...words: string[]) => json('edit', '--user', 'u1', ...words).edits.at(-1)
    const [{ id, evidence }, ...others] = json('interests', '--user', 'u1').interests
    const [first] = evidence
    const part = edit('--interest', id, '--split', '--items', first.item)
    expect(part).toMatchObject({ action: 'split', interest: id })
    expect(json('interests', '--user', 'u1').interests).toHaveLength(others.length + 2)
    expect(edit('--merge', `${id},${part.value}`)).toMatchObject({ action: 'merge', value: part.value })
    const { interest: wish } = edit('--add', 'garden tools')
    const shown = text('interests', '--user', 'u1')
    expect(shown).toContain('Wishes:')
    expect(shown).toContain(wish)
    expect(text('recommend', '--user', 'u1', '--lang', 'en')).toContain('your wish “garden tools”')
    expect(text('edit', '--user', 'u1', '--list')).toContain('garden tools')
    expect(edit('--interest', wish, '--remove')).toMatchObject({ action: 'remove', interest: wish })
    for (let k = 0; k < 4; k++) json('edit', '--user', 'u1', '--undo')
    expect(run(['explain', '--user', 'u1', '--json'], shop.folder).out).toBe(before)
  })

  it('say what a merge ended, and what is disowned', () => {
    const copy = shop.copy()
    const said = (...words: string[]) => {
      const { code, out, err } = run(words, copy)
      expect(code, err).toBe(0)
      return out.replace(/\s+/g, ' ')
    }
    const [first, second] = JSON.parse(run(['interests', '--user', 'u1', '--json'], copy).out).interests
    run(['edit', '--user', 'u1', '--interest', second.id, '--mute'], copy)
    const merged = said('edit', '--user', 'u1', '--merge', `${first.id},${second.id}`)
    expect(merged).toContain(`Done: merge "${first.label}" with "${second.label}" (${second.id}).`)
    expect(merged).toContain(`"${second.label}" was muted; the merged interest is not.`)
    expect(said('edit', '--user', 'u1', '--list')).not.toContain('the merged interest')
    expect(said('interests', '--user', 'u1')).not.toContain('Disowned')
    run(['edit', '--user', 'u1', '--undo'], copy)
    run(['edit', '--user', 'u1', '--interest', first.id, '--not-me'], copy)
    const profile = said('interests', '--user', 'u1')
    expect(profile).toContain(`Disowned (1 interest): “${first.label}” (id ${first.id}); take it back: edit --undo`)
    run(['edit', '--user', 'u1', '--interest', first.id, '--unmute'], copy)
    expect(said('interests', '--user', 'u1')).not.toContain('Disowned')
  })

  it('are told of what was done against them since', () => {
    const copy = shop.copy()
    const [{ id }] = JSON.parse(run(['interests', '--user', 'u1', '--json'], copy).out).interests
    run(['edit', '--user', 'u1', '--interest', id, '--mute', '--now', '2024-02-01'], copy)
    run(['add-events', 'more.csv'], copy)
    for (const command of [
      ['interests', '--user', 'u1'],
      ['edit', '--user', 'u1', '--list'],
    ]) {
      const said = run(command, copy).out.replace(/\s+/g, ' ')
      expect(said).toContain('muted on 2024-02-01; 1 item of it liked since, the last on 2024-03-01: edit --unmute?')
    }
  })
})

describe('a user’s data', () => {
  it('is printed as JSON either way, and forgotten', () => {
    const copy = shop.copy()
    const pretty = run(['export', '--user', 'u9'], copy).out
    const compact = run(['export', '--user', 'u9', '--json'], copy).out
    expect(JSON.parse(pretty)).toEqual(JSON.parse(compact))
    expect([pretty.includes('\n  '), compact.indexOf('\n')]).toEqual([true, compact.length - 1])
    expect(JSON.parse(run(['forget', '--user', 'u9', '--json'], copy).out)).toEqual({
      user: 'u9',
      forgotten: true,
      events: 3,
    })
    expect(run(['forget', '--user', 'u9'], copy).out).toContain('Nothing is held about u9')
  })
})

describe('the process', () => {
  it('ends quietly when its reader has gone', () => {
    const { code, err } = run('export --user u1 | true', shop.folder)
    expect([code, err]).toEqual([0, ''])
  })

  it('stops at the first Ctrl-C, says INTERRUPTED, and resumes', async () => {
    const copy = shop.copy()
    const many = Array.from({ length: 6000 }, (_, k) => {
      const stuff = ['wood', 'glass', 'iron', 'wool'][k % 4]
      const title = `Object ${k} made of ${stuff} with ${k % 97} parts for room ${k % 31}`
      return JSON.stringify({ id: `m${k}`, title, text: `${title}. `.repeat(8) })
    })
    const file = join(copy, 'many.jsonl')
    writeFileSync(file, `${many.join('\n')}\n`)
    const child = spawn(process.execPath, [BIN, 'build-index', file, '--db', 'many.db'], { cwd: copy })
    let err = ''
    let stoppedAt = 0
    child.stderr.on('data', (data) => {
      err += data
      if (!/encoding/.test(err) || stoppedAt > 0) return
      stoppedAt = performance.now()
      setTimeout(() => child.kill('SIGINT'), 300)
    })
    const code = await new Promise((done) => child.on('close', done))
    expect(code, err).toBe(1)
    expect(performance.now() - stoppedAt).toBeLessThan(4000)
    expect(err.trim().split('\n').at(-1)).toMatch(/^interest-mine: .*resume/)
  }, 120_000)
})
