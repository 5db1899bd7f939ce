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

/** Whether it is a list as the language makes them: no subclass. */
export function isPlainArray(value: object): value is readonly unknown[] {
  if (!Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Array.prototype || isIntrinsic(prototype, "Array")
}

/** Whether it is a record: of `Object` or of no class, and nothing else beneath (an `arguments`, a Date whose prototype was exchanged). */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && !isIntrinsic(prototype, "Object")) return false
  return Object.prototype.toString.call(value) === "[object Object]"
}

/** Whether an object's prototype is that of the built-in class of this name, in this realm or another. */
export function isIntrinsic(prototype: unknown, name: string): boolean {
  return typeof prototype === "object" && prototype !== null && intrinsicNameOf(prototype) === name
}

/** What this realm's getter `name` says of a value; throws a TypeError for a value of another sort. */
export function slotOf(prototype: object, name: PropertyKey, value: object): unknown {
  return Reflect.get(prototype, name, value)
}

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)

/** "Uint8Array" and its like; `undefined` for what is no typed array. Nobody can forge it. */
export function typedArrayNameOf(value: object): string | undefined {
  return slotOf(typedArrayPrototype, Symbol.toStringTag, value) as string | undefined
}

/** A typed array's buffer and length, whatever it says itself. */
export function extentOf(view: object): { readonly buffer: object; readonly length: number } {
  return {
    buffer: slotOf(typedArrayPrototype, "buffer", view) as object,
    length: slotOf(typedArrayPrototype, "length", view) as number,
  }
}

/** "Map" and its like, as the language shows it; a claim, until the prototype and the methods of that sort bear it out. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}
