/** Callers told apart by their async contexts, as the requests of a web server are. */

import { AsyncLocalStorage } from "node:async_hooks"

/** What a context without a caller's name is called. */
export const NOBODY = "nobody"

export const request = new AsyncLocalStorage<string>()

/** Does it as that caller. */
export function as<T>(caller: string, work: () => T): T {
  return request.run(caller, work)
}

/** In whose context this is called. */
export function caller(): string {
  return request.getStore() ?? NOBODY
}
