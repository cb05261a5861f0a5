import { describe, expect, it } from 'vitest'
import { ROUND_SETTINGS } from '../../src/federate/index.js'
import { drawUpdates, invite, playRound } from './clients.js'

describe('a round of a hundred clients, forty neighbours each', () => {
  it('loses a fifth of them on the way and is the mean of the rest', async () => {
    const invitation = await invite({ ...ROUND_SETTINGS, bits: 32, range: 1 })
    const { length } = invitation.model.values
    const updates = drawUpdates(100, length, 1)
    const gone = Array.from({ length: 20 }, (_, i) => 5 * i)
    const { mean, clients } = await playRound(invitation, updates, {
      beforeShares: gone.slice(0, 7),
      beforeMasked: gone.slice(7),
      beforeReply: [1, 2, 3, 4],
    })
    expect(clients).toBe(80)
    const left = updates.filter((_, client) => client % 5 > 0)
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    for (let i = 0; i < length; i += 50) {
      const wanted = left.reduce((sum, { delta, weight }) => sum + (delta[i] * weight) / total, 0)
      expect(Math.abs(mean[i] - wanted)).toBeLessThan(1e-6)
    }
  }, 60_000)
})
