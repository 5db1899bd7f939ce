/**
 * Whose step it is, and whose code runs: kept over what it awaits, and in whatever async context it is run in.
 *
 * What is done for a process again and again, its turns and the answers that reach it, is done in one scope that is made once: to enter a storage costs
 * twenty times what it costs to enter a scope. So it is with what is done in a sender's context, one scope for each process in each.
 */

import type { AsyncContext, AsyncContexts } from "../../kernel/async-context.ts"
import type { Party } from "../../kernel/envelope.ts"
import { hostAsyncContexts } from "../../kernel/host-contexts.ts"
import { hasFrames, presentFrame } from "./context-frame.ts"

/** `undefined` where the host has none. */
interface Storage {
  run<Parameters extends unknown[], Result>(
    process: Party | undefined,
    work: (...parameters: Parameters) => Result,
    ...parameters: Parameters
  ): Result
  getStore(): Party | undefined
}

export class Acting {
  readonly #storage: Storage | undefined = makeStorage()
  /** What the runtime is given for the host's: what runs in a sender's context, or in nobody's, is its process's step all the same. */
  readonly contexts: AsyncContexts | undefined = hostAsyncContexts === undefined ? undefined : this.#owned(hostAsyncContexts)
  #process: Party | undefined = undefined
  /** Of that process, in nobody's context; found when it is asked for. */
  #scope: AsyncContext | undefined = undefined
  /** By process: in nobody's context, … */
  readonly #scopes = new Map<Party, AsyncContext>()
  /** … and in the context of whoever drives the schedule. */
  readonly #drivers = new Map<Party | undefined, AsyncContext>()
  /** By their frames. */
  readonly #senders = new Map<unknown, OwnedContext>()
  /** Whether a step is carried out now. */
  isInStep = false

  /** Whose code runs, where it is a process's. */
  get process(): Party | undefined {
    return this.#storage === undefined ? this.#process : this.#storage.getStore()
  }

  /** Does it as a step of that process, or of nobody. It enters a context of the runtime's itself, or runs no code of anybody's. */
  step(process: Party | undefined, work: () => void): void {
    this.#of(process)
    this.isInStep = true
    try {
      work()
    } finally {
      this.isInStep = false
    }
  }

  /** As `step`, for what enters no context itself. Called by whoever drives the schedule, in one context. */
  stepIn(process: Party | undefined, work: () => void): void {
    const scope = process === undefined ? undefined : this.#driverOf(process)
    this.step(process, scope === undefined ? work : () => scope.runInAsyncScope(work, undefined))
  }

  /** Does it in the name of the scenario outside. Called as `stepIn` is. */
  outside<Result>(work: () => Result): Result {
    this.#of(undefined)
    const scope = this.#driverOf(undefined)
    return scope === undefined ? work() : scope.runInAsyncScope(work, undefined)
  }

  /** Does it in the name of that process, or of the scenario outside. */
  as<Result>(process: Party | undefined, work: () => Result): Result {
    this.#of(process)
    return this.#storage === undefined ? work() : this.#storage.run(process, work)
  }

  /** Later it runs in the present context, as whose code this is. */
  kept(callback: () => void): () => void {
    const context = this.contexts?.capture()
    if (context === undefined) return callback
    const { process } = this
    return () => this.as(process, () => context.runInAsyncScope(callback, undefined))
  }

  #of(process: Party | undefined): void {
    if (process === this.#process) return
    this.#process = process
    this.#scope = undefined
  }

  #owned({ neutral, capture }: AsyncContexts): AsyncContexts {
    return {
      neutral: {
        runInAsyncScope: (work, self, ...parameters) => {
          this.#scope ??= this.#scopeOf(this.#process, neutral)
          return this.#scope.runInAsyncScope(work, self, ...parameters)
        },
      },
      capture: () => (hasFrames ? this.#senderIn(presentFrame(), capture) : new OwnedContext(this, capture())),
    }
  }

  #senderIn(frame: unknown, capture: () => AsyncContext): OwnedContext {
    const known = this.#senders.get(frame)
    if (known !== undefined) return known
    const sender = new OwnedContext(this, capture())
    this.#senders.set(frame, sender)
    return sender
  }

  #scopeOf(process: Party | undefined, neutral: AsyncContext): AsyncContext {
    if (process === undefined) return neutral
    const known = this.#scopes.get(process)
    if (known !== undefined) return known
    const scope = neutral.runInAsyncScope(() => this.#captured(process), undefined) ?? neutral
    this.#scopes.set(process, scope)
    return scope
  }

  #driverOf(process: Party | undefined): AsyncContext | undefined {
    const known = this.#drivers.get(process)
    if (known !== undefined) return known
    const scope = this.#captured(process)
    if (scope !== undefined) this.#drivers.set(process, scope)
    return scope
  }

  /** The present context, as that of the process. */
  #captured(process: Party | undefined): AsyncContext | undefined {
    return this.#storage?.run(process, () => hostAsyncContexts?.capture())
  }

  /** That context, as that of the process whose step it is. */
  scopeIn(context: AsyncContext, scopes: Map<Party | undefined, AsyncContext>): AsyncContext {
    const process = this.#process
    const known = scopes.get(process)
    if (known !== undefined) return known
    const scope = context.runInAsyncScope(() => this.#captured(process), undefined) ?? context
    scopes.set(process, scope)
    return scope
  }
}

/** A sender's, in which whoever has its turn runs. */
class OwnedContext implements AsyncContext {
  readonly #acting: Acting
  readonly #context: AsyncContext
  /** By whose step it is. */
  readonly #scopes = new Map<Party | undefined, AsyncContext>()

  constructor(acting: Acting, context: AsyncContext) {
    this.#acting = acting
    this.#context = context
  }

  runInAsyncScope<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    return this.#acting.scopeIn(this.#context, this.#scopes).runInAsyncScope(work, self, ...parameters)
  }
}

const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")

function makeStorage(): Storage | undefined {
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<Party | undefined>()
}
