import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { run } from './shop.js'

vi.setConfig({ testTimeout: 120_000 })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interest-mine-evaluate-cli-'))
  for (const name of ['catalog.jsonl', 'events.csv']) cpSync(resolve('fixtures/shop', name), join(folder, name))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FILES = ['--catalog', 'catalog.jsonl', '--events', 'events.csv']
const evaluate = (...words: string[]) => run(['evaluate', ...words], folder)

describe('evaluate', () => {
  it('prints one JSON document and nothing else, and makes no file', () => {
    const before = readdirSync(folder)
    const { code, out, err } = evaluate(...FILES, '--json', '--baselines', 'popularity,item-knn')
    expect([code, err]).toEqual([0, ''])
    const report = JSON.parse(out)
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining([
        'protocol',
        'users',
        'metrics',
        'baselines',
        'candidates',
        'calibration',
        'seconds',
        'peakMB',
      ]),
    )
    expect(report.metrics['ndcg@10']).toEqual({
      value: expect.any(Number),
      low: expect.any(Number),
      high: expect.any(Number),
    })
    expect(Object.keys(report.baselines)).toEqual(['popularity', 'item-knn'])
    expect(readdirSync(folder)).toEqual(before)
  })

  it('shows a table to a person, and marks a sample', () => {
    const { code, out, err } = evaluate(...FILES, '--sample', '20', '--seed', '5')
    expect(code, err).toBe(0)
    expect(out).toMatch(/Evaluated on 20 questions to 20 users, a sample of 68: a quick look/)
    expect(out).toMatch(/interest-mine +0\.\d{4}/)
    expect(out).toMatch(/EASE +0\.\d{4}/)
    expect(out.split('\n').every((line) => [...line].length <= 80 || line.startsWith('Note'))).toBe(true)
    expect(err).toMatch(/asking users \(20\)\n/)
  })

  it('evaluates the store', () => {
    const home = mkdtempSync(join(folder, 'store-'))
    for (const name of ['catalog.jsonl', 'events.csv']) cpSync(join(folder, name), join(home, name))
    expect(run(['build-index', 'catalog.jsonl', '--events', 'events.csv', '--json'], home).code).toBe(0)
    const words = ['--baselines', 'none', '--json']
    const stored = JSON.parse(run(['evaluate', ...words], home).out)
    const read = JSON.parse(evaluate(...FILES, ...words).out)
    for (const report of [stored, read]) {
      report.seconds = 0
      report.peakMB = 0
    }
    expect(stored).toEqual(read)
  })

  it('judges interests, as JSON and as tables', () => {
    const words = ['--interests', ...FILES, '--sample', '5', '--seed', '3', '--personas', '5']
    const { code, out, err } = evaluate(...words, '--json')
    expect([code, err]).toEqual([0, ''])
    const report = JSON.parse(out)
    expect(report.protocol).toMatchObject({ users: 5, seed: 3 })
    expect(report.planted.ours.clean).toEqual({
      value: expect.any(Number),
      low: expect.any(Number),
      high: expect.any(Number),
    })
    expect(report.labels).toMatchObject({ supported: 1, unique: 1 })
    const shown = evaluate(...words)
    expect(shown.code, shown.err).toBe(0)
    expect(shown.out).toMatch(/^Interests of 5 users of 52, 160 items\n/)
    expect(shown.out).toMatch(/on raw vectors:\n +k-means, true k +\.\d{3} \(\.\d\d–/)
    expect(shown.out).toMatch(/interest-mine \(\d+\) +1\.000/)
    expect(shown.out.split('\n').every((line) => [...line].length <= 80)).toBe(true)
  })

  it('judges explanations, as JSON and as tables', () => {
    const words = ['--faithfulness', ...FILES, '--sample', '5', '--diversity', '0']
    const { code, out, err } = evaluate(...words, '--json')
    expect([code, err]).toEqual([0, ''])
    const report = JSON.parse(out)
    expect(report.protocol).toMatchObject({ users: 5, diversity: 0 })
    expect(report.counterfactuals.holds.value).toBe(1)
    const shown = evaluate(...words)
    expect(shown.code, shown.err).toBe(0)
    expect(shown.out).toMatch(/^Explanations of 50 recommendations to 5 users of 68\n/)
    expect(shown.out).toMatch(/cited items +\d\.\d\d \(\d\.\d\d–/)
    expect(shown.out.split('\n').every((line) => [...line].length <= 80 || line.startsWith('Note'))).toBe(true)
  })

  it.each([
    ['--split', 'random'],
    ['--interests', '--faithfulness'],
    ['--interests', '--diversity', '0.5'],
    ['--faithfulness', '--baselines', 'none'],
    ['--interests', '--refit'],
    ['--faithfulness', '--personas', '5'],
    ['--sample', '0'],
    ['--catalog', 'catalog.jsonl'],
    ['--events', 'events.csv'],
    ['--weights', 'news'],
    [...FILES, '--db', 'a.db'],
    [...FILES, '--baselines', 'popularty'],
    [...FILES, '--split', 'time', '--refit'],
    ['--catalog', '-', '--events', '-'],
  ])('is used wrongly with %s %s %s %s %s', (...words) => {
    const { code, out, err } = evaluate(...words.filter((word) => word !== undefined))
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^interest-mine: .+\n$/)
  })

  it('fails in one line where nothing can be asked', () => {
    const missing = evaluate('--catalog', 'none.jsonl', '--events', 'events.csv', '--json')
    expect([missing.code, missing.out]).toEqual([1, ''])
    expect(JSON.parse(missing.err).error.code).toBe('BAD_INPUT')
    const empty = evaluate('--json')
    expect(empty.code).toBe(1)
    expect(JSON.parse(empty.err).error.code).toBe('NO_STORE')
  })
})
