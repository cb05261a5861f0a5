import type { PrivacyReport, TrainReport } from '../types/reports.js'
import { linearAxis, logAxis, padRange } from './axes.js'
import { escapeText, formatFixed, writeTable } from './markup.js'
import { drawDots, drawFrame, drawLine, drawWhiskers, WIDE } from './plots.js'

/**
 * The privacy section of a training's page (HTML): what a private training guarantees and costs; '' where the training
 * was not private.
 */
export function drawPrivacy({ privacy }: TrainReport): string {
  if (!privacy) return ''
  const { epsilon, delta, parts, covers, notCovered } = privacy
  const rows = parts.map(({ part, noiseMultiplier, clip, sampleRate, steps, epsilon: alone }) => [
    part,
    formatFixed(noiseMultiplier, 3),
    String(clip),
    String(sampleRate),
    String(steps),
    formatFixed(alone, 2),
  ])
  const columns = ['', 'Noise', 'Clip', 'Sampled', 'Rounds', 'ε alone']
  return `<h2>Privacy</h2>
<p>What was learnt is (ε, δ)-differentially private for each user: ε = ${epsilon}, δ = ${delta.toExponential(1)}.</p>
${writeTable('Noise is the standard deviation over the clip; a user takes part in a round by chance', columns, rows)}
<p>Covered: ${escapeText(covers.join('; '))}.</p>
<p><strong>Not covered</strong>: ${escapeText(notCovered.join('; '))}. Keep this page to yourself.</p>
${drawTried(privacy)}`
}

/** A plot and table of NDCG@10 against epsilon; a training without privacy is a dashed line. */
function drawTried({ epsilon: own, tried }: PrivacyReport): string {
  if (!tried) return ''
  const points = tried.flatMap(({ epsilon, ndcg, low, high }) => {
    const tooltip = `ε ${epsilon}: ${formatFixed(ndcg, 4)}, 95 % from ${formatFixed(low, 4)} to ${formatFixed(high, 4)}`
    return epsilon === null ? [] : [{ x: epsilon, y: ndcg, low, high, tooltip }]
  })
  const open = tried.find(({ epsilon }) => epsilon === null)
  const from = 0.7 * Math.min(...points.map(({ x }) => x))
  const to = 1.4 * Math.max(...points.map(({ x }) => x))
  const plot = drawFrame(
    {
      ...WIDE,
      x: logAxis(from, to),
      y: linearAxis(...padRange(Math.min(...tried.map(({ low }) => low)), Math.max(...tried.map(({ high }) => high)))),
      xLabel: 'ε',
      yLabel: 'NDCG@10',
      label: 'NDCG@10 of held-out users against epsilon',
    },
    (scales) =>
      (open
        ? drawLine(
            [from, to].map((x) => ({ x, y: open.ndcg })),
            'even',
            scales,
          )
        : '') +
      drawLine(points, 'curve', scales) +
      drawWhiskers(points, scales) +
      drawDots(
        points.filter(({ x }) => x !== own),
        'dot',
        scales,
      ) +
      drawDots(
        points.filter(({ x }) => x === own),
        'best',
        scales,
      ),
  )
  const rows = tried.map(({ epsilon, ndcg, low, high }) => [
    epsilon === null ? 'not private' : String(epsilon),
    formatFixed(ndcg, 4),
    `${formatFixed(low, 4)} to ${formatFixed(high, 4)}`,
  ])
  return `<div class="grid2"><figure id="privacy">${plot}
<figcaption>NDCG@10 of held-out users against ε, with 95 % intervals; the dashed line is a training that is not private.
All but the one at ε = ${own} were thrown away.</figcaption></figure>
<div>${writeTable('NDCG@10 of held-out users', ['ε', 'NDCG@10', '95 % interval'], rows)}</div></div>`
}
