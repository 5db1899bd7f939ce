/** The callbacks of a server that may be Effects: wrapped once, so that what the server calls gives what a plain one would. */

import type { PigeonholeError } from "../kernel/errors.ts"
import type { Handler, Handlers } from "../server/handler.ts"
import { inPlaceOf } from "../server/operation-terms.ts"
import type { ServerOptions } from "../server/server-options.ts"
import type { ServerSelf } from "../server/server-self.ts"
import { homeOf } from "./effect-home.ts"
import { type AnyEffect, type FailureRule, isEffect, outcomeOf } from "./handler-run.ts"
import { answered } from "./typed-answers.ts"

type Options = ServerOptions<unknown, unknown, Handlers<unknown>, Handlers<unknown>>

/** As it was read, with each callback whose Effects are run. */
export function runningEffects(options: Options): Options {
  const wrapped: Partial<Record<keyof Options, unknown>> = { ...options }
  for (const [name, place] of Object.entries(PLACES) as [keyof Options, Place][]) {
    const callback = options[name]
    if (typeof callback === "function") wrapped[name] = wrappedCallback(callback as Callback, place)
  }
  if (options.call !== undefined) wrapped.call = wrappedHandlers(options.call, "answer")
  if (options.cast !== undefined) wrapped.cast = wrappedHandlers(options.cast, "throw")
  return wrapped as Options
}

// -- calls and casts -----------------------------------------------------------------------------------------------

function wrappedHandlers(handlers: Handlers<unknown>, rule: FailureRule): Handlers<unknown> {
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, wrappedHandler(handler, rule)]))
}

/** The data plane: one look at the result, and a run that ends where it began. */
function wrappedHandler(handler: Handler<unknown>, rule: FailureRule): Handler<unknown> {
  const running: Handler<unknown> = (state, argument, self) => {
    const given = handler(state, argument, self)
    return isEffect(given) ? answerOf(given, self, rule) : given
  }
  return inPlaceOf(handler, running, asDeclared)
}

/** What an operation declares to fail with is what its caller gets, whatever its class. */
function asDeclared(declared: unknown): PigeonholeError {
  return answered(declared) as PigeonholeError
}

function answerOf(effect: AnyEffect, self: ServerSelf, rule: FailureRule): unknown {
  const home = homeOf(self)
  return outcomeOf(effect, home, home.run, rule, requestSignalOf, self)
}

function requestSignalOf(self: ServerSelf): AbortSignal {
  return self.requestSignal
}

// -- the other callbacks -------------------------------------------------------------------------------------------

/** Where a callback has its `self`, and what becomes of its Effect. */
interface Place {
  readonly self: 1 | 2
  readonly rule: FailureRule
  /** `end`: it clears up, and is not interrupted by the end that it is a part of. */
  readonly of: "message" | "process" | "end"
}

const START: Place = { self: 1, rule: "throw", of: "process" }

const PLACES: Partial<Record<keyof Options, Place>> = {
  init: START,
  inherit: START,
  restore: START,
  info: { self: 2, rule: "answer", of: "message" },
  continue: { self: 2, rule: "throw", of: "process" },
  idle: { self: 1, rule: "throw", of: "process" },
  detached: { self: 2, rule: "throw", of: "end" },
  terminate: { self: 2, rule: "throw", of: "end" },
}

type Callback = (...parameters: readonly unknown[]) => unknown

function wrappedCallback(callback: Callback, { self: index, rule, of }: Place): Callback {
  return (...parameters) => {
    const given = callback(...parameters)
    if (!isEffect(given)) return given
    const self = parameters[index] as ServerSelf
    const home = homeOf(self)
    const run = of === "message" ? home.run : home.ownRun
    return outcomeOf(given, home, run, rule, INTERRUPTERS[of], self)
  }
}

const INTERRUPTERS: Readonly<Record<Place["of"], (self: ServerSelf) => AbortSignal>> = {
  message: requestSignalOf,
  process: (self) => self.signal,
  end: (self) => homeOf(self).ended,
}
