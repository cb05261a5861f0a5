import { describe, expect, it } from 'vitest'
import { type ProfileFacts, summariseProfile } from '../../src/explain/narrate-profile.js'

type Told = ProfileFacts['interests'][number]
const state = { muted: false, boost: 1, pinned: false }
const told = (label: string, more: Partial<Told> = {}): Told => ({
  label,
  level: 'point',
  weight: 0.25,
  trend: 'steady',
  aside: null,
  state,
  ...more,
})

describe('a profile in a few sentences', () => {
  const interests = [
    told('Kettles', { weight: 0.4 }),
    told('Tea', { trend: 'new' }),
    told('Tents', { trend: 'fading' }),
    told('Toys', { level: 'emerging', weight: 0.1, aside: 'gift', trend: 'fading' }),
    told('Outdoors', { level: 'domain' }),
  ]

  it('says what most of it is, what moves, and what may be a gift', () => {
    expect(summariseProfile({ interests, items: 12, firstSeen: '2024-05-03T00:00:00.000Z' }, 'en')).toBe(
      '12 items since May 2024. Fine interests: “Kettles” (40%), “Tea” (25%) and “Tents” (25%); more broadly “Outdoors” (25%). New: “Tea”. Fading: “Tents”. Taken in one go and never again, perhaps a gift: “Toys”.',
    )
    expect(summariseProfile({ interests, items: 12, firstSeen: null }, 'zh')).toBe(
      '共 12 件。具体的兴趣是「Kettles」（40%）、「Tea」（25%）、「Tents」（25%）；另有较宽泛的「Outdoors」（25%）。新近出现：「Tea」。渐渐变少：「Tents」。也许是礼物或替别人选的：「Toys」。',
    )
  })

  it('leaves out what is muted, and says so', () => {
    const muted = [told('Kettles', { state: { ...state, muted: true } }), told('Tea')]
    expect(summariseProfile({ interests: muted, items: 1, firstSeen: null }, 'en')).toBe(
      '1 item. Most of all “Tea” (25%). Muted: “Kettles”.',
    )
  })

  it('is empty where nothing is known', () => {
    expect(summariseProfile({ interests: [], items: 0, firstSeen: null }, 'en')).toBe('')
  })
})
