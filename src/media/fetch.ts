import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Modality } from '../types/items.js'
import type { SetAside } from '../types/reports.js'
import { isPublic } from './addresses.js'

/** What fetching a file may cost, and which hosts are trusted. */
export interface FetchLimits {
  /** Most bytes of a reply. */
  bytes: number
  /** Milliseconds for all of it: looking up names, redirects, and bytes. */
  time: number
  /** Hosts, as in a URL (name, or name:port), that may have any address and port. */
  allowHosts: readonly string[]
}

const MOST_REDIRECTS = 3
const PORTS = new Set(['', '80', '443'])
const TYPES: Record<Modality, RegExp> = {
  image: /^(image\/(?!svg)|(application|binary)\/octet-stream)/i,
  audio: /^(audio\/|application\/ogg|(application|binary)\/octet-stream)/i,
}

/**
 * Fetches the bytes at an http or https address, or returns a word for why there are none: refused-address,
 * failed-fetch, wrong-type, too-large, timeout. The host is looked up once, all its addresses must be public, and the
 * connection goes to the address that was checked; each redirect is checked again. Without cookies, passwords, proxies
 * or compression. `signal` ends it as a failed fetch.
 */
export async function fetchBytes(
  url: URL,
  modality: Modality,
  limits: FetchLimits,
  signal?: AbortSignal,
): Promise<Uint8Array | SetAside> {
  const timeout = AbortSignal.timeout(limits.time)
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout
  try {
    return await Promise.race([follow(url, modality, limits, stop), aborted(stop)])
  } catch {
    return timeout.aborted ? 'timeout' : 'failed-fetch'
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

async function follow(
  first: URL,
  modality: Modality,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Uint8Array | SetAside> {
  let url = first
  for (let step = 0; step <= MOST_REDIRECTS; step++) {
    const address = await findAddress(url, limits.allowHosts)
    if (address === null) return 'refused-address'
    const reply = await sendRequest(url, address, signal)
    const { statusCode = 0, headers } = reply
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      reply.destroy()
      url = new URL(headers.location, url)
      continue
    }
    const why = refusalOf(reply, modality, limits.bytes)
    if (why === null) return readBody(reply, limits.bytes)
    reply.destroy()
    return why
  }
  return 'failed-fetch'
}

function refusalOf({ statusCode, headers }: IncomingMessage, modality: Modality, most: number): SetAside | null {
  if (statusCode !== 200) return 'failed-fetch'
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return 'failed-fetch'
  if (!TYPES[modality].test(headers['content-type'] ?? '')) return 'wrong-type'
  return Number(headers['content-length'] ?? 0) > most ? 'too-large' : null
}

interface Address {
  address: string
  family: number
}

/** The address to connect to; null where the host or one of its addresses may not be reached. */
async function findAddress(url: URL, allowHosts: readonly string[]): Promise<Address | null> {
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null
  const allowed = allowHosts.includes(url.host) || allowHosts.includes(url.hostname)
  if (!allowed && !PORTS.has(url.port)) return null
  const found = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true })
  if (!allowed && !found.every(({ address }) => isPublic(address))) return null
  return found[0] ?? null
}

function sendRequest(url: URL, { address, family }: Address, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    request(
      url,
      {
        agent: false,
        signal,
        headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'interest-mine' },
        // The name is not looked up again: its owner could give another address now.
        lookup: (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
      },
      resolve,
    )
      .on('error', reject)
      .end()
  })
}

async function readBody(reply: IncomingMessage, most: number): Promise<Uint8Array | SetAside> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of reply) {
    size += part.length
    if (size > most) {
      reply.destroy()
      return 'too-large'
    }
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
