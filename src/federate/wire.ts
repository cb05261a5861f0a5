import { InterestMineError } from '../errors.js'

/** Kinds of messages in the order of a round. A kind's number in a message is its position here. */
export const KINDS = [
  'invitation',
  'advertisement',
  'roster',
  'shares',
  'deliveries',
  'masked',
  'request',
  'reply',
  'model',
] as const
/** Kind of a message. */
export type Kind = (typeof KINDS)[number]

/** Every message starts with "IMFD", version, kind, client and round, little-endian (docs/federate.md, "Messages"). */
const MAGIC = [0x49, 0x4d, 0x46, 0x44]
const VERSION = 1
const HEADER_BYTES = 12

/** What every message says of itself. */
export interface Header {
  round: number
  /** Place in the roster of the client that sent it, or that it is for; 0 where there is none. */
  client: number
}

/** Writes a message: its header, then the parts one after another. */
export function writeMessage(kind: Kind, { round, client }: Header, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, HEADER_BYTES))
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  view.setUint8(4, VERSION)
  view.setUint8(5, KINDS.indexOf(kind))
  view.setUint16(6, client, true)
  view.setUint32(8, round, true)
  let at = HEADER_BYTES
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Whole numbers as bytes, little-endian, `width` bytes each. */
export function encodeNumbers(width: 1 | 2 | 4, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(width * values.length))
  values.forEach((value, i) => {
    if (width === 1) view.setUint8(i, value)
    else if (width === 2) view.setUint16(2 * i, value, true)
    else view.setUint32(4 * i, value, true)
  })
  return new Uint8Array(view.buffer)
}

/** Reads the parts of a message in order. Each call fails with BAD_INPUT where fewer bytes are left than it needs. */
export interface MessageReader extends Header {
  /** The next whole number, of `width` bytes. */
  number: (width: 1 | 2 | 4) => number
  /** A copy of the next bytes. */
  bytes: (length: number) => Uint8Array<ArrayBuffer>
  /** Fails with BAD_INPUT where bytes are left. */
  end: () => void
}

/**
 * Opens a message of kind `kind`, and of round `round` where that is given. Fails with BAD_INPUT where it is not one.
 */
export function readMessage(message: Uint8Array, kind: Kind, round?: number): MessageReader {
  if (!(message instanceof Uint8Array)) throw badMessage(kind, 'is not bytes')
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  if (message.length < HEADER_BYTES || MAGIC.some((byte, i) => message[i] !== byte)) {
    throw badMessage(kind, 'does not start as a message of interest-mine does')
  }
  if (message[4] !== VERSION) throw badMessage(kind, `is of version ${message[4]}, this is version ${VERSION}`)
  if (message[5] !== KINDS.indexOf(kind))
    throw badMessage(kind, `is another message: ${KINDS[message[5]] ?? message[5]}`)
  const header = { client: view.getUint16(6, true), round: view.getUint32(8, true) }
  if (round !== undefined && header.round !== round) {
    throw badMessage(kind, `is of round ${header.round}, this is round ${round}`)
  }
  let at = HEADER_BYTES
  const advance = (length: number) => {
    if (length > message.length - at) throw badMessage(kind, `ends after ${message.length} bytes`)
    at += length
    return at - length
  }
  return {
    ...header,
    number(width) {
      const from = advance(width)
      if (width === 1) return view.getUint8(from)
      return width === 2 ? view.getUint16(from, true) : view.getUint32(from, true)
    },
    bytes(length) {
      const from = advance(length)
      return Uint8Array.from(message.subarray(from, from + length))
    },
    end() {
      if (at < message.length) throw badMessage(kind, `has ${message.length - at} bytes too many`)
    },
  }
}

/** The error (BAD_INPUT) for a message; `what` completes the sentence "the KIND of a federated round ...". */
export function badMessage(kind: Kind, what: string): InterestMineError {
  return new InterestMineError('BAD_INPUT', `the ${kind} of a federated round ${what}`, { message: kind })
}
