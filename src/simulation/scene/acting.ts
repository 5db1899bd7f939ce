/** Whose step it is, and whose code runs: kept over what it awaits, and in whatever async context it is run in. */

import type { AsyncContext, AsyncContexts } from "../../kernel/async-context.ts"
import type { Party } from "../../kernel/envelope.ts"
import { hostAsyncContexts } from "../../kernel/host-contexts.ts"

/** `undefined` where the host has none. */
interface Storage {
  run<Result>(process: Party | undefined, work: () => Result): Result
  getStore(): Party | undefined
}

export class Acting {
  readonly #storage: Storage | undefined = makeStorage()
  /** What the runtime is given for the host's: what runs in a sender's context, or in nobody's, is its process's step all the same. */
  readonly contexts: AsyncContexts | undefined = hostAsyncContexts === undefined ? undefined : this.#owned(hostAsyncContexts)
  #process: Party | undefined = undefined
  /** Whether a step is carried out now. */
  isInStep = false

  /** Whose code runs, where it is a process's. */
  get process(): Party | undefined {
    return this.#storage === undefined ? this.#process : this.#storage.getStore()
  }

  /** Does it as a step of that process, or of nobody. */
  step(process: Party | undefined, work: () => void): void {
    this.isInStep = true
    try {
      this.as(process, work)
    } finally {
      this.isInStep = false
    }
  }

  /** Does it in the name of that process, or of the scenario outside. */
  as<Result>(process: Party | undefined, work: () => Result): Result {
    this.#process = process
    return this.#storage === undefined ? work() : this.#storage.run(process, work)
  }

  /** Later it runs in the present context, as whose code this is. */
  kept(callback: () => void): () => void {
    const context = this.contexts?.capture()
    if (context === undefined) return callback
    const { process } = this
    return () => this.as(process, () => context.runInAsyncScope(callback, undefined))
  }

  #owned(contexts: AsyncContexts): AsyncContexts {
    return { neutral: this.#ownedContext(contexts.neutral), capture: () => this.#ownedContext(contexts.capture()) }
  }

  #ownedContext(context: AsyncContext): AsyncContext {
    return {
      runInAsyncScope: (work, self, ...parameters) => context.runInAsyncScope(() => this.#go(work, self, parameters), undefined),
    }
  }

  #go<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    parameters: Parameters,
  ): Result {
    const go = (): Result => Reflect.apply(work, self, parameters)
    return this.#storage === undefined ? go() : this.#storage.run(this.#process, go)
  }
}

function makeStorage(): Storage | undefined {
  const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<Party | undefined>()
}
