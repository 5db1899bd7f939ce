/**
 * Whose load runs now, after an `await` of it too: what it asks of a store is asked by that load, which must not come to wait for itself.
 *
 * Kept by the host's async contexts, where it has some that cost a promise nothing (Node from 24 on); elsewhere nobody knows. Made with the
 * first load: a program without any has none.
 */

import type { LoadTurn } from "./load-request.ts"

interface Storage {
  run<Result>(turn: LoadTurn, work: () => Result): Result
  getStore(): LoadTurn | undefined
}

interface HostProcess {
  readonly versions?: { readonly node?: string }
  getBuiltinModule?(name: string): unknown
}

/** Before it, each promise of the program would pay. */
const FIRST_VERSION = 24

let storage: Storage | undefined
let isAsked = false

/** Runs a load, with all that it goes on with. */
export function runInTurn<Result>(turn: LoadTurn, work: () => Result): Result {
  if (!isAsked) storage = findStorage()
  return storage === undefined ? work() : storage.run(turn, work)
}

/** `undefined` outside of loads, and where the host does not tell. */
export function presentTurn(): LoadTurn | undefined {
  return storage?.getStore()
}

function findStorage(): Storage | undefined {
  isAsked = true
  const { process } = globalThis as { readonly process?: HostProcess }
  if (!(Number.parseInt(process?.versions?.node ?? "0", 10) >= FIRST_VERSION)) return undefined
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as { readonly AsyncLocalStorage: new () => Storage } | undefined
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage()
}
