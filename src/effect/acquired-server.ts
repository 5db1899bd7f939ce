/** A server's mailbox that a scope holds: its calls and casts as Effects. */

import * as Effect from "effect/Effect"
import type { AskOptions } from "../kernel/ask-options.ts"
import { isA } from "../kernel/instance.ts"
import type { FailureOf } from "../process/failing.ts"
import type { Operations } from "../server/operations.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { OperationsMailbox } from "../service/server-mailbox.ts"
import { Acquired, askOptionsOf, type WaitOptions } from "./acquired.ts"
import { asking } from "./asking.ts"
import type { RuntimeError } from "./runtime-error.ts"

type EffectCall<Call> = Call extends (...parameters: infer Parameters) => Promise<infer Reply>
  ? (...parameters: EffectParameters<Parameters>) => Effect.Effect<Reply, RuntimeError | FailureOf<Call>>
  : never

/** The last one says how long to wait. */
type EffectParameters<Parameters> = Parameters extends [...infer Argument, options?: AskOptions | undefined]
  ? [...Argument, options?: WaitOptions | undefined]
  : never

type EffectCast<Cast> = Cast extends (...parameters: infer Parameters) => boolean
  ? (...parameters: Parameters) => Effect.Effect<boolean>
  : never

/** The calls of a server: each takes its argument and how long to wait, and is an Effect of the reply. */
export type EffectCalls<Calls> = { readonly [Name in keyof Calls]: EffectCall<Calls[Name]> }

/** The casts likewise. `true`: posted; `false`: refused, and reported as a dead letter. */
export type EffectCasts<Casts> = { readonly [Name in keyof Casts]: EffectCast<Casts[Name]> }

/** A mailbox by the calls and casts of a server, as plain TypeScript has it. */
type OperationsOf = Mailbox & Operations<object, object>

/** The mailbox of a server, or of a pool, that a scope holds. */
export class AcquiredServer<out M extends OperationsOf> extends Acquired<M> {
  /** Its calls by name. */
  readonly call: EffectCalls<M["call"]>
  /** Its casts by name. */
  readonly cast: EffectCasts<M["cast"]>

  constructor(mailbox: M) {
    super(mailbox)
    this.call = bound(mailbox.call, callOf) as EffectCalls<M["call"]>
    this.cast = bound(mailbox.cast, castOf) as EffectCasts<M["cast"]>
  }
}

/** Whether it has calls and casts by name. */
export function isOperations(mailbox: Mailbox): mailbox is OperationsOf {
  return isA(mailbox, OperationsMailbox)
}

type AnyCall = (argument: unknown, options?: AskOptions) => Promise<unknown>
type AnyCast = (argument: unknown) => boolean

function bound<Method>(methods: object, bind: (method: never) => Method): Readonly<Record<string, Method>> {
  return Object.freeze(Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, bind(method as never)])))
}

function callOf(call: AnyCall): (argument: unknown, options?: WaitOptions) => Effect.Effect<unknown, RuntimeError> {
  return (argument, options) => asking(() => call(argument, askOptionsOf(options)))
}

function castOf(cast: AnyCast): (argument: unknown) => Effect.Effect<boolean> {
  return (argument) => Effect.sync(() => cast(argument))
}
