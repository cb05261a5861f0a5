import { describe, expect, it } from 'vitest'
import { readDataUri } from '../../dist/ingest/data-uri.js'
import { isPublic } from '../../dist/media/addresses.js'
import { readReference } from '../../dist/media/references.js'

describe('references', () => {
  const sum = 'ab'.repeat(32)
  it.each<[string, unknown]>([
    ['pictures/a b.png', { kind: 'file', path: 'pictures/a b.png' }],
    ['../a.png', { kind: 'file', path: '../a.png' }],
    ['/etc/passwd', { kind: 'file', path: '/etc/passwd' }],
    ['C:\\pictures\\a.png', { kind: 'file', path: 'C:\\pictures\\a.png' }],
    ['file:///tmp/a%20b.png', { kind: 'file', path: '/tmp/a b.png' }],
    ['file:///C:/a.png', { kind: 'file', path: 'C:/a.png' }],
    [`sha256:${sum}`, { kind: 'kept', checksum: sum }],
    ['http://example.com/a.png', { kind: 'url', url: new URL('http://example.com/a.png') }],
    ['HTTPS://example.com/a.png', { kind: 'url', url: new URL('https://example.com/a.png') }],
  ])('%s', (written, reference) => {
    expect(readReference(written)).toEqual(reference)
  })

  it.each([
    '',
    'a\0.png',
    'file:///a%00.png',
    'file://server/share/a.png',
    '//server/a.png',
    'ftp://example.com/a.png',
    'javascript:alert(1)',
    'blob:https://example.com/1',
    'gopher://127.0.0.1:6379/_x',
    'http://user:secret@example.com/a.png',
    'http://',
    'sha256:../../etc/passwd',
    'sha256:ABC',
  ])('%j is of no use', (written) => {
    expect(readReference(written)).toBeNull()
  })
})

describe('data: URIs', () => {
  const text = (written: string) => {
    const bytes = readDataUri(written)
    return bytes && Buffer.from(bytes).toString('latin1')
  }
  it('hold bytes', () => {
    expect(text('data:image/png;base64,aGVsbG8=')).toBe('hello')
    expect(text('data:image/png;base64,aGVsbG8')).toBe('hello')
    expect(text(' DATA:image/png;charset=x;base64,aGVs\n bG8%3D')).toBe('hello')
    expect(text('data:;base64,-_-_')).toBe('\xfb\xff\xbf')
    expect(text('data:audio/wav,a%00b%zz%')).toBe('a\0b%zz%')
  })
  it.each(['data:image/png;base64,a', 'data:image/png;base64,a*b=', 'data:no comma', 'nothing'])(
    'not: %s',
    (written) => {
      expect(readDataUri(written)).toBeNull()
    },
  )
})

describe('addresses of the public internet', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
  ])('%s is one', (address) => {
    expect(isPublic(address)).toBe(true)
  })
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a00:1',
    '2001:db8::1',
    '2001::1',
    '2002:a00:1::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
    '8.8.8',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
  ])('%s is none', (address) => {
    expect(isPublic(address)).toBe(false)
  })
})
