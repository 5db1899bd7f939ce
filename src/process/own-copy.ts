/**
 * A copy of what a caller has sent, for a guard to look at and a handler to work with: every part is read once, so neither a later change nor
 * a getter that answers twice makes the two see different things.
 *
 * Plain objects, arrays, Map, Set, Date, errors and binary data become values of our own; shared parts stay shared, and cycles end. An abort
 * signal becomes one that follows it. Functions, pids and mailboxes are handed on as they are: those that are what they look like, and
 * nothing beside. An instance of any other class is refused: its methods would still be the caller's.
 *
 * Not the store's copy: that one is frozen, and kept.
 */

import { Invalid } from "../kernel/errors.ts"
import { isPid, isUntouched } from "../kernel/pid.ts"
import { isCutShort } from "../kernel/stack.ts"
import { isGiven } from "./given-mailbox.ts"

/** Throws `Invalid` that names the place of what cannot be copied; also where reading it throws; `RangeError` at the end of the stack. Cost O(size); no recursion. */
export function ownCopy(argument: unknown): unknown {
  return copied(argument, "argument", false)
}

/**
 * The same for a schema to judge, which knows what it is given: an instance of a class is handed on as it is. `name`: how an error calls the whole.
 */
export function plainCopy(value: unknown, name: string): unknown {
  return copied(value, name, true)
}

function copied(value: unknown, name: string, sharesInstances: boolean): unknown {
  if (typeof value !== "object" || value === null) return value
  try {
    return new OwnCopy(sharesInstances).of(value, name)
  } catch (error) {
    throw error instanceof Invalid || isCutShort(error) ? error : refusal(name, "cannot be read", error)
  }
}

/** Items from which on an array is not walked by its length. */
const LONG = 65_536

type Parts = Record<PropertyKey, unknown>

/** A copy to be filled, what it is a copy of, and where that stands. */
class Place {
  readonly from: object
  readonly copy: object
  readonly #holder: Place | undefined
  readonly #name: string

  constructor(from: object, copy: object, holder: Place | undefined, name: string) {
    this.from = from
    this.copy = copy
    this.#holder = holder
    this.#name = name
  }

  /** Spelled out for an error alone. */
  pathOf(name: string): string {
    const names = [name, this.#name]
    for (let holder = this.#holder; holder !== undefined; holder = holder.#holder) names.push(holder.#name)
    return names.reverse().join(".")
  }
}

class OwnCopy {
  /** Made when a first part of a part is found: most arguments have none. */
  #copies: Map<object, unknown> | undefined = undefined
  readonly #waiting: Place[] = []
  readonly #sharesInstances: boolean

  constructor(sharesInstances: boolean) {
    this.#sharesInstances = sharesInstances
  }

  of(root: object, name: string): unknown {
    const copy = this.#part(root, name, undefined)
    for (let place = this.#waiting.pop(); place !== undefined; place = this.#waiting.pop()) this.#fill(place)
    return copy
  }

  #part(value: unknown, name: string, holder: Place | undefined): unknown {
    if (typeof value !== "object" || value === null || isHandle(value)) return value
    if (holder !== undefined) this.#copies ??= new Map([[holder.from, holder.copy]])
    const known = this.#copies?.get(value)
    if (known !== undefined) return known
    const copy = emptyCopy(value)
    const made = copy ?? this.#wholeCopy(value, name, holder)
    this.#copies?.set(value, made)
    if (copy !== undefined) this.#waiting.push(new Place(value, copy, holder, name))
    return made
  }

  /** Of what has no parts that would be copied for themselves. */
  #wholeCopy(value: object, name: string, holder: Place | undefined): unknown {
    const prototype = Object.getPrototypeOf(value)
    const made = hostClassOf(prototype)
    if (COPIED_BY_HOST.has(made ?? "") || isOfFakeClock(value)) return copyOfHost(value)
    if (made === "AbortSignal") return HostSignal.any([value as AbortSignal])
    if (ArrayBuffer.isView(value) && made !== undefined) return Object.setPrototypeOf(withoutNeighbours(value), prototype)
    if (this.#sharesInstances) return value
    const path = holder === undefined ? name : holder.pathOf(name)
    throw refusal(path, "is an instance of a class: send plain data, or have the guard say by `take` how it is read")
  }

  #fill(place: Place): void {
    const { from, copy } = place
    if (copy instanceof Map) {
      const add = (value: unknown, key: unknown): unknown =>
        copy.set(this.#part(key, "keys()", place), this.#part(value, "values()", place))
      return Map.prototype.forEach.call(from, add)
    }
    if (copy instanceof Set) return Set.prototype.forEach.call(from, (value) => void copy.add(this.#part(value, "values()", place)))
    if (Array.isArray(copy)) return this.#fillArray(place, from as readonly unknown[], copy)
    for (const name of Object.keys(from)) {
      const value = this.#part((from as Parts)[name], name, place)
      // Assigning `__proto__` would set the prototype.
      if (name === "__proto__") Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true })
      else (copy as Parts)[name] = value
    }
    for (const symbol of Object.getOwnPropertySymbols(from)) {
      if (isEnumerable(from, symbol)) (copy as Parts)[symbol] = this.#part((from as Parts)[symbol], String(symbol), place)
    }
  }

  /** Holes become `undefined`, as reading them gives; of a long array they stay holes, as it may have little else. */
  #fillArray(place: Place, from: readonly unknown[], copy: unknown[]): void {
    const { length } = from
    if (length > LONG) {
      copy.length = length
      for (const name of Object.keys(from)) if (/^\d+$/.test(name)) copy[Number(name)] = this.#part(from[Number(name)], name, place)
      return
    }
    for (let index = 0; index < length; index += 1) copy.push(this.#part(from[index], String(index), place))
  }
}

/** Of what is copied part by part; `undefined` for all else. */
function emptyCopy(value: object): object | undefined {
  if (Array.isArray(value)) return []
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return {}
  if (prototype === null) return Object.create(null)
  if (prototype === Map.prototype) return new Map()
  if (prototype === Set.prototype) return new Set()
  // A plain object of another realm.
  return Object.getPrototypeOf(prototype) === null ? {} : undefined
}

function isEnumerable(value: object, name: symbol): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name)
}

/** What addresses something of the runtime; its worth lies in being the same. */
function isHandle(value: object): boolean {
  return isPid(value) ? isUntouched(value) : isGiven(value)
}

/** Copied without asking any code of the program's own. */
const ERRORS = ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]
const COPIED_BY_HOST: ReadonlySet<string> = new Set(["Date", "RegExp", "ArrayBuffer", ...ERRORS])

/** Taken hold of when this module is loaded: a test may put fakes in their places. */
const { structuredClone: copyOfHost, AbortSignal: HostSignal } = globalThis
const HOST_CLASSES = new Map<string, unknown>([...COPIED_BY_HOST, "AbortSignal"].map((name) => [name, Reflect.get(globalThis, name)]))

/** The name of the host's class that has this prototype; `undefined` for a class of the program's own. */
function hostClassOf(prototype: object): string | undefined {
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value
  const name: unknown = typeof made === "function" ? Object.getOwnPropertyDescriptor(made, "name")?.value : undefined
  if (typeof name !== "string" || (HOST_CLASSES.get(name) !== made && !Object.is(Reflect.get(globalThis, name), made))) return undefined
  // Who writes a host class's name on a prototype of their own has not made it the host's.
  return Reflect.get(made as object, "prototype") === prototype ? name : undefined
}

/** A Date that was made while a test had a fake clock in the place of the host's: of a subclass which adds nothing, and says that it is a Date. */
function isOfFakeClock(value: object): boolean {
  const HostDate = HOST_CLASSES.get("Date") as DateConstructor
  if (Object.getOwnPropertyDescriptor(value, "constructor")?.value !== HostDate) return false
  const prototype: object | null = Object.getPrototypeOf(value)
  return prototype !== null && Object.getPrototypeOf(prototype) === HostDate.prototype && Reflect.ownKeys(prototype).length === 1
}

/** Its own bytes: a view of a few may look at a large buffer. */
function withoutNeighbours(view: ArrayBufferView): ArrayBufferView {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const own = new Uint8Array(bytes)
  if (view instanceof DataView) return new DataView(own.buffer)
  const made = Reflect.get(globalThis, tagOf(view)) as Uint8ArrayConstructor
  return new made(own.buffer)
}

const readTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get

/** As the host knows it, whatever its class says. */
function tagOf(view: ArrayBufferView): string {
  return String(readTag?.call(view) ?? "Uint8Array")
}

function refusal(path: string, problem: string, cause?: unknown): Invalid {
  const details = { field: path }
  return new Invalid(`${path} ${problem}`, cause === undefined ? { details } : { details, cause })
}
