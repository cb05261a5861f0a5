import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchBytes } from '../../dist/media/fetch.js'

const PICTURE = Buffer.from('the bytes of a picture')
const asked: string[] = []

/** What the server answers, by path. */
const REPLIES: Record<string, RequestListener> = {
  '/a.png': (_, reply) => reply.writeHead(200, { 'content-type': 'image/png' }).end(PICTURE),
  '/octets': (_, reply) => reply.writeHead(200, { 'content-type': 'application/octet-stream' }).end(PICTURE),
  '/untyped': (_, reply) => reply.writeHead(200).end(PICTURE),
  '/page': (_, reply) => reply.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  '/a.svg': (_, reply) => reply.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>'),
  '/gone': (_, reply) => reply.writeHead(404, { 'content-type': 'image/png' }).end(),
  '/zipped': (_, reply) =>
    reply.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end(PICTURE),
  '/says-large': (_, reply) =>
    reply.writeHead(200, { 'content-type': 'image/png', 'content-length': '5000' }).end(PICTURE),
  '/large': (_, reply) => {
    reply.writeHead(200, { 'content-type': 'image/png' })
    for (let i = 0; i < 50; i++) reply.write(Buffer.alloc(100))
    reply.end()
  },
  '/slow': (_, reply) => {
    reply.writeHead(200, { 'content-type': 'image/png' })
    reply.write('a')
  },
  '/mute': () => undefined,
  '/cut': (_, reply) => {
    reply.writeHead(200, { 'content-type': 'image/png', 'content-length': '1000' })
    reply.write('half', () => reply.destroy())
  },
  '/moved': (_, reply) => reply.writeHead(302, { location: '/a.png' }).end(),
  '/round': (_, reply) => reply.writeHead(301, { location: '/round' }).end(),
  '/inwards': (_, reply) => reply.writeHead(302, { location: 'http://127.0.0.1/a.png' }).end(),
  '/metadata': (_, reply) => reply.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
  '/to-file': (_, reply) => reply.writeHead(302, { location: 'file:///etc/passwd' }).end(),
}
let server: Server
let base: string
let limits: { bytes: number; time: number; allowHosts: string[] }

beforeAll(async () => {
  server = createServer((request, reply) => {
    asked.push(`${request.headers.host} ${request.url}`)
    REPLIES[request.url ?? ''](request, reply)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  base = `http://127.0.0.1:${port}`
  limits = { bytes: 1000, time: 2000, allowHosts: [`127.0.0.1:${port}`] }
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const get = (path: string, more: Partial<typeof limits> = {}) =>
  fetchBytes(new URL(path, base), 'image', { ...limits, ...more })

describe('fetching', () => {
  it.each(['/a.png', '/octets', '/moved'])('%s gives the bytes', async (path) => {
    expect(Buffer.from((await get(path)) as Uint8Array)).toEqual(PICTURE)
  })

  it.each([
    ['/untyped', 'wrong-type'],
    ['/page', 'wrong-type'],
    ['/a.svg', 'wrong-type'],
    ['/gone', 'failed-fetch'],
    ['/zipped', 'failed-fetch'],
    ['/says-large', 'too-large'],
    ['/large', 'too-large'],
    ['/cut', 'failed-fetch'],
    ['/round', 'failed-fetch'],
    ['/inwards', 'refused-address'],
    ['/metadata', 'refused-address'],
    ['/to-file', 'refused-address'],
  ])('%s: %s', async (path, why) => {
    expect(await get(path)).toBe(why)
  })

  it.each(['/slow', '/mute'])('%s ends with its time', async (path) => {
    const started = performance.now()
    expect(await get(path, { time: 200 })).toBe('timeout')
    expect(performance.now() - started).toBeLessThan(1500)
  })

  it('asks no host that is not public, nor other ports, unless it is allowed', async () => {
    const before = asked.length
    expect(await get('/a.png', { allowHosts: [] })).toBe('refused-address')
    for (const url of [
      'http://localhost/a.png',
      'http://127.0.0.1/a.png',
      'http://[::1]/a.png',
      'http://[::ffff:127.0.0.1]/a.png',
      'http://0x7f.1/a.png',
      'http://2130706433/a.png',
      'http://169.254.169.254/latest/meta-data/',
      'http://10.0.0.1/a.png',
      'http://8.8.8.8:22/a.png',
      'http://8.8.8.8:6379/a.png',
    ])
      expect(await fetchBytes(new URL(url), 'image', { ...limits, allowHosts: [] })).toBe('refused-address')
    expect(asked.length).toBe(before)
  })

  it('says nothing of the user, and stops when it is told to', async () => {
    const stop = new AbortController()
    const fetched = fetchBytes(new URL('/mute', base), 'image', limits, stop.signal)
    stop.abort()
    expect(await fetched).toBe('failed-fetch')
    expect(await fetchBytes(new URL('http://nowhere.invalid/a.png'), 'image', limits)).toBe('failed-fetch')
  })
})
