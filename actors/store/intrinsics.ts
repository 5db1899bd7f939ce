/**
 * What sort of built-in object a value is, whichever realm made it, and without running any code of the value's own: its prototype must be
 * the very one that the language gives to that sort, and what it holds is read by this realm's methods.
 *
 * Not here: how they are copied (`builtin-copies.ts`).
 */

/** The native constructor's name, for a prototype of another realm that was looked at before. Only what is found is kept. */
const known = new WeakMap<object, string>()

const NATIVE_SOURCE = /^function (\w+)\(\)\s*\{\s*\[native code\]\s*\}$/

/**
 * The name of the built-in class that `prototype` belongs to ("Object", "Map", "TypeError"); `undefined` for a class of one's own.
 * A subclass has a prototype of its own, and native source text cannot be had by what is written in the language.
 */
export function intrinsicNameOf(prototype: object): string | undefined {
  const before = known.get(prototype)
  if (before !== undefined) return before
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value
  if (typeof made !== "function") return undefined
  if (Object.getOwnPropertyDescriptor(made, "prototype")?.value !== prototype) return undefined
  const name = NATIVE_SOURCE.exec(Function.prototype.toString.call(made))?.[1]
  if (name !== undefined) known.set(prototype, name)
  return name
}

/** Looks at a prototype while it is still the host's: a test may put a constructor of its own in the place of the host's. */
export function learnIntrinsic(prototype: object): void {
  intrinsicNameOf(prototype)
}

/** False for much of what is no record though it has the prototype of one: `arguments`, a Date whose prototype was exchanged. */
export function showsRecord(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]"
}

/** This realm's getter `name`, to be called on a value of whatever make: throws a TypeError for one of another sort. */
export function slotReader<T>(prototype: object, name: PropertyKey): (value: object) => T {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get as () => T
  return (value) => get.call(value)
}

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)

/** "Uint8Array" and its like; `undefined` for what is no typed array. Nobody can forge it. */
export const typedArrayNameOf = slotReader<string | undefined>(typedArrayPrototype, Symbol.toStringTag)

/** A typed array's memory and items, whatever it says itself. */
export const memoryOf = slotReader<object>(typedArrayPrototype, "buffer")
export const lengthOf = slotReader<number>(typedArrayPrototype, "length")

/** Whether the language made it as an error; a claim, for what has a symbol of its own. */
export function showsError(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Error]"
}
