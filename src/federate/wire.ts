import { InterestMineError } from '../errors.js'

/** The messages of a round, in order; a message's number is its place here. */
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
export type Kind = (typeof KINDS)[number]

/** Every message starts with "IMFD", version, kind, client and round, little end first (docs/federate.md). */
const MAGIC = [0x49, 0x4d, 0x46, 0x44]
const VERSION = 1
const HEADER_BYTES = 12

export interface Header {
  round: number
  /** Place in the roster of the client that sends it, or that it is for; 0 where that is nobody yet. */
  client: number
}

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

/** Whole numbers, little end first, each of so many bytes (1, 2 or 4). */
export function encodeNumbers(width: 1 | 2 | 4, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(width * values.length))
  values.forEach((value, i) => {
    if (width === 1) view.setUint8(i, value)
    else if (width === 2) view.setUint16(2 * i, value, true)
    else view.setUint32(4 * i, value, true)
  })
  return new Uint8Array(view.buffer)
}

/** Reads a message's parts in order; each step fails with BAD_INPUT where the bytes end before it does. */
export interface MessageReader extends Header {
  number: (width: 1 | 2 | 4) => number
  /** A copy of the next bytes. */
  bytes: (length: number) => Uint8Array<ArrayBuffer>
  /** Fails where there is more. */
  end: () => void
}

/** Opens a message of one kind, and of one round where that is known. Fails with BAD_INPUT. */
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

export function badMessage(kind: Kind, what: string): InterestMineError {
  return new InterestMineError('BAD_INPUT', `the ${kind} of a federated round ${what}`, { message: kind })
}
