/**
 * Class checks of what is somebody else's: `instanceof` asks a proxy for its prototype, and that may throw.
 */

/** Whether it is an instance of that class. Total: what resists is none. */
export function isA<Instance>(value: unknown, made: abstract new (...parts: never[]) => Instance): value is Instance {
  // Not by `passes`: it is asked so often that what would be made for it counts.
  try {
    return value instanceof made
  } catch {
    return false
  }
}

/** Whether it is an array, one of a proxy included. Total: of a revoked proxy nobody knows. */
export function isList(value: unknown): value is readonly unknown[] {
  return passes(value, Array.isArray)
}

/** Whether it can be looked at; a revoked proxy cannot. */
export function isReadable(value: unknown): boolean {
  return passes(value, (own) => typeof own !== "object" || own === null || Reflect.getPrototypeOf(own) !== undefined)
}

/** Whether a look at a value says yes. Total: what throws at it says no. */
export function passes<Value>(value: Value, look: (value: Value) => boolean): boolean {
  try {
    return look(value)
  } catch {
    return false
  }
}
