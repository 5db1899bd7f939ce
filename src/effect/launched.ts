/**
 * An application with the life of a scope: started in it, stopped in order when it closes; where the application ends by itself, the fiber that has built it ends
 * with its reason, and so does all that runs in its scope.
 *
 * Invariants
 * - A start that fails, or is given up, leaves nothing running.
 * - What ends the application before its scope is told once: to who waits for `ended`, and to the fiber that built it, which is interrupted; its scope then closes with
 *   an `Unavailable` that carries the exit reason.
 */

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Runtime } from "../app/runtime.ts"
import { Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import { exitOfError } from "./asking.ts"
import type { RuntimeError, StartError } from "./runtime-error.ts"

/** A running application, and its end. */
export interface Launched {
  readonly runtime: Runtime<object>
  /** Waits for the end of the application, and fails with it. */
  readonly ended: Effect.Effect<never, Unavailable>
}

/** Stops it, and resolves when it has stopped. */
export type Stop = (runtime: Runtime<object>) => Promise<void>

/** Starts an application for the scope that stands in the context. */
export function launched(start: () => Promise<Runtime<object>>, stop: Stop): Effect.Effect<Launched, StartError, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) =>
      Effect.flatMap(restore(starting(start, stop)), (runtime) => {
        const watch = new EndWatch(runtime, fiber)
        return Effect.as(
          Effect.addFinalizer(() => stopping(runtime, stop, watch)),
          { runtime, ended: watch.ended },
        )
      }),
    ),
  )
}

/** Given up while it starts, it is stopped once it has started, and waited for. */
function starting(start: () => Promise<Runtime<object>>, stop: Stop): Effect.Effect<Runtime<object>, StartError> {
  return Effect.callback<Runtime<object>, RuntimeError>((resume) => {
    const started = start()
    started.then(
      (runtime) => resume(Exit.succeed(runtime)),
      (error) => resume(exitOfError(error)),
    )
    return Effect.promise(() => started.then((runtime) => stop(runtime), ignore))
  })
}

function stopping(runtime: Runtime<object>, stop: Stop, watch: EndWatch): Effect.Effect<void> {
  return Effect.flatMap(
    Effect.promise(() => {
      watch.close()
      return stop(runtime)
    }),
    () => watch.failure,
  )
}

const ignore = (): void => {}

/** Hears of the end that nobody has asked the scope for. */
class EndWatch {
  #error: Unavailable | undefined = undefined
  #isClosing = false
  readonly #waiting = new Set<(exit: Exit.Exit<never, Unavailable>) => void>()
  readonly #builder: Fiber<unknown, unknown>

  constructor(runtime: Runtime<object>, builder: Fiber<unknown, unknown>) {
    this.#builder = builder
    runtime.onEnded((reason) => this.#ended(reason))
  }

  readonly ended: Effect.Effect<never, Unavailable> = Effect.callback((resume) => {
    if (this.#error !== undefined) return resume(Exit.fail(this.#error))
    this.#waiting.add(resume)
    return Effect.sync(() => void this.#waiting.delete(resume))
  })

  /** The scope closes: what ends now was asked for. */
  close(): void {
    this.#isClosing = this.#error === undefined
  }

  /** What the scope ends with. A finalizer cannot fail by its type; the errors of the layer say that this is one of them. */
  get failure(): Effect.Effect<void> {
    return this.#isClosing ? Effect.void : (Effect.fail(this.#error) as Effect.Effect<never>)
  }

  #ended(reason: ExitReason): void {
    const error = new Unavailable(`the application has ended: ${formatExitReason(reason)}`, {
      retryable: false,
      details: { reason },
      cause: causeOf(reason),
    })
    this.#error = error
    for (const resume of this.#waiting) resume(Exit.fail(error))
    this.#waiting.clear()
    if (!this.#isClosing) this.#builder.interruptUnsafe()
  }
}

function causeOf(reason: ExitReason): unknown {
  return typeof reason === "object" && "error" in reason ? reason.error : undefined
}
