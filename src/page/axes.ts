/** How values lie along an axis. */
export interface Axis {
  /** Position of a value: 0 at the low end, 1 at the high end. Values beyond an end lie at that end. */
  place(value: number): number
  /** Values that are labelled, ascending. */
  ticks: number[]
}

/** Ticks closer than this share of the axis would overlap. */
const APART = 0.14

/** A linear axis from `low` to `high` with about `wanted` ticks. */
export function linearAxis(low: number, high: number, wanted = 5): Axis {
  const span = high - low || 1
  const step = roundStep(span / wanted)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step)
  return { place: (value) => clamp((value - low) / span), ticks: ticks.map(trim) }
}

/** An axis that is linear in ln(1 + x / scale), for values of 0 or more. */
export function log1pAxis(low: number, high: number, scale: number): Axis {
  const read = (value: number) => Math.log1p(Math.max(0, value) / scale)
  const span = read(high) - read(low) || 1
  const place = (value: number) => clamp((read(value) - read(low)) / span)
  return {
    place,
    ticks: spreadTicks([...(low <= 0 ? [0] : []), ...roundValues(Math.max(low, scale / 20), high)], place),
  }
}

/** An axis that is linear in ln x; `low` and `high` are above 0. */
export function logAxis(low: number, high: number): Axis {
  const span = Math.log(high / low) || 1
  const place = (value: number) => clamp(Math.log(Math.max(value, low) / low) / span)
  return { place, ticks: spreadTicks(roundValues(low, high), place) }
}

/** A range with some padding on both sides; where both ends are equal, a tenth of their size. */
export function padRange(low: number, high: number): [low: number, high: number] {
  const padding = 0.06 * (high - low) || 0.1 * Math.abs(high) || 1
  return [low - padding, high + padding]
}

/** 1, 2 and 5 times the powers of ten between two values above 0. */
function roundValues(low: number, high: number): number[] {
  const values: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const head of [1, 2, 5]) values.push(trim(head * 10 ** power))
  }
  return values.filter((value) => value >= low && value <= high)
}

/** Values without those too close to the one before. */
function spreadTicks(values: readonly number[], place: (value: number) => number): number[] {
  const kept: number[] = []
  for (const value of values) {
    if (kept.length === 0 || place(value) - place(kept[kept.length - 1]) >= APART) kept.push(value)
  }
  return kept
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const head = step / power
  return power * (head <= 1 ? 1 : head <= 2 ? 2 : head <= 5 ? 5 : 10)
}

/** Removes the rounding errors of binary fractions. */
function trim(value: number): number {
  return Number(value.toPrecision(12))
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}
