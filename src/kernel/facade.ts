/**
 * A value as it was looked at: what a second look could find otherwise (a getter, a proxy) is handed on in a face that answers as it did
 * the first time. A native promise looks at `then` of all that it is resolved with, a state machine at `type`, however often the runtime
 * has done so before.
 *
 * Not here: properties that hold a plain value. Between a look and what follows it nothing runs that could change them.
 */

import { isList } from "./instance.ts"

type Face = Readonly<Record<PropertyKey, unknown>>

/** Whether a value is a proxy; where the host does not say, none is. */
const isProxy: (value: unknown) => boolean = globalThis.process?.getBuiltinModule?.("node:util")?.types.isProxy ?? (() => false)

/** Whether it is a record of plain data, as most answers are, that no promise takes for a thenable. Runs no code of the value's. */
export function isPlainAnswer(value: object): boolean {
  return !isProxy(value) && Object.getPrototypeOf(value) === Object.prototype && !("then" in value)
}

/** Whether `name` answers the next look as it did the last one. Runs no code of the value's. */
export function isSteady(value: object, name: string): boolean {
  for (let at: object | null = value; at !== null; ) {
    // Its own prototype would be asked of it.
    if (isProxy(at)) return false
    const prototype: object | null = Object.getPrototypeOf(at)
    // Most values are plain, and have no such name.
    if (prototype === Object.prototype && !(name in at)) return true
    // To describe what is there costs ten times what it costs to see that there is nothing.
    if (Object.hasOwn(at, name)) return "value" in (Object.getOwnPropertyDescriptor(at, name) ?? {})
    at = prototype
  }
  return true
}

/**
 * The value, where `name` is steady; else a face of it in which `name` is what was `seen`, for good. The face is another object: all that is
 * asked of it is asked of the value.
 */
export function asSeen<Value extends object>(value: Value, name: string, seen: unknown): Value {
  return isSteady(value, name) ? value : (new Proxy(standIn(value), handlerOf(value as Face, name, seen)) as Value)
}

/** Of the same sort to those who ask for that. Not the value itself: a proxy's own target is looked at behind each of its traps. */
function standIn(value: object): object {
  if (typeof value === "function") return () => {}
  return isList(value) ? [] : {}
}

function handlerOf(value: Face, name: string, seen: unknown): ProxyHandler<object> {
  const from: object = value
  return {
    get: (_, key) => (key === name ? seen : Reflect.get(from, key)),
    set: (_, key, part) => Reflect.set(from, key, part),
    has: (_, key) => Reflect.has(from, key),
    deleteProperty: (_, key) => Reflect.deleteProperty(from, key),
    defineProperty: (_, key, property) => Reflect.defineProperty(from, key, property),
    ownKeys: () => Reflect.ownKeys(from),
    getPrototypeOf: () => Reflect.getPrototypeOf(from),
    setPrototypeOf: (_, prototype) => Reflect.setPrototypeOf(from, prototype),
    apply: (_, self, parts) => Reflect.apply(from as (...parts: unknown[]) => unknown, self, parts),
    getOwnPropertyDescriptor: (target, key) => {
      const property = Reflect.getOwnPropertyDescriptor(from, key)
      const isFixed = Reflect.getOwnPropertyDescriptor(target, key)?.configurable === false
      // What cannot be changed on the value can only be said of it where it stands on the target too.
      return property === undefined || isFixed ? property : { ...property, configurable: true }
    },
  }
}
