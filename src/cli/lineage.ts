import type { InterestChange, InterestName, LineageEntry } from '../index.js'
import { clean, formatDay, type View, wrapBehind } from './table.js'

/** Changes of a user's interests from build to build, one line each, oldest first. `known`: the user has events. */
export function narrateLineage(lineage: LineageEntry[], known: boolean, view: View): string {
  const heading = view.paint('bold', 'What became of the interests')
  if (lineage.length === 0) {
    const nothing = known ? 'Nothing changed since the first build that knew the user.' : 'Nothing is known of them.'
    return `${heading}\n  ${nothing}`
  }
  const lines = lineage.map((entry) => {
    const day = formatDay(entry.at) ?? 'since then'
    return wrapBehind(`  ${day.padEnd(10)}  `, sayChange(entry), view.width - 1)
  })
  return [heading, ...lines].join('\n')
}

function sayChange({ what, before, after }: InterestChange): string {
  const [old, next] = [listNames(before), listNames(after)]
  if (what === 'new') return `${next} is new`
  if (what === 'fade') return `${old} is no more`
  if (what === 'split') return `${old} split into ${next}`
  if (what === 'merge') return `${old} became one: ${next}`
  return `${old} became ${next}`
}

function listNames(names: InterestName[]): string {
  const quoted = names.map(({ label }) => `‘${clean(label)}’`)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}
