import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'vite'
import { describe, expect, it } from 'vitest'

/** What the built entry reaches, directly or through others, outside this package. */
function reached(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const code = readFileSync(file, 'utf8')
  const found = [...code.matchAll(/^(?:import|export) [^'"=(]*'([^']+)'|\bimport\(/gm)]
  const names = found.map(([whole, name]) => name ?? whole)
  return names.flatMap((name) => (name.startsWith('.') ? reached(join(dirname(file), name), seen) : [name]))
}

/** A round of three clients who liked the same, as code of a page. */
const PAGE = `
import * as federate from '${resolve('dist/federate/index.js')}'
globalThis.done = (async () => {
  const { crypto } = globalThis
  const vectors = { data: Float32Array.from({ length: 80 }, (_, i) => Number(i % 11 === 0)), rows: 10, dims: 8 }
  const items = { encoder: 'a', ids: [...'abcdefghij'], vectors }
  const model = await federate.createModel(crypto, items, { dims: 4 })
  const settings = { ...federate.ROUND_SETTINGS, leastClients: 3 }
  const opened = federate.openRound({ round: 1, model, settings })
  const joined = await Promise.all([1, 2, 3].map(() => federate.acceptInvitation(crypto, opened.message)))
  const admission = await federate.admitClients(crypto, opened, joined.map(({ message }) => message), 1)
  const shared = await Promise.all(joined.map(({ state }) => federate.shareSecrets(crypto, state, admission.message)))
  const passed = await federate.passShares(admission.state, shared.map(({ message }) => message))
  const histories = federate.historiesOf(items, [['a', 'b', 'c', 'd']])
  const masked = await Promise.all(shared.map(({ state }, client) => {
    const update = federate.trainLocally(state.invitation, vectors, histories, client)
    return federate.maskUpdate(crypto, state, passed.messages[client], update, client)
  }))
  const collected = await federate.collectMasked(passed.state, masked.map(({ message }) => message))
  const replies = await Promise.all(masked.map(({ state }) => federate.revealShares(crypto, state, collected.message)))
  const { mean, clients } = await federate.closeRound(crypto, collected.state, replies)
  const moved = federate.moveModel(model, mean, federate.FED_ADAM)
  return { clients, moved: moved.model.values.some((x, i) => x !== model.values[i]) }
})()
`

describe('interest-mine/federate', () => {
  it('reaches no node module, and no package but the source of random numbers', () => {
    const names = new Set(reached('dist/federate/index.js'))
    expect(names.size).toBeGreaterThan(0)
    expect([...names].filter((name) => !name.startsWith('pure-rand/'))).toEqual([])
  })

  it('runs a round as the code of a page, with what a browser has and nothing else', async () => {
    const entry = '\0page'
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      plugins: [
        { name: 'page', resolveId: (id) => (id === 'page' ? entry : null), load: (id) => (id === entry ? PAGE : null) },
      ],
      build: { write: false, minify: false, rollupOptions: { input: 'page', output: { format: 'iife' } } },
    })
    const [{ output }] = [built].flat() as { output: { code: string }[] }[]
    const { crypto, TextEncoder, TextDecoder, atob, btoa } = globalThis
    // Typed arrays are those of this world: its crypto takes no others.
    const arrays = {
      Uint8Array,
      Uint16Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      Float32Array,
      Float64Array,
      DataView,
      ArrayBuffer,
    }
    const page: Record<string, unknown> = { crypto, TextEncoder, TextDecoder, atob, btoa, ...arrays }
    page.globalThis = page
    runInNewContext(output[0].code, page)
    expect(await page.done).toEqual({ clients: 3, moved: true })
  })
})
