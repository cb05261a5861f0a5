import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clean,
  createView,
  cut,
  drawPairs,
  drawTable,
  flag,
  formatScore,
  formatShare,
  formatSigned,
  measureWidth,
  wrap,
} from '../../src/cli/table.js'

const view = createView({ width: 60, colours: false, quiet: false, flags: ['--db', 'my shop.db'] })
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('clean', () => {
  it('takes out terminal sequences, control, zero-width and bidirectional characters', () => {
    expect(clean('a\u001b[31mred\u001b[0m\u001b]0;title\u0007b')).toBe('aredb')
    expect(clean('one\ntwo\r\n\tthree')).toBe('one two three')
    expect(clean('in\u200bvi\u202esi\u2066ble\ufeff\u00ad')).toBe('invisible')
    expect(clean('\u009b31mx\u0085y')).toBe('x y')
    expect(clean('lone \ud800 half')).toBe('lone half')
    expect(clean('名字 ütf 🫖')).toBe('名字 ütf 🫖')
  })

  it('leaves nothing that a terminal obeys, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(clean(text)).not.toMatch(UNSAFE)
        expect(clean(clean(text))).toBe(clean(text))
      }),
    )
  })
})

describe('cut and wrap', () => {
  it('measures what a terminal shows', () => {
    expect([measureWidth('tea'), measureWidth('茶壶'), measureWidth('é'), measureWidth('🫖')]).toEqual([3, 4, 1, 2])
  })

  it('cuts to the width', () => {
    expect(cut('a teapot for two', 9)).toBe('a teapot…')
    expect(cut('手工陶瓷茶壶', 7)).toBe('手工陶…')
    expect(cut('short', 5)).toBe('short')
  })

  it('keeps within the width and loses no word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 40 }), (text, width) => {
        const safe = clean(text)
        expect(measureWidth(cut(safe, width))).toBeLessThanOrEqual(width)
        const lines = wrap(safe, width)
        for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(safe.replaceAll(' ', ''))
      }),
    )
  })
})

describe('tables', () => {
  it('keeps columns in line, also in Chinese, and gives way in flexible columns', async () => {
    const columns = [{ head: 'Title', flexible: true }, { head: 'Item' }, { head: 'n', align: 'right' as const }]
    const long = 'a very long title that goes on and on until the terminal ends'
    const table = await drawTable(
      columns,
      [
        ['茶壶', 'p1', '1'],
        [long, 'p2', '12'],
        ['bad\u001b[2J\u202e', 'p3', '3'],
      ],
      view,
    )
    const lines = table.split('\n')
    expect(lines.map((line) => measureWidth(line))).toEqual([60, 60, 60, 60])
    expect(table).toContain('…')
    expect(table).not.toMatch(/\u001b|\u202e/)
  })

  it('leaves pairs without a value out', () => {
    expect(
      drawPairs(
        [
          ['items', '3'],
          ['note', null],
          ['encoder', 'x'],
        ],
        view,
      ),
    ).toBe('  items    3\n  encoder  x')
  })

  it('paints only where it is told to', () => {
    const painted = createView({ width: 80, colours: true, quiet: false, flags: [] }).paint('bold', 'x')
    expect([painted, view.paint('bold', 'x')]).toEqual(['\u001b[1mx\u001b[22m', 'x'])
  })
})

describe('words', () => {
  it('suggests command lines that a shell can take', () => {
    const user = flag('--user', '-u')
    expect(view.suggest('explain', ...user)).toBe("interest-mine explain --user=-u --db 'my shop.db'")
    expect(view.suggest('explain', ...flag('--user', "o'neil"))).toContain(`--user 'o'\\''neil'`)
  })

  it.each([
    '  a  b ',
    'bell\u0007',
    'a\u001b[31mb',
    'a\nb',
    'zero\u200bwidth',
    'a\u00a0b',
    "q'\\\u202e1",
    '\u3000',
    'ü',
  ])('suggests no other id than %j', (id) => {
    const line = createView({ width: 60, colours: false, quiet: false, flags: [] }).suggest(id)
    expect(line).not.toMatch(UNSAFE)
    const { stdout } = spawnSync('bash', ['-c', line.replace('interest-mine', 'printf %s')], { encoding: 'utf8' })
    expect(stdout).toBe(id)
  })

  it('formats numbers', () => {
    expect([0, 0.0004, 0.05, 0.42, 1].map(formatShare)).toEqual(['0 %', '<0.1 %', '5.0 %', '42 %', '100 %'])
    expect([0.821, -0.1, 0.0001].map((n) => formatSigned(n))).toEqual(['+0.82', '\u22120.10', '0.00'])
    expect([0.1234, 0.0000412, 0].map(formatScore)).toEqual(['0.123', '4.1e-5', '0.000'])
  })
})
