import { afterEach } from 'vitest'
import { type Miner, type OpenOptions, openMiner } from '../../dist/index.js'

export interface Miners {
  /** A miner on a store, without threads of its own where `options` ask for none. */
  open(store: string, options?: Partial<OpenOptions>): Promise<Miner>
  closeAll(): Promise<void>
}

/** Miners of a test file: those that a test opens are closed after it. */
export function useMiners(): Miners {
  const opened: Miner[] = []
  const closeAll = async () => {
    for (const miner of opened.splice(0)) await miner.close()
  }
  afterEach(closeAll)
  return {
    async open(store, options = {}) {
      const miner = await openMiner({ store, workers: 0, ...options })
      opened.push(miner)
      return miner
    },
    closeAll,
  }
}
