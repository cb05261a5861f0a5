import cliProgress from 'cli-progress'
import type { Progress } from '../index.js'
import { formatCount, formatSeconds, nameStage } from './table.js'

/** A display of progress. */
export interface Display {
  /** Shows the progress of a stage; another stage than before starts anew. */
  update(progress: Progress): void
  /** Ends the display; it may be called more than once. */
  stop(): void
}

/** A display that draws a bar with rate and time left on a terminal. */
export function createBar(stream: NodeJS.WritableStream): Display {
  let stage: Progress['stage'] | undefined
  let bar: cliProgress.SingleBar | undefined
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    update(progress) {
      const { done, total } = progress
      if (stage !== progress.stage || !bar) {
        stop()
        stage = progress.stage
        bar = new cliProgress.SingleBar({
          stream,
          format: formatBar,
          barsize: 24,
          hideCursor: false,
          linewrap: true,
          fps: 8,
        })
        bar.start(total ?? 0, done, { progress })
      }
      if (total !== null && total !== bar.getTotal()) bar.setTotal(total)
      bar.update(done, { progress })
    },
    stop,
  }
}

const formatBar: NonNullable<cliProgress.Options['format']> = (options, params, payload: { progress: Progress }) => {
  const { stage, done, total, rate, secondsLeft } = payload.progress
  const size = options.barsize ?? 24
  const full = Math.round(Math.min(1, Math.max(0, params.progress)) * size)
  return [
    nameStage(stage).padEnd(16),
    total === null ? '' : `${'█'.repeat(full)}${'░'.repeat(size - full)}`,
    total === null ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`,
    rate === null ? '' : `${formatCount(Math.round(rate))}/s`,
    secondsLeft === null ? '' : `${formatSeconds(secondsLeft)} left`,
  ]
    .filter((part) => part !== '')
    .join('  ')
}
