import { summariseProfile } from '../explain/narrate-profile.js'
import { firstContrary } from '../mine/edits/contrary.js'
import { measureMediaShares } from '../mine/media-shares.js'
import type { Model } from '../model/model.js'
import type { Interest, InterestsAnswer, Language } from '../types/answers.js'
import { stringAt } from '../vectors/strings.js'
import type { Reading } from './read.js'

/**
 * A reading as the answer about a user's interests. Takes what `read` gives, the id of the user, and the language of
 * the summary; mines the interests where the reading has not yet. Returns public values: item ids and titles instead of
 * catalogue rows, ISO 8601 times, null where a time is unknown. Weights of evidence are shares of the weight of the
 * whole liked history, 0..1. Wishes are newest first; `disowned` lists the interests that the user marked as not
 * theirs. Throws UNKNOWN_INTEREST where the input of the reading mutes an interest that the user does not have.
 */
export function profileAnswer(model: Model, reading: Reading, user: string, language: Language): InterestsAnswer {
  const { catalogue } = model
  const { history, wishes, states } = reading
  const { interests, unassigned } = reading.profile()
  const contraryInput = { model, history: reading.input.history, profile: reading.profile() }
  const stateOf = new Map(states.map((state) => [state.interest, state]))
  const contraryTo = (id: string) => {
    const state = stateOf.get(id)
    return state ? firstContrary(contraryInput, state) : null
  }
  const total = history.weights.reduce((sum, weight) => sum + weight, 0)
  const position = new Map(Array.from(history.rows, (row, i) => [row, i]))
  const evidenceOf = (row: number) => {
    const i = position.get(row)!
    return {
      item: stringAt(catalogue.ids, row),
      title: stringAt(catalogue.titles, row),
      weight: history.weights[i] / total,
      i,
    }
  }
  const mediaSharesOf = (rows: Int32Array) =>
    model.space.parts.length > 0 ? measureMediaShares(model.space, rows) : null
  const iso = (time: number) => (Number.isNaN(time) ? null : new Date(time).toISOString())
  const firstAt = Math.min(...history.firstAt.filter((at) => !Number.isNaN(at)), Infinity)
  const interestAnswers = interests.map((interest): Interest => {
    const speakers = mediaSharesOf(interest.rows)
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
      evidence: Array.from(interest.rows, evidenceOf)
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
      {
        interests: interestAnswers,
        items: history.rows.length,
        firstSeen: Number.isFinite(firstAt) ? iso(firstAt) : null,
      },
      language,
    ),
    interests: interestAnswers,
    wishes: wishes.map(({ id, label, phrase, addedAt, state }) => ({
      id,
      label,
      labelSource: 'user',
      phrase,
      addedAt,
      state,
      contrary: contraryTo(id),
    })),
    unassigned: Array.from(unassigned, evidenceOf).map(({ i: _, ...rest }) => rest),
    disowned: states.flatMap(({ notMe, interest, rename, last }) =>
      notMe ? { id: interest, label: rename ?? last.label } : [],
    ),
  }
}
