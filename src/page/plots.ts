import type { Axis } from './axes.js'
import { escapeText, formatShort } from './markup.js'

/** Plots as inline SVG: pure functions from numbers to text. Colours are classes of the page's style. */

/** A point of a plot; `tooltip` is shown while the pointer is over it. */
export interface Point {
  x: number
  y: number
  tooltip?: string
}

/** Size, axes and labels of a plot. */
export interface Frame {
  /** Width in pixels. */
  width: number
  /** Height in pixels. */
  height: number
  x: Axis
  y: Axis
  xLabel: string
  yLabel: string
  /** What the plot shows, for screen readers. */
  label: string
}

/** Size of plots that stand side by side, in pixels. */
export const WIDE = { width: 460, height: 260 }
/** Size of plots of which there are many, in pixels. */
export const SMALL = { width: 320, height: 200 }

/** Maps values to pixels of a plot. */
export interface PixelScales {
  x(value: number): string
  y(value: number): string
  /** Vertical position of the horizontal axis. */
  bottom: number
  /** Pixels from there to the top of the plot. */
  plotHeight: number
}

/** Pixels around the area that is plotted on. */
const MARGIN = { left: 52, right: 12, top: 10, bottom: 40 }

/** A plot as SVG: axes with ticks and grid, and what `marks` draws between them. */
export function drawFrame(frame: Frame, marks: (scales: PixelScales) => string): string {
  const { width, height, x, y } = frame
  const bottom = height - MARGIN.bottom
  const plotHeight = bottom - MARGIN.top
  const right = width - MARGIN.right
  const scales: PixelScales = {
    x: (value) => pixel(MARGIN.left + x.place(value) * (right - MARGIN.left)),
    y: (value) => pixel(bottom - y.place(value) * plotHeight),
    bottom,
    plotHeight,
  }
  const columns = x.ticks.map((tick) => {
    const at = scales.x(tick)
    return `<line class="grid" x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${bottom}"/><text x="${at}" y="${bottom + 15}" text-anchor="middle">${formatShort(tick)}</text>`
  })
  const rows = y.ticks.map((tick) => {
    const at = scales.y(tick)
    return `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}"/><text x="${MARGIN.left - 6}" y="${at}" dy="0.32em" text-anchor="end">${formatShort(tick)}</text>`
  })
  const middle = pixel(MARGIN.top + plotHeight / 2)
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(frame.label)}">`,
    ...columns,
    ...rows,
    `<line class="axis" x1="${MARGIN.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    marks(scales),
    `<text class="name" x="${pixel((MARGIN.left + right) / 2)}" y="${height - 6}" text-anchor="middle">${escapeText(frame.xLabel)}</text>`,
    `<text class="name" transform="translate(12 ${middle}) rotate(-90)" text-anchor="middle">${escapeText(frame.yLabel)}</text>`,
    '</svg>',
  ].join('\n')
}

/** A line through points, as SVG. `kind`: a class of the page's style. */
export function drawLine(points: readonly Point[], kind: string, { x, y }: PixelScales): string {
  return `<polyline class="${kind}" points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')}"/>`
}

/** A dot at each point, as SVG. `kind`: a class of the page's style. */
export function drawDots(points: readonly Point[], kind: string, { x, y }: PixelScales): string {
  return points
    .map(({ x: from, y: to, tooltip }) => {
      const title = tooltip === undefined ? '' : `<title>${escapeText(tooltip)}</title>`
      return `<circle class="${kind}" cx="${x(from)}" cy="${y(to)}" r="3.5">${title}</circle>`
    })
    .join('\n')
}

/** Vertical lines from `low` to `high` at each x, as SVG. */
export function drawWhiskers(
  points: readonly { x: number; low: number; high: number }[],
  { x, y }: PixelScales,
): string {
  return points
    .map(({ x: at, low, high }) => {
      return `<line class="whisker" x1="${x(at)}" x2="${x(at)}" y1="${y(low)}" y2="${y(high)}"/>`
    })
    .join('\n')
}

/** Share of the plot's height that the tallest bar takes. */
const TALLEST = 0.3

/**
 * A histogram along the bottom of a plot, as SVG. Heights follow the square root of the counts, so that small ones are
 * visible beside large ones.
 */
export function drawCounts(
  bins: readonly { from: number; to: number; count: number }[],
  { x, bottom, plotHeight }: PixelScales,
): string {
  const most = Math.max(1, ...bins.map(({ count }) => count))
  return bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => {
      const height = TALLEST * plotHeight * Math.sqrt(count / most)
      const width = Math.max(1, Number(x(to)) - Number(x(from)) - 0.5)
      const title = `<title>${escapeText(`${formatShort(from)} to ${formatShort(to)}: ${count}`)}</title>`
      return `<rect class="count" x="${x(from)}" y="${pixel(bottom - height)}" width="${pixel(width)}" height="${pixel(height)}">${title}</rect>`
    })
    .join('\n')
}

/** One bar of a bar plot. */
export interface Bar {
  name: string
  value: number
  /** Lower end of the interval of its value. */
  low: number
  /** Upper end. */
  high: number
  /** Written at the end of its row. */
  text: string
}

/** Height of a row, width of the names in front and of the texts behind, and width of the whole, in pixels. */
const BAR = { height: 22, names: 150, texts: 190, width: 720 }

/**
 * Horizontal bars from 0, one below the other, with lines for their intervals, as SVG. `label`: what the plot shows,
 * for screen readers.
 */
export function drawBars(bars: readonly Bar[], axis: Axis, label: string): string {
  const across = BAR.width - BAR.names - BAR.texts
  const place = (value: number) => BAR.names + axis.place(value) * across
  const height = bars.length * BAR.height + 24
  const bottom = bars.length * BAR.height + 4
  const ticks = axis.ticks.map((tick) => {
    const at = pixel(place(tick))
    return `<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${bottom}"/><text x="${at}" y="${bottom + 14}" text-anchor="middle">${formatShort(tick)}</text>`
  })
  const lines = bars.map(({ name, value, low, high, text }, k) => {
    const middle = k * BAR.height + BAR.height / 2
    const from = Math.min(place(0), place(value))
    const width = Math.abs(place(value) - place(0))
    return [
      `<text x="${BAR.names - 8}" y="${middle}" dy="0.32em" text-anchor="end">${escapeText(name)}</text>`,
      `<rect class="${value < 0 ? 'against' : 'for'}" x="${pixel(from)}" y="${middle - 6}" width="${pixel(width)}" height="12"/>`,
      `<line class="whisker" x1="${pixel(place(low))}" x2="${pixel(place(high))}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${BAR.width - BAR.texts + 8}" y="${middle}" dy="0.32em">${escapeText(text)}</text>`,
    ].join('')
  })
  return [
    `<svg viewBox="0 0 ${BAR.width} ${height}" role="img" aria-label="${escapeText(label)}">`,
    ...ticks,
    `<line class="axis" x1="${pixel(place(0))}" x2="${pixel(place(0))}" y1="0" y2="${bottom}"/>`,
    ...lines,
    '</svg>',
  ].join('\n')
}

/** A position in pixels, to a tenth. */
function pixel(value: number): string {
  return String(Math.round(10 * value) / 10)
}
