export { ERROR_CODES, type ErrorCode, InterestMineError, quote } from './errors.js'
export { type Miner, openMiner } from './miner.js'
export * from './types.js'
