/** The async contexts of the host that the runtime runs on, behind the port of `async-context.ts`. */

import type { AsyncContext, AsyncContexts } from "./async-context.ts"
import { asNobody, presentProcess } from "./present-process.ts"

/** What async hooks call those that it takes hold of. */
const KIND = "pigeonhole"

/** The host's own; `undefined` where it has none, as a browser. Asked for and not imported, so that this file loads everywhere. */
export const hostAsyncContexts: AsyncContexts | undefined = findAsyncContexts()

function findAsyncContexts(): AsyncContexts | undefined {
  const AsyncResource = globalThis.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource
  if (AsyncResource === undefined) return undefined
  const take = (): AsyncContext => new AsyncResource(KIND)
  return {
    neutral: emptied(new AsyncResource(KIND)),
    capture: () => (presentProcess() === undefined ? take() : new SendersContext(take())),
  }
}

/** That of a plain function which sends: whoever handles that is not the function's process. */
class SendersContext implements AsyncContext {
  readonly #context: AsyncContext

  constructor(context: AsyncContext) {
    this.#context = context
  }

  runInAsyncScope<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    return this.#context.runInAsyncScope(runAlone, undefined, work, self, parameters)
  }
}

function runAlone<This, Parameters extends unknown[], Result>(
  this: undefined,
  work: (this: This, ...parameters: Parameters) => Result,
  self: This,
  parameters: Parameters,
): Result {
  asNobody()
  return Reflect.apply(work, self, parameters)
}

/**
 * Lets go of the context that it was made in: whoever loads this module by an `import()` in the middle of a request is no more the
 * runtime's than any other. Node keeps what a resource holds under symbols of its own, beside its numbers.
 */
function emptied<Resource extends object>(resource: Resource): Resource {
  for (const key of Object.getOwnPropertySymbols(resource)) {
    if (/context|store/i.test(key.description ?? "")) Reflect.set(resource, key, undefined)
  }
  return resource
}
