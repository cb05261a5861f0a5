import { openMiner } from '../dist/index.js'

const miner = await openMiner({ store: '/tmp/try/t.db' })
let last = ''
const t0 = performance.now()
const r = await miner.train({
  onProgress: (p) => {
    if (p.stage !== last) {
      console.log(((performance.now() - t0) / 1000).toFixed(1), p.stage)
      last = p.stage
    }
  },
})
console.log(
  ((performance.now() - t0) / 1000).toFixed(1),
  JSON.stringify({ ...r }),
  Math.round(process.resourceUsage().maxRSS / 1024),
)
await miner.close()
