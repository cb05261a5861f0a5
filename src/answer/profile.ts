import { summariseProfile } from '../explain/narrate-profile.js'
import { contraryOf } from '../mine/edits/contrary.js'
import { tellSpeakers } from '../mine/speakers.js'
import type { Model } from '../model/model.js'
import type { Interest, InterestsAnswer, Language } from '../types/answers.js'
import { stringAt } from '../vectors/strings.js'
import type { Reading } from './read.js'

export function profileAnswer(model: Model, reading: Reading, user: string, language: Language): InterestsAnswer {
  const { catalogue } = model
  const { history, wishes, states } = reading
  const { interests, unassigned } = reading.profile()
  const seen = { model, history: reading.input.history, profile: reading.profile() }
  const stateOf = new Map(states.map((state) => [state.interest, state]))
  const contraryTo = (id: string) => {
    const state = stateOf.get(id)
    return state ? contraryOf(seen, state) : null
  }
  const total = history.weights.reduce((sum, weight) => sum + weight, 0)
  const position = new Map(Array.from(history.rows, (row, i) => [row, i]))
  const cite = (row: number) => {
    const i = position.get(row)!
    return {
      item: stringAt(catalogue.ids, row),
      title: stringAt(catalogue.titles, row),
      weight: history.weights[i] / total,
      i,
    }
  }
  const spoken = (rows: Int32Array) => (model.space.parts.length > 0 ? tellSpeakers(model.space, rows) : null)
  const iso = (time: number) => (Number.isNaN(time) ? null : new Date(time).toISOString())
  const firstAt = Math.min(...history.firstAt.filter((at) => !Number.isNaN(at)), Infinity)
  const shown = interests.map((interest): Interest => {
    const speakers = spoken(interest.rows)
    return {
      id: interest.id,
      level: interest.level,
      label: interest.label,
      head: interest.head,
      modifiers: interest.modifiers,
      labelSource: interest.renamed ? 'user' : (interest.labelSource ?? 'words'),
      domain: interest.domain,
      weight: interest.weight,
      confidence: interest.confidence,
      trend: interest.trend,
      timeline: interest.timeline.map(({ from, to, items, all }) => ({
        from: iso(from),
        to: iso(to),
        items,
        share: all > 0 ? items / all : 0,
      })),
      aside: interest.aside,
      firstSeen: iso(interest.firstAt),
      lastSeen: iso(interest.lastAt),
      verified: interest.verified,
      medoid: stringAt(catalogue.ids, interest.medoid),
      ...(speakers ? { spokenBy: speakers.shares } : {}),
      evidence: Array.from(interest.rows, cite)
        .map(({ i, ...evidence }, k) => ({
          ...evidence,
          events: history.events[i],
          lastSeen: iso(history.lastAt[i]),
          ...(speakers ? { by: speakers.by[k] } : {}),
        }))
        .sort((a, b) => b.weight - a.weight),
      state: interest.state,
      contrary: contraryTo(interest.id),
    }
  })
  return {
    user,
    events: reading.input.history.total,
    summary: summariseProfile(
      { interests: shown, items: history.rows.length, firstSeen: Number.isFinite(firstAt) ? iso(firstAt) : null },
      language,
    ),
    interests: shown,
    wishes: wishes.map(({ id, label, phrase, addedAt, state }) => ({
      id,
      label,
      labelSource: 'user',
      phrase,
      addedAt,
      state,
      contrary: contraryTo(id),
    })),
    unassigned: Array.from(unassigned, cite).map(({ i: _, ...rest }) => rest),
    disowned: states.flatMap(({ notMe, interest, rename, last }) =>
      notMe ? { id: interest, label: rename ?? last.label } : [],
    ),
  }
}
