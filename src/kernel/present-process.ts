/**
 * Whose plain function runs now, after an `await` of it too: what it asks by whatever it holds is asked by its process.
 *
 * Kept by the host's async contexts, for plain functions alone: one scope a process, nothing a message. A server's handler runs in its sender's
 * context, and to keep it there would cost each message a scope; who asks after an `await` of it is known by `self` and by its mailboxes.
 *
 * Invariant: the handler of what a function has sent does not run as that function's (`asNobody`), though in its async context.
 */

import type { Party } from "./envelope.ts"

interface Storage {
  run<Result>(process: Party | undefined, work: () => Result): Result
  enterWith(process: undefined): void
  getStore(): Party | undefined
}

/** Node has contexts that cost a promise nothing from this version on; before it, each promise of the program would pay. */
const FIRST_VERSION = 24

const storage: Storage | undefined = findStorage()

function findStorage(): Storage | undefined {
  const { process } = globalThis
  if (!(Number.parseInt(process?.versions?.node ?? "0", 10) >= FIRST_VERSION)) return undefined
  const hooks = process.getBuiltinModule?.("node:async_hooks")
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<Party | undefined>()
}

/** Runs a function as that process's, with all that it goes on with. */
export function runAs<Result>(process: Party, work: () => Result): Result {
  return storage === undefined ? work() : storage.run(process, work)
}

/** `undefined` outside of plain functions, and where the host does not tell. */
export function presentProcess(): Party | undefined {
  return storage?.getStore()
}

/** From now on, as far as the present scope goes, nobody's function runs. Cheaper than a scope of its own. */
export function asNobody(): void {
  storage?.enterWith(undefined)
}
