/**
 * Whose step it is, and whose code runs: kept over what it awaits, and in whatever async context it is run in.
 *
 * What is done for a process again and again, its turns and the answers that reach it, is done in one scope that is made once: to enter a storage costs
 * twenty times what it costs to enter a scope. Contexts in which each storage of the program's has the same value are taken for one: whoever has sent, drives, or
 * is nobody. Most programs have none, and then all are nobody's.
 */

import type { AsyncContext, AsyncContexts } from "../../kernel/async-context.ts"
import type { Party } from "../../kernel/envelope.ts"
import { hostAsyncContexts } from "../../kernel/host-contexts.ts"
import { Process } from "../../kernel/process.ts"
import { hasFrames, presentFrame, valuesIn } from "./context-frame.ts"

/** Whose code runs, in which scene: one that has outlived its schedule is nobody's in the next. */
class Acted {
  readonly in: Acting
  readonly by: Party | undefined

  constructor(acting: Acting, by: Party | undefined) {
    this.in = acting
    this.by = by
  }
}

/** `undefined` where the host has none. One for all scenes: each costs as much as some steps. */
const storage = makeStorage()

export class Acting {
  /** By their frames; where those cannot be told, each is another. */
  readonly #known = new Map<unknown, OwnedContext>()
  /** What the runtime is given for the host's: what runs in a sender's context, or in nobody's, is its process's step all the same. */
  readonly contexts: AsyncContexts | undefined = hostAsyncContexts === undefined ? undefined : this.#owned(hostAsyncContexts)
  /** That of whoever drives the schedule; known when it is asked for. */
  #driver: OwnedContext | undefined = undefined
  #process: Party | undefined = undefined
  /** Of that process, in nobody's context; found when it is asked for. */
  #scope: AsyncContext | undefined = undefined
  /** Whether a step is carried out now. */
  isInStep = false

  /** Whose code runs, where it is a process's. */
  get process(): Party | undefined {
    if (storage === undefined) return this.#process
    const acted = storage.getStore()
    return acted?.in === this ? acted.by : undefined
  }

  /** Does it as a step of that process, or of nobody. It enters a context of the runtime's itself, or runs no code of anybody's. */
  step(process: Party | undefined, work: () => void): void {
    this.begin(process)
    try {
      work()
    } finally {
      this.isInStep = false
    }
  }

  /** As `step`, for who says itself when it is over: by `isInStep`. */
  begin(process: Party | undefined): void {
    this.#of(process)
    this.isInStep = true
  }

  /** As `step`, for what enters no context itself. Called by whoever drives the schedule, in one context. */
  stepIn(process: Party | undefined, work: () => void): void {
    const driver = process === undefined ? undefined : this.#driven
    this.step(process, driver === undefined ? work : () => driver.runInAsyncScope(work, undefined))
  }

  /** Does it in the name of the scenario outside. Called as `stepIn` is. */
  outside<Result>(work: () => Result): Result {
    this.#of(undefined)
    const driver = this.#driven
    return driver === undefined ? work() : driver.runInAsyncScope(work, undefined)
  }

  /** Later it runs in the present context, as whose code this is. */
  kept(callback: () => void): () => void {
    const context = this.contexts?.capture()
    if (context === undefined) return callback
    const { process } = this
    return () => {
      this.#of(process)
      context.runInAsyncScope(callback, undefined)
    }
  }

  #of(process: Party | undefined): void {
    if (process === this.#process) return
    this.#process = process
    this.#scope = undefined
  }

  get #driven(): OwnedContext | undefined {
    if (hostAsyncContexts !== undefined) this.#driver ??= this.#present(hostAsyncContexts.capture)
    return this.#driver
  }

  #owned({ neutral, capture }: AsyncContexts): AsyncContexts {
    const nobody = new OwnedContext(this, neutral, undefined)
    this.#known.set(undefined, nobody)
    const inNobodys: AsyncContext["runInAsyncScope"] = (work, self, ...parameters) => {
      this.#scope ??= nobody.scopeOf(this.#process)
      return this.#scope.runInAsyncScope(work, self, ...parameters)
    }
    return { neutral: { runInAsyncScope: inNobodys }, capture: () => this.#present(capture) }
  }

  #present(capture: () => AsyncContext): OwnedContext {
    if (!hasFrames) return new OwnedContext(this, capture(), UNKNOWN)
    const frame = presentFrame()
    const known = this.#known.get(frame)
    if (known !== undefined) return known
    const nobody = isNobodys(frame) ? this.#known.get(undefined) : undefined
    const sender = nobody ?? new OwnedContext(this, capture(), frame)
    this.#known.set(frame, sender)
    return sender
  }

  /** Whose step it is. */
  get present(): Party | undefined {
    return this.#process
  }

  /** That context, as that of the process; where it is nobody's already, itself. */
  captured(context: AsyncContext, process: Party | undefined): AsyncContext {
    if (storage === undefined || hostAsyncContexts === undefined) return context
    const { capture } = hostAsyncContexts
    return context.runInAsyncScope(() => {
      if (process === undefined && storage?.getStore()?.in !== this) return context
      storage?.enterWith(new Acted(this, process))
      return capture()
    }, undefined)
  }
}

/** Nobody's but for what the runtime and its simulation keep of whose code runs, which is said anew for whoever runs there. */
function isNobodys(frame: unknown): boolean {
  const values = valuesIn(frame)
  if (values === undefined) return false
  for (const value of values) if (!(value instanceof Acted || value instanceof Process)) return false
  return true
}

/** In which frame nobody can tell. */
const UNKNOWN = Symbol("unknown")

/** A sender's, in which whoever has its turn runs. */
class OwnedContext implements AsyncContext {
  readonly #acting: Acting
  readonly #context: AsyncContext
  /** By whose step it is. */
  readonly #scopes = new Map<Party | undefined, AsyncContext>()

  constructor(acting: Acting, context: AsyncContext, frame: unknown) {
    this.#acting = acting
    this.#context = context
    // No storage has a value there: it is nobody's already.
    if (frame === undefined) this.#scopes.set(undefined, context)
  }

  runInAsyncScope<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    return this.scopeOf(this.#acting.present).runInAsyncScope(work, self, ...parameters)
  }

  scopeOf(process: Party | undefined): AsyncContext {
    const known = this.#scopes.get(process)
    if (known !== undefined) return known
    const scope = this.#acting.captured(this.#context, process)
    this.#scopes.set(process, scope)
    return scope
  }
}

function makeStorage() {
  const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<Acted>()
}
