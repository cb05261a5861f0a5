import { InterestMineError, quote } from '../errors.js'
import type { Item, Where } from '../types/items.js'

type Test = (item: Item) => boolean
type Scalar = string | number | boolean

const OPERATORS = ['!=', '>=', '<=', '=', '>', '<'] as const
type Operator = (typeof OPERATORS)[number]

/**
 * Reads conditions such as "category=Mascara", "brand!=Nivea", "price<20" or "year>=2000". Returns a test that an item
 * passes where all conditions hold, or null where there are none. A key is id, title, brand, price, url, publishedAt,
 * category, or the name of an attribute; < and > compare numbers and dates. An item without the key passes != only.
 * Throws BAD_OPTION where a condition cannot be read.
 */
export function parseWhere(where: Where | undefined): Test | null {
  const conditions = where === undefined ? [] : Array.isArray(where) ? where : [where]
  if (conditions.length === 0) return null
  const tests = conditions.map(parseCondition)
  return (item) => tests.every((test) => test(item))
}

function parseCondition(condition: string): Test {
  const match = /^([^=!<>]+)(!=|>=|<=|=|>|<)(.*)$/su.exec(condition)
  if (!match || match[1].trim() === '') {
    throw new InterestMineError(
      'BAD_OPTION',
      `--where ${quote(condition)} is no condition; write key=value, key!=value, price<20 or year>=2000`,
      { option: 'where', value: condition },
    )
  }
  const key = match[1].trim()
  const operator = match[2] as Operator
  const wanted = match[3]
  if (operator === '=' || operator === '!=') {
    const equal = operator === '='
    return (item) => valuesOf(item, key).some((value) => isSame(value, wanted)) === equal
  }
  const bound = Number.isNaN(Number(wanted)) || wanted.trim() === '' ? Date.parse(wanted) : Number(wanted)
  if (Number.isNaN(bound)) {
    throw new InterestMineError(
      'BAD_OPTION',
      `--where ${quote(condition)}: ${quote(wanted)} is no number and no date`,
      { option: 'where', value: condition },
    )
  }
  return (item) => valuesOf(item, key).some((value) => compares(toNumber(value), operator, bound))
}

function isSame(value: Scalar, wanted: string): boolean {
  if (typeof value === 'number') return value === Number(wanted) && wanted.trim() !== ''
  return String(value) === wanted
}

function toNumber(value: Scalar): number {
  if (typeof value === 'number') return value
  const number = Number(value)
  return Number.isNaN(number) ? Date.parse(String(value)) : number
}

function compares(value: number, operator: Operator, bound: number): boolean {
  if (operator === '<') return value < bound
  if (operator === '<=') return value <= bound
  if (operator === '>') return value > bound
  return value >= bound
}

function valuesOf(item: Item, key: string): Scalar[] {
  if (key === 'category' || key === 'categories') return ((item.categories ?? []) as (string | string[])[]).flat()
  if (key === 'id' || key === 'title' || key === 'brand' || key === 'price' || key === 'url' || key === 'publishedAt') {
    return item[key] === undefined ? [] : [item[key]]
  }
  const attributes = item.attributes ?? {}
  return Object.hasOwn(attributes, key) ? [attributes[key]] : []
}
