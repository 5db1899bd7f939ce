/**
 * The operations of a server whose handlers may be Effects: what each may say by schemas, and what its handlers' types say to callers and layers.
 *
 * Invariant: a Schema of Effect that an operation says is read once; what else stands there is judged where all options are.
 */

import type * as Effect from "effect/Effect"
import { entriesOf, ownOptions } from "../kernel/options.ts"
import type { WithFailures } from "../process/failing.ts"
import type { Handler } from "../server/handler.ts"
import type { Fitting, OneWayOf, OperationOf } from "../server/operations.ts"
import type { ServerSelf } from "../server/server-self.ts"
import { refuseGenerator } from "./generator-function.ts"
import { type AnySchema, type DoorInput, type DoorOutput, doorOf, type StandardOf } from "./schema-door.ts"

/** What an operation says beside its handler. */
interface EffectOperation<State, Payload> {
  /**
   * What its argument has to be: a Schema of Effect as it is, or any Standard Schema. What is sent is decoded where it is posted, judged by the policies as it
   * is then, and so given to the handler; what does not fit is `Invalid` to who sends it, and is not posted.
   */
  readonly payload?: Payload & AnySchema
  /** The handler: as one that is written alone. */
  readonly handle: (state: State, argument: PayloadOutput<Payload>, self: ServerSelf) => unknown
}

/** A one-way operation that says by a schema what it takes. */
export interface EffectCastOperation<State, Payload> extends EffectOperation<State, Payload> {
  /** Nobody gets a reply. */
  readonly success?: never
  /** Nor an error. */
  readonly error?: never
}

/** An operation that says by schemas what it takes and gives. */
export interface EffectCallOperation<State, Payload> extends EffectOperation<State, Payload> {
  /** What its reply has to be; its caller gets what the schema makes of it. A reply that does not fit crashes the server. */
  readonly success?: AnySchema
  /** What its Effect may fail with; its caller fails with what the schema makes of it. What does not fit crashes the server. */
  readonly error?: AnySchema
}

/** Calls by name: handlers, or operations. */
export type EffectCallTerms<State, Payloads> = {
  readonly [Name in keyof Payloads]: Handler<State> | EffectCallOperation<State, Payloads[Name]>
}

/** Casts likewise. */
export type EffectCastTerms<State, Payloads> = {
  readonly [Name in keyof Payloads]: Handler<State> | EffectCastOperation<State, Payloads[Name]>
}

/** Without a schema it is its handler's to say. */
type PayloadOutput<Payload> = unknown extends Payload ? never : DoorOutput<Payload>

// -- of the results of handlers ------------------------------------------------------------------------------------

/** What an Effect that a handler returns needs; `never` for what is none. */
export type NeedsOfResult<Result> = Result extends Effect.Effect<unknown, unknown, infer Needs> ? Needs : never
type ErrorsOfResult<Result> = Result extends Effect.Effect<unknown, infer Errors, unknown> ? Errors : never
type ValueOf<Result> = Result extends Effect.Effect<infer Value, unknown, unknown> ? Value : Result

type ResultOf<H> = H extends (...parameters: never) => infer Result
  ? Result
  : H extends { readonly handle: (...parameters: never) => infer Result }
    ? Result
    : never

/** What the handlers need. */
export type NeedsOfHandlers<H> = { [Name in keyof H]: NeedsOfResult<ResultOf<H[Name]>> }[keyof H]

/** What a call fails with by its own doing. */
type FailuresOf<H> = H extends { readonly error: infer Declared } ? DoorOutput<Declared> : ErrorsOfResult<ResultOf<H>>

/** The typed failures of each call. */
export type ErrorsOf<Calls> = { [Name in keyof Calls]: FailuresOf<Calls[Name]> }

// -- as plain operations -------------------------------------------------------------------------------------------

/** The handler as a plain one, which gives what its Effect comes to; of an operation its schemas in their standard form. */
type Plain<H> = H extends (...parameters: infer Parameters) => infer Result
  ? (...parameters: Parameters) => ValueOf<Result>
  : {
      readonly [Part in keyof H]: H[Part] extends (...parameters: infer P) => infer Result
        ? (...parameters: P) => ValueOf<Result>
        : StandardOf<H[Part]>
    }

/** The calls as their callers have them. */
export type CallsOf<Calls> = { [Name in keyof Calls]: OperationOf<Plain<Calls[Name]>> & WithFailures<FailuresOf<Calls[Name]>> }

/** The casts likewise. */
export type CastsOf<Casts> = { [Name in keyof Casts]: OneWayOf<Plain<Casts[Name]>> }

/** Nothing is asked of calls that give and fail with what they have declared; of others a handler that would. */
export type EffectFitting<Calls> = Fitting<{ readonly [Name in keyof Calls]: Plain<Calls[Name]> }> & {
  readonly [Name in keyof Calls]: FailsAsDeclared<Calls[Name]>
}

type FailsAsDeclared<Call> = Call extends { readonly error: infer Declared }
  ? ErrorsOfResult<ResultOf<Call>> extends DoorInput<Declared>
    ? unknown
    : { readonly handle: (...parameters: never[]) => Effect.Effect<unknown, DoorInput<Declared>, unknown> }
  : unknown

// -- how they are read ---------------------------------------------------------------------------------------------

const SCHEMAS = ["payload", "success", "error"] as const

/** The options with the Schemas of Effect in their operations in standard form, and no callback that is a generator's. What is no object is handed on to whoever refuses it. Throws `Invalid`. */
export function withStandardSchemas(options: object): object {
  const read = ownOptions(options)
  if (read === undefined) return options
  for (const [name, callback] of Object.entries(read)) refuseGenerator(name, callback)
  for (const kind of ["call", "cast"] as const) if (read[kind] !== undefined) read[kind] = standardized(read[kind], kind)
  return read
}

function standardized(operations: unknown, kind: string): object {
  return Object.fromEntries(entriesOf(operations, kind).map(([name, operation]) => [name, standardOperation(operation, `${kind}.${name}`)]))
}

function standardOperation(operation: unknown, path: string): unknown {
  refuseGenerator(path, operation)
  const read = ownOptions(operation, `${path}.`)
  if (read === undefined) return operation
  refuseGenerator(`${path}.handle`, read.handle)
  for (const name of SCHEMAS) if (read[name] !== undefined) read[name] = doorOf(read[name], `${path}.${name}`)
  return read
}
