/**
 * `interest-mine/federate`: federated training of the adapter, client and server, as functions over messages
 * (docs/federate.md). It needs only the language and WebCrypto, so it runs in browsers, on phones and in Node.js.
 */
export {
  acceptInvitation,
  type Joined,
  type Masked,
  maskUpdate,
  revealShares,
  type Shared,
  shareSecrets,
} from './client.js'
export type { WebCrypto } from './keys.js'
export { type LocalUpdate, trainLocally } from './local.js'
export {
  type AdapterFile,
  type Invitation,
  readAdapterFile,
  readInvitation,
  writeAdapterFile,
  writeInvitation,
} from './messages.js'
export {
  adapterOf,
  checkItems,
  createModel,
  type FederatedModel,
  historiesOf,
  type PublicItems,
  scoreHistory,
} from './model.js'
export { FED_ADAM, FED_AVG, moveModel, type Optimiser, type OptimiserState } from './optimise.js'
export type { Shape } from './parameters.js'
export {
  type Admitted,
  admitClients,
  type Collected,
  closeRound,
  collectMasked,
  type Opened,
  openRound,
  passShares,
  type Refused,
  type RoundSum,
  type Sharing,
} from './server.js'
export { type LocalSettings, ROUND_SETTINGS, type RoundSettings, SHAPE_SETTINGS } from './settings.js'
