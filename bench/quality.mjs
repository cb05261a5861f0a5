// The untrained default on validation events (leave-one-out, whole catalogue): what the served lists are worth, with
// and without diversity, beside popularity. A first look; the full harness with intervals and peers is `evaluate`.
// node bench/quality.mjs [users per set]

import { answerList } from '../dist/pipeline.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { dotRows } from '../dist/vectors/matrix.js'
import { stringAt } from '../dist/vectors/strings.js'
import { storeOf } from './data.mjs'
import { openProtocol, summarise } from './protocol.mjs'

const perSet = Number(process.argv[2] ?? 1000)
for (const set of ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']) {
  const { model, users } = await openProtocol(await storeOf(set))
  const ids = new Map(
    Array.from({ length: model.catalogue.size }, (_, row) => [stringAt(model.catalogue.ids, row), row]),
  )
  const chosen = sampleBelow(createRandom(11), users.length, perSet)
  const popular = Array.from(chosen, (u) => {
    const seen = new Set(users[u].history.seenRows)
    const rank = model
      .byPopularity()
      .filter((row) => !seen.has(row))
      .indexOf(users[u].target)
    return rank < 0 ? Infinity : rank
  })
  console.log(set, 'popularity', summarise(popular))
  for (const diversity of [0, 0.3, 0.7]) {
    let alike = 0
    const ranks = Array.from(chosen, (u) => {
      const { history, target } = users[u]
      const input = { user: 'u', history, edits: [] }
      const options = {
        limit: 10,
        diversity,
        exclude: new Set(),
        allow: null,
        effects: false,
        language: 'en',
        now: Number.NaN,
      }
      const rows = answerList(model, input, options).recommendations.map(({ item }) => ids.get(item))
      for (let i = 0; i < rows.length; i++)
        for (let j = 0; j < i; j++) alike += dotRows(model.vectors, rows[i], model.vectors, rows[j]) / 45
      const rank = rows.indexOf(target)
      return rank < 0 ? Infinity : rank
    })
    console.log(
      set,
      'diversity',
      diversity,
      summarise(ranks),
      'mean cosine inside lists',
      (alike / chosen.length).toFixed(3),
    )
  }
}
