import type { CalibrationReport, Range } from '../types/reports.js'
import { logAxis } from './axes.js'
import { formatFixed, formatShort, writeCount, writeTable } from './markup.js'
import { drawDots, drawFrame, drawLine, drawWhiskers, WIDE } from './plots.js'

/**
 * The calibration section of a training's page (HTML): a plot and a table of predicted chances against the share that
 * came next.
 */
export function drawCalibration({ rows, ece, logLoss, constantLogLoss }: CalibrationReport): string {
  const bars = rows.map((row) => ({ ...row, ...wilson(row.observed, row.count) }))
  const seen = bars.flatMap(({ predicted, observed, high }) => [predicted, observed, high]).filter((p) => p > 0)
  const low = 0.7 * Math.min(...seen, 0.5)
  const high = Math.min(1, 1.3 * Math.max(...seen, 2 * low))
  const points = bars.map(({ predicted, observed, count }) => ({
    x: predicted,
    y: observed,
    tooltip: `told ${formatShort(predicted)}, seen ${formatShort(observed)}, of ${writeCount(count)}`,
  }))
  const plot = drawFrame(
    {
      ...WIDE,
      x: logAxis(low, high),
      y: logAxis(low, high),
      xLabel: 'chance as told',
      yLabel: 'share that came next',
      label: 'Chances as told against the share that came next, in bins of equal mass',
    },
    (scales) =>
      drawLine(
        [
          { x: low, y: low },
          { x: high, y: high },
        ],
        'even',
        scales,
      ) +
      drawWhiskers(
        bars.map((bar) => ({ x: bar.predicted, low: bar.low, high: bar.high })),
        scales,
      ) +
      drawDots(points, 'dot', scales),
  )
  const table = writeTable(
    `Expected calibration error ${formatFixed(ece, 4)}`,
    ['chances', 'mean', 'came next', 'candidates'],
    rows.map(({ from, to, predicted, observed, count }) => [
      `${formatShort(from)} to ${formatShort(to)}`,
      formatFixed(predicted, 4),
      formatFixed(observed, 4),
      writeCount(count),
    ]),
  )
  return `<h2>Calibration</h2>
<div class="grid2"><figure id="calibration">${plot}
<figcaption>On the dashed line, chances are what they say. Upright lines: 95 % (Wilson). Both axes are logarithmic;
what never came next lies on the lower edge.</figcaption></figure>
<div>${table}</div></div>
<p class="faint">The ten highest-scored candidates of each held-out list, in bins of equal mass. Scale and offset were
fitted on one half of the held-out users and tried on the other, both ways. The chances that answers carry are fitted on all of
them. Log loss over all candidates of these lists: ${formatFixed(logLoss, 5)}; telling everybody the mean chance:
${formatFixed(constantLogLoss, 5)}.</p>`
}

/** 95 % interval of a share that was observed in n trials (Wilson 1927). */
function wilson(share: number, n: number): Range {
  const z = 1.96
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return { low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) }
}
