/**
 * By what one async context is told from another: the frame that the host keeps of it, in which each storage has its value. Two that were taken hold of in one
 * frame are alike, so what is made for one serves the other.
 *
 * Read off a resource, by the symbol under which Node's hold theirs; a host that has none is found out by trying, and then nobody is told.
 */

/** What those who watch for foreign work know for ours. */
const KIND = "pigeonhole"

const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")

type Held = Readonly<Partial<Record<symbol, unknown>>>

const held = findSymbol()

/** Whether frames can be told. */
export const hasFrames = held !== undefined

/** That of the present context; `undefined` for the one in which no storage has a value. */
export function presentFrame(): unknown {
  return held === undefined ? undefined : resource()?.[held]
}

/** What the storages have there, each its value; `undefined` where that cannot be seen. */
export function valuesIn(frame: unknown): Iterable<unknown> | undefined {
  try {
    // Node's is a map, though not one by its prototype.
    return Map.prototype.values.call(frame)
  } catch {
    return undefined
  }
}

function resource(): Held | undefined {
  // What Node keeps of it stands under symbols of its own.
  return hooks === undefined ? undefined : (new hooks.AsyncResource(KIND) as object as Held)
}

/** Under which two of one frame hold the same, and one of another frame something else. */
function findSymbol(): symbol | undefined {
  if (hooks === undefined) return undefined
  const storage = new hooks.AsyncLocalStorage<object>()
  const [one, same] = storage.run({}, () => [resource(), resource()])
  const other = storage.run({}, resource)
  const symbols = Object.getOwnPropertySymbols(one ?? {})
  return symbols.find((symbol) => typeof one?.[symbol] === "object" && one[symbol] === same?.[symbol] && one[symbol] !== other?.[symbol])
}
