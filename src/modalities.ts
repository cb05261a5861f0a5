import type { Modality } from './types.js'

/** All there are, in the order in which they are kept and told. */
export const MODALITIES: readonly Modality[] = ['image', 'audio']
