/**
 * Async contexts, what `AsyncLocalStorage` reads: the port to them, and the rule by which the runtime chooses one for what it runs.
 *
 * By default a message is handled in the context of whoever posted it, and what concerns a process alone (its start, its ticks, its
 * end) in that of whoever started it; a child of a supervisor has nobody's. Served at once or in its turn makes no difference.
 *
 * Invariants
 * - What the runtime does for several at a time (a drain, the timers that are due, the end of a process) is done in the neutral
 *   context: whoever set it off is no more concerned by it than the others.
 * - Each call of a handler is a scope of its own: a context that it enters and does not leave ends with it.
 *
 * Not here: what a host has of them (`host-contexts.ts`).
 */

/** A context that was taken hold of. Node's `AsyncResource` is one. */
export interface AsyncContext {
  /** Calls `callback` in this context, and gives what it gives. */
  runInAsyncScope<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result
}

/** The port to the host's async contexts. */
export interface AsyncContexts {
  /** Of nobody: in it no storage has a value. */
  readonly neutral: AsyncContext
  /** Takes hold of the present one. Called once a message, so it should be cheap. */
  capture(): AsyncContext
}

/** `sender`: a message is handled in its sender's context, and a process lives in its starter's. `runtime`: all run in the neutral one. */
export type AsyncContextRule = "sender" | "runtime"

/** `any`: its handlers look at no async context, so none is taken hold of for them. */
export type ProcessContextRule = AsyncContextRule | "any"

export const ASYNC_CONTEXT_RULES: readonly AsyncContextRule[] = ["sender", "runtime"]

/** Runs `work` in that context; where it is, if there is none. */
export function runIn<This, Parameters extends unknown[], Result>(
  context: AsyncContext | undefined,
  work: (this: This, ...parameters: Parameters) => Result,
  self: This,
  ...parameters: Parameters
): Result {
  return context === undefined ? Reflect.apply(work, self, parameters) : context.runInAsyncScope(work, self, ...parameters)
}
