/**
 * How a process runs what its code has returned, where that is an Effect: polled first, so that one which does not wait costs no hop, answers where
 * it stands, and is served where it is asked.
 *
 * One that waits is waited for as a promise. It is interrupted when its process is told to stop or ends, and when nobody waits for its answer any
 * more; an Effect user expects that of whoever is gone. Where that is all that happened, nothing has crashed.
 */

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { PigeonholeError } from "../kernel/errors.ts"
import { Failure, shownOutcome } from "../process/outcome.ts"
import type { EffectHome, Run } from "./effect-home.ts"
import { failureIn, thrownBy } from "./exit-of-cause.ts"
import { answered } from "./typed-answers.ts"

/** An Effect that a process runs; what it needs is in the process's home, as the types of its definition say. */
export type AnyEffect = Effect.Effect<unknown, unknown, never>

/** What becomes of a typed failure: the answer of who may have been asked, or a crash. */
export type FailureRule = "answer" | "throw"

/** Total: what resists the look is none. Written out: each result of a handler comes here. */
export function isEffect(value: unknown): value is AnyEffect {
  if (typeof value !== "object" || value === null) return false
  try {
    return Effect.isEffect(value)
  } catch {
    return false
  }
}

/**
 * Runs it: gives what it comes to, or a promise of that. Throws, or rejects, where that is a crash.
 * `interrupter`: gives, where it waits, the signal on which it is interrupted; of what is asked, so that a message costs no closure.
 */
export function outcomeOf<Asked>(
  effect: AnyEffect,
  home: EffectHome,
  run: Run,
  rule: FailureRule,
  interrupter: (asked: Asked) => AbortSignal,
  asked: Asked,
): unknown {
  const fiber = Exit.isExit(effect) ? undefined : run(effect)
  const exit = fiber === undefined ? (effect as Exit.Exit<unknown, unknown>) : fiber.pollUnsafe()
  if (exit === undefined) return waiting(fiber as Fiber<unknown, unknown>, home, rule, interrupter(asked))
  return exit._tag === "Success" ? exit.value : failed(exit, home, rule, undefined)
}

function waiting(fiber: Fiber<unknown, unknown>, home: EffectHome, rule: FailureRule, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const interrupt = (): void => fiber.interruptUnsafe()
    signal.addEventListener("abort", interrupt, { once: true })
    fiber.addObserver((exit) => {
      signal.removeEventListener("abort", interrupt)
      try {
        resolve(exit._tag === "Success" ? exit.value : failed(exit, home, rule, signal))
      } catch (error) {
        reject(error)
      }
    })
    if (signal.aborted) interrupt()
  })
}

/** The answer that is an error; throws what is none. */
function failed({ cause }: Exit.Failure<unknown, unknown>, home: EffectHome, rule: FailureRule, signal: AbortSignal | undefined): Failure {
  const failure = rule === "answer" ? failureIn(cause) : undefined
  if (failure !== undefined && shownOutcome(failure.error) === undefined) return answer(failure.error)
  const isInterrupted = cause.reasons.every(({ _tag }) => _tag === "Interrupt")
  // It has only heard what it was told.
  throw isInterrupted && signal?.aborted === true ? signal.reason : thrownBy(cause, home.label)
}

/** As it is, whatever its class: an Effect's errors are typed by who declares them, and the caller gets the very one. */
function answer(error: unknown): Failure {
  const own = answered(error) as PigeonholeError
  return new Failure(own, own)
}
