import { beforeAll, describe, expect, it } from 'vitest'
import { renderTraining, type TrainReport } from '../../dist/index.js'
import { linearAxis, log1pAxis, logAxis } from '../../src/page/axes.js'
import { escapeText, formatShort, writeSigned } from '../../src/page/markup.js'
import { withCrowd } from '../helpers/crowd.js'

const HOSTILE = `shop "</title><script>alert('x')</script>&amp;\u202e\u0000.db`

let report: TrainReport
let page: string
beforeAll(async () => {
  report = await withCrowd(200, (miner) => miner.train({ ablate: true }))
  page = renderTraining(report, { store: HOSTILE, at: '2026-05-01T00:00:00.000Z' })
})

/** Names of the elements, in order; throws where one is not closed by its own end. */
function readElements(html: string): string[] {
  const open: string[] = []
  const names: string[] = []
  for (const [, end, name, empty] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b(?:[^<>"]|"[^"<>]*")*?(\/?)>/g)) {
    if (end) {
      if (open.pop() !== name) throw new Error(`</${name}> closes what is not open`)
      continue
    }
    names.push(name)
    if (!empty && name !== 'meta') open.push(name)
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is never closed`)
  return names
}

describe('the page of a training', () => {
  it('is well formed, and every bracket belongs to an element of ours', () => {
    const names = readElements(page.replace('<!doctype html>', ''))
    expect(page.match(/</g)).toHaveLength((page.match(/<\/?[a-z!]/g) ?? []).length)
    expect(new Set(names)).toEqual(
      new Set(
        'html head meta title style body h1 h2 h3 p strong table caption thead tbody tr th td div figure figcaption svg line polyline circle rect text'.split(
          ' ',
        ),
      ),
    )
  })

  it('needs nothing from elsewhere and runs nothing', () => {
    expect(page).not.toMatch(/https?:|<script|<link|<img|<iframe|url\(|@import|javascript:|\son[a-z]+=|src=|href=/i)
    expect(page).toContain("default-src 'none'")
  })

  it('has a plot of every feature that the scorer uses, and names the others', () => {
    const drawn = report.shapes.filter(({ points }) => points.length > 0).length
    expect(Math.min(drawn, report.shapes.length - drawn)).toBeGreaterThan(0)
    for (const { feature, points } of report.shapes) {
      if (points.length > 0)
        expect(page).toMatch(new RegExp(`<figure id="feature-${feature}">[\\s\\S]*?<polyline[\\s\\S]*?</svg>`))
      else expect(page).toMatch(new RegExp(`Not in the scorer: [^<]*\\b${feature}\\b`))
    }
    for (const id of ['curve-loss', 'curve-ndcg', 'calibration', 'ablation']) expect(page).toContain(`id="${id}"`)
  })

  it('says the figures of the report', () => {
    expect(page).toContain(report.ndcg.before.toFixed(4))
    expect(page).toContain(report.ndcg.after.toFixed(4))
    expect(page).toContain(`Expected calibration error ${report.calibration.ece.toFixed(4)}`)
    expect(page).toContain(`${report.heldOut} users`)
    expect(page).toContain('<strong>Installed.</strong>')
    expect(report.ablation!.without.length).toBeGreaterThan(0)
    for (const { feature } of report.ablation!.without) expect(page).toContain(`>${feature}</text>`)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('escapes what comes from outside', () => {
    expect(page).toContain('shop &quot;&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)')
    expect(page).toContain('&amp;amp;\ufffd\ufffd.db')
  })

  it('follows light and dark, and prints', () => {
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain('@media print')
  })

  it('is the same for the same report', () => {
    expect(renderTraining(report, { store: HOSTILE, at: '2026-05-01T00:00:00.000Z' })).toBe(page)
  })

  it('says plainly where the new scorer was not installed, and does without what was not asked for', () => {
    const refused = renderTraining({ ...report, installed: false, ablation: null, curve: [] }, { store: 'a.db' })
    readElements(refused.replace('<!doctype html>', ''))
    expect(refused).toContain('<strong>Not installed.</strong>')
    expect(refused).toContain('No adapter was trained')
    expect(refused).not.toContain('id="ablation"')
  })

  it('draws what is flat or never came next', () => {
    const shapes = report.shapes.map((shape) => ({
      ...shape,
      points: shape.points.map(({ value }) => ({ value, contribution: 0 })),
    }))
    const rows = report.calibration.rows.map((row) => ({ ...row, observed: 0 }))
    const curve = [{ loss: 2, measure: 0 }]
    const flat = renderTraining(
      { ...report, shapes, curve, calibration: { ...report.calibration, rows } },
      { store: 'a.db' },
    )
    readElements(flat.replace('<!doctype html>', ''))
    expect(flat).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('axes', () => {
  it('place the ends at 0 and 1 and have ticks between them', () => {
    for (const axis of [linearAxis(-3, 9), log1pAxis(0, 0.3, 0.03), logAxis(0.001, 0.2)]) {
      const [low, high] = axis.ticks.length > 0 ? [axis.ticks[0], axis.ticks.at(-1)!] : [0, 0]
      expect(axis.ticks.length).toBeGreaterThan(1)
      expect(axis.place(low)).toBeLessThan(axis.place(high))
    }
    expect(linearAxis(-3, 9).place(3)).toBeCloseTo(0.5, 12)
    expect(log1pAxis(0, 3, 1).place(1)).toBeCloseTo(0.5, 12)
    expect(logAxis(0.01, 1).place(0.1)).toBeCloseTo(0.5, 12)
    expect(logAxis(0.01, 1).place(0)).toBe(0)
  })
})

describe('text of a page', () => {
  it('has no markup and no invisible characters', () => {
    expect(escapeText('<a href="x">\u200b\ud800&\'')).toBe('&lt;a href=&quot;x&quot;&gt;\ufffd\ufffd&amp;&#39;')
  })

  it('writes numbers short, with a true minus', () => {
    expect([0, -0.25, 1234.5, 1.23456e-7].map(formatShort)).toEqual(['0', '\u22120.25', '1230', '1e\u22127'])
    expect([0.00001, -0.00001, 0.5, -0.5].map((x) => writeSigned(x, 2))).toEqual([
      '0.00',
      '0.00',
      '+0.50',
      '\u22120.50',
    ])
  })
})
