/**
 * What an entry weighs, where a store is limited by weight: what its owner's function says, or an estimate of the bytes it takes on the heap.
 *
 * The estimate counts a record as 24 bytes and 16 for each property, a list as 16 and 8 for each item, text as its length, or twice that where it is not
 * Latin-1, a number as 8, binary data as its length; beside that each entry 80 bytes and its key. Shared parts count once. It is no more than
 * that: V8 may take a third more or less.
 */

import { givenAtOnce, invalid, shown } from "../../src/index.ts"
import { shareOut, Unfreezable } from "./stored-value.ts"

/** Of an entry: `value` is as it is stored. Throws `Invalid` where the owner's function throws, or gives no number from 0. */
export type Weigh = (key: string, value: unknown) => number

/** Where nothing is weighed. */
export const weightless: Weigh = () => 0

const ENTRY_BYTES = 80
const TEXT_BYTES = 16
const LIST_BYTES = 16
const RECORD_BYTES = 24
const SLOT_BYTES = 8
const PROPERTY_BYTES = 16
const OTHER_BYTES = 64

/** By a function of the store's owner, which gets the value as readers get it. */
export function weighBy(weigh: (value: never, key: string) => number): Weigh {
  return (key, value) => {
    const weight: unknown = told(weigh, key, shareOut(value))
    if (typeof weight === "number" && weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight
    const problem = invalid("weigh", `must give a number from 0; it gave ${shown(weight)} for ${shown(key)}`)
    givenAtOnce(weight, () => problem)
    throw problem
  }
}

function told(weigh: (value: never, key: string) => number, key: string, value: unknown): unknown {
  try {
    return weigh(value as never, key)
  } catch (cause) {
    throw invalid("weigh", `has thrown for ${shown(key)}`, cause)
  }
}

export function estimate(key: string, value: unknown): number {
  const seen = new Set<object>()
  const open: unknown[] = [value instanceof Unfreezable ? value.value : value]
  let bytes = ENTRY_BYTES + textBytes(key)
  while (open.length > 0) {
    const part = open.pop()
    if (typeof part === "string") bytes += textBytes(part)
    else if (typeof part !== "object" || part === null) bytes += SLOT_BYTES
    else if (!seen.has(part)) {
      seen.add(part)
      bytes += bytesOf(part, open)
    }
  }
  return bytes
}

/** Its own, and puts its parts to what is still to be weighed. */
function bytesOf(value: object, open: unknown[]): number {
  if (Array.isArray(value)) {
    for (const item of value) open.push(item)
    return LIST_BYTES + SLOT_BYTES * value.length
  }
  if (value instanceof ArrayBuffer) return OTHER_BYTES + value.byteLength
  if (ArrayBuffer.isView(value)) return OTHER_BYTES + value.byteLength
  if (value instanceof Map || value instanceof Set) {
    for (const [name, part] of value.entries()) {
      open.push(part)
      if (value instanceof Map) open.push(name)
    }
    return OTHER_BYTES + PROPERTY_BYTES * 2 * value.size
  }
  const names = Object.keys(value)
  for (const name of names) open.push(Reflect.get(value, name))
  return (value instanceof Date || value instanceof RegExp ? OTHER_BYTES : RECORD_BYTES) + PROPERTY_BYTES * names.length
}

/** One byte a letter as long as all of them are Latin-1. */
function textBytes(text: string): number {
  return TEXT_BYTES + (/[\u0100-\uffff]/.test(text) ? 2 * text.length : text.length)
}
