import type { AblationReport, FeatureShape } from '../types/reports.js'
import { linearAxis, log1pAxis, padRange } from './axes.js'
import { escapeText, formatFixed, formatShort, writeMany, writeSigned } from './markup.js'
import { drawBars, drawCounts, drawFrame, drawLine, SMALL } from './plots.js'

const DIRECTIONS = new Map<FeatureShape['direction'], string>([
  [1, 'may only speak for'],
  [-1, 'may only speak against'],
  [0, 'either way'],
  [null, 'set by hand'],
])

/**
 * The section of a training's page (HTML) that plots what each feature of the scorer adds; features that it does not
 * use are listed by name. `notes`: a line on the value of each feature, by its name.
 */
export function drawFeaturePlots(shapes: readonly FeatureShape[], notes: Readonly<Record<string, string>>): string {
  const used = shapes.filter(({ points }) => points.length > 0).sort((a, b) => b.spread - a.spread)
  const unused = shapes.filter(({ points }) => points.length === 0).map(({ feature }) => feature)
  const rest =
    unused.length === 0
      ? ''
      : `<p class="faint">Not in the scorer: ${escapeText(unused.join(', '))}. Of these the candidates learnt from do not
differ, or they are not known, or the scorer that stays was made without them.</p>`
  return `<h2>What each feature adds</h2>
<p class="faint">Logits over the value, those that move candidates most apart first. An answer's logit is the sum of
these and the bias. Bars at the foot: held-out candidates by value (heights by the root of their number). Values of which ln(1
+ x / scale) is read lie on that scale.</p>
<div class="grid3">
${used.map((shape) => drawShape(shape, notes[shape.feature])).join('\n')}
</div>
${rest}`
}

function drawShape(
  { feature, direction, scale, points, histogram, unknown, spread }: FeatureShape,
  note: string | undefined,
): string {
  const from = points[0].value
  const to = points[points.length - 1].value
  const sizes = points.map(({ contribution }) => contribution)
  const [low, high] = padRange(Math.min(0, ...sizes), Math.max(0, ...sizes))
  const plot = drawFrame(
    {
      ...SMALL,
      x: scale === null ? linearAxis(from, to, 4) : log1pAxis(from, to, scale),
      y: linearAxis(low, high, 4),
      xLabel: scale === null ? 'value' : `value, scale ${formatShort(scale)}`,
      yLabel: 'logits',
      label: `What ${feature} adds to the logit over its value`,
    },
    (scales) =>
      drawCounts(histogram, scales) +
      drawLine(
        points.map(({ value, contribution }) => ({ x: value, y: contribution })),
        'curve',
        scales,
      ),
  )
  const missing = unknown > 0 ? `; unknown of ${formatFixed(100 * unknown, 1)} %, then 0` : ''
  return `<figure id="feature-${escapeText(feature)}"><h3>${escapeText(feature)}</h3>
<figcaption>${note === undefined ? '' : `${escapeText(note)}; `}${DIRECTIONS.get(direction)}; moves candidates apart by
${formatFixed(spread, 3)}${missing}</figcaption>
${plot}</figure>`
}

/**
 * The section of a training's page (HTML) that shows what is lost without each feature; '' where that was not measured.
 */
export function drawAblation(ablation: AblationReport | null): string {
  if (ablation === null) return ''
  const { lists, heldOut, ndcg: all, without } = ablation
  const bars = without.map(({ feature, lost, low, high }) => ({
    name: feature,
    value: lost,
    low,
    high,
    text: `${writeSigned(lost, 4)} (${writeSigned(low, 4)} to ${writeSigned(high, 4)})`,
  }))
  const [low, high] = padRange(
    Math.min(0, ...without.map((one) => one.low)),
    Math.max(0, ...without.map((one) => one.high)),
  )
  return `<h2>What is lost without each feature</h2>
<figure id="ablation">${drawBars(bars, linearAxis(low, high), 'NDCG@10 lost without each feature')}
<figcaption>NDCG@10 lost when the scorer is fitted without the feature; lines: 95 %, paired over users.</figcaption></figure>
<p class="faint">All fits here, that with all features too (NDCG@10 ${formatFixed(all, 4)}), learn from the same
${writeMany(lists, 'list')} and answer the same ${writeMany(heldOut, 'held-out list')}, drawn by the seed. Candidates stay those that all
routes find. Features that say nearly the same stand in for one another, so a small loss does not mean that a feature says
nothing.</p>`
}
