import type { TrainReport } from '../types/reports.js'
import { linearAxis, padRange } from './axes.js'
import { formatFixed } from './markup.js'
import { drawDots, drawFrame, drawLine, WIDE } from './plots.js'

/** The learning-curve section of a training's page (HTML): the adapter's loss and NDCG@10 after each pass. */
export function drawCurve({ curve, privacy }: TrainReport): string {
  if (curve.length === 0) {
    return `<h2>Learning curve</h2>
<p>No adapter was trained: ONNX Runtime is missing, or there was nothing to learn from.</p>`
  }
  const best = curve.reduce((found, { measure }, pass) => (measure > curve[found].measure ? pass : found), 0)
  const kept = privacy ? curve.length - 1 : best
  const keptNote = privacy
    ? 'A private training keeps the last, a mean of later rounds: what users did chooses none'
    : `Pass ${kept + 1}, the best (${formatFixed(curve[kept].measure, 4)}), is kept; training stops when passes are no longer better`
  const plot = (yLabel: string, read: (one: { loss: number; measure: number }) => number, digits: number) => {
    const points = curve.map((one, pass) => ({
      x: pass + 1,
      y: read(one),
      tooltip: `pass ${pass + 1}: ${formatFixed(read(one), digits)}`,
    }))
    const values = points.map(({ y }) => y)
    const x = linearAxis(1, Math.max(2, curve.length))
    const y = linearAxis(...padRange(Math.min(...values), Math.max(...values)))
    const frame = { ...WIDE, x: { ...x, ticks: x.ticks.filter(Number.isInteger) }, y }
    return drawFrame(
      { ...frame, xLabel: 'pass', yLabel, label: `${yLabel} after each pass of the adapter` },
      (scales) =>
        drawLine(points, 'curve', scales) +
        drawDots(
          points.filter((_, pass) => pass !== kept),
          'dot',
          scales,
        ) +
        drawDots([points[kept]], 'best', scales),
    )
  }
  return `<h2>Learning curve of the adapter</h2>
<div class="grid2">
<figure id="curve-loss">${plot('loss', ({ loss }) => loss, 3)}</figure>
<figure id="curve-ndcg">${plot('NDCG@10', ({ measure }) => measure, 4)}</figure>
</div>
<p class="faint">Mean sampled-softmax loss of the pass, and NDCG@10 of the adapter alone on held-out users after it.
${keptNote}.</p>`
}
