/**
 * In whose request's handling the present code runs, after an `await` of it too: for messages that are followed, and no others.
 *
 * Kept by the host's async contexts, one scope a followed message; where the host has none, or makes promises dear by them, nobody is known here.
 */

export interface Storage<Request> {
  run<Result>(request: Request, work: () => Result): Result
  getStore(): Request | undefined
}

/** Node has contexts that cost a promise nothing from this version on. */
const FIRST_VERSION = 24

/** Keeps one sort of requests. */
export function presence<Request>(): Storage<Request> {
  const { process } = globalThis
  const isCheap = Number.parseInt(process?.versions?.node ?? "0", 10) >= FIRST_VERSION
  const hooks = isCheap ? process.getBuiltinModule?.("node:async_hooks") : undefined
  return hooks === undefined ? { run: (_request, work) => work(), getStore: () => undefined } : new hooks.AsyncLocalStorage<Request>()
}
