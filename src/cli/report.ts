import type { BuildReport, ModalityReport, RecognisedColumn } from '../index.js'
import { clean, drawPairs, formatCount, formatMany, formatSeconds, type View, wrapBehind } from './table.js'

const SHOWN_REJECTIONS = 5
/** Languages as reports name them. */
export const LANGUAGE_NAMES = { en: 'English', zh: 'Chinese' }

/**
 * The report of a build as text for a person. `done` is the heading, `db` the store, `next` are command lines to try.
 */
export function showBuildReport(report: BuildReport, done: string, db: string, view: View, next: string[]): string {
  const { items, events, encoder, encoded, texts, textsPerSecond } = report
  const rate = textsPerSecond === null ? '' : ` at ${formatCount(Math.round(textsPerSecond))} a second`
  const facts = drawPairs(
    [
      ['items', items && sayCounts({ ...items })],
      ['events', events && `${sayCounts({ ...events, users: undefined })}; ${formatMany(events.users, 'user')}`],
      ['item columns', sayColumns(report.columns.items)],
      ['event columns', sayColumns(report.columns.events)],
      ['language', LANGUAGE_NAMES[report.language] ?? report.language],
      ['encoder', `${encoder.id}, ${encoder.dims} dimensions: ${encoder.reason}`],
      ['encoded', items && `${formatMany(encoded, 'item')}, ${formatMany(texts, 'text')}${rate}`],
      ['pictures', sayModality(report.modalities?.image)],
      ['sounds', sayModality(report.modalities?.audio)],
      ['time', saySeconds(report.seconds)],
      ['memory', `${formatCount(Math.round(report.peakMB))} MB at most`],
    ],
    view,
  )
  const parts = [`${view.paint('green', done)}: ${clean(db)}`, facts, sayRejections(report, view)]
  if (!view.quiet) {
    if (report.notes.length > 0)
      parts.push(report.notes.map((note) => wrapBehind('Note: ', clean(note), view.width)).join('\n'))
    parts.push(next.map((line, k) => `${k === 0 ? 'Next: ' : '      '}${line}`).join('\n'))
  }
  return parts.filter((part) => part !== '').join('\n\n')
}

/** "12 read: 10 added, 2 rejected". Counts of 0 are left out, except that of `added`. */
function sayCounts({ read, ...counts }: { read: number } & Record<string, number | undefined>): string {
  const parts = Object.entries(counts).filter(([name, n]) => n !== undefined && (n > 0 || name === 'added'))
  return `${formatCount(read)} read: ${parts.map(([name, n]) => `${formatCount(n ?? 0)} ${name}`).join(', ')}`
}

/** "12: 9 encoded, 2 as before, 1 set aside: missing (1, such as p7); by clip". */
function sayModality(report: ModalityReport | undefined): string | null {
  if (!report) return null
  const { encoder, items, encoded, cached, setAside, examples } = report
  const why = Object.entries(setAside).map(([reason, n]) => {
    const one = examples.find((example) => example.why === reason)
    return `${reason} (${formatCount(n)}${one ? `, such as ${clean(one.item)}` : ''})`
  })
  const aside = why.length > 0 ? `, set aside: ${why.join(', ')}` : ''
  return `${formatCount(items)}: ${formatCount(encoded)} encoded, ${formatCount(cached)} as before${aside}; by ${clean(encoder)}`
}

/** The columns that were used and the field that each was taken for, then those that were not. */
function sayColumns(columns: RecognisedColumn[]): string | null {
  if (columns.length === 0) return null
  const used = columns.filter(({ as }) => as !== null)
  const unused = columns.filter(({ as }) => as === null)
  const said = used.map(({ column, as }) => (column === as ? column : `${column} as ${as}`)).join(', ')
  return unused.length === 0 ? said : `${said}; not used: ${unused.map(({ column }) => column).join(', ')}`
}

function saySeconds({ total, ...stages }: BuildReport['seconds']): string {
  const parts = Object.entries(stages).flatMap(([stage, seconds]) =>
    seconds >= 0.05 ? [`${stage} ${formatSeconds(seconds)}`] : [],
  )
  return `${formatSeconds(total)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

function sayRejections({ rejected, rejectedByReason, rejectedFile }: BuildReport, view: View): string {
  const reasons = Object.entries(rejectedByReason)
  if (reasons.length === 0) return ''
  const total = reasons.reduce((sum, [, n]) => sum + n, 0)
  const said = reasons.map(([reason, n]) => `${clean(reason)} (${formatCount(n)})`).join(', ')
  const rows = rejected.slice(0, SHOWN_REJECTIONS).map(({ file, line, reason, field }) => {
    const where = `${clean(file)}:${line}`
    return wrapBehind('  ', `${where}  ${clean(reason)}${field === null ? '' : `, field ${clean(field)}`}`, view.width)
  })
  const all = rejectedFile === null ? '' : `  all of them: ${clean(rejectedFile)}`
  const heading = wrapBehind('', `${formatMany(total, 'row')} rejected: ${said}`, view.width)
  return [view.paint('yellow', heading), ...rows, all].filter((line) => line !== '').join('\n')
}
