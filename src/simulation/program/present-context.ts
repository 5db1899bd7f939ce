/**
 * The async context of who asks for a later call: what is called back is called in it, as the host does for its own timers. Where the host
 * has no async contexts, it is called as it is.
 */

/** A name that those who watch for foreign work know for ours. */
const KIND = "pigeonhole"

/** Asked for and not imported, so that this file loads everywhere. */
const AsyncResource = globalThis.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource

/** Calls `callback` later in the context of now. */
export function inPresentContext(callback: () => void): () => void {
  if (AsyncResource === undefined) return callback
  const context = new AsyncResource(KIND)
  return () => context.runInAsyncScope(callback)
}
