/** What a server is made of: its callbacks, with calls and casts by name, and the rules by which it runs them. */

import { ASYNC_CONTEXT_RULES, type ProcessContextRule } from "../kernel/async-context.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { passes } from "../kernel/instance.ts"
import { callback, oneOf, optional, timeLimit, wholeNumber } from "../kernel/option-fields.ts"
import { entriesOf, type Field, readOptions } from "../kernel/options.ts"
import type { SchemaOutput, StandardSchema } from "../kernel/standard-schema.ts"
import type { Measurements } from "../process/measurements.ts"
import { stashCapacity } from "../process/stash.ts"
import type { Handler, Handlers } from "./handler.ts"
import { handlerFrom } from "./operation-terms.ts"
import type { ServerSelf } from "./server-self.ts"

/** What an operation says beside its handler. */
interface Operation<State, Payload> {
  /**
   * What its argument has to be: any Standard Schema. What is sent is decoded where it is posted, judged by the policies as it is then, and so given to the
   * handler; what does not fit is `Invalid` to who sends it, and is not posted.
   */
  readonly payload?: Payload & StandardSchema<unknown, unknown>
  /** The handler: as one that is written alone. */
  readonly handle: (state: State, argument: PayloadOutput<Payload>, self: ServerSelf) => unknown
}

/** A one-way operation that says by a schema what it takes. */
export interface CastOperation<State, Payload> extends Operation<State, Payload> {
  /** Nobody gets a reply. */
  readonly success?: never
  /** Nor an error. */
  readonly error?: never
}

/** An operation that says by schemas what it takes and gives. */
export interface CallOperation<State, Payload> extends Operation<State, Payload> {
  /** What its reply has to be; its caller gets what the schema makes of it. A reply that does not fit crashes the server. */
  readonly success?: StandardSchema<unknown, unknown>
  /** What `failure` and `Deferred.fail` may be given; what does not fit crashes the server. What is no error of the runtime's is the `cause` of an `Unknown`. */
  readonly error?: StandardSchema<unknown, unknown>
}

/** Without a schema it is its handler's to say. */
type PayloadOutput<Payload> = unknown extends Payload ? never : SchemaOutput<Payload>

/** What a server does: OTP's callbacks, with calls and casts by name. */
export interface ServerOptions<State, Argument, Calls, Casts, CallPayloads = {}, CastPayloads = {}> {
  /** Makes the state of a new incarnation. A throw fails the start. */
  readonly init: (argument: Argument, self: ServerSelf) => State | PromiseLike<State>
  /** Requests by name; what the handler returns is the reply. Each is a handler, or says beside it by schemas what it takes and gives. */
  readonly call?: Calls & {
    readonly [Name in keyof CallPayloads]: Handler<NoInfer<State>> | CallOperation<NoInfer<State>, CallPayloads[Name]>
  }
  /** One-way messages by name, likewise. */
  readonly cast?: Casts & {
    readonly [Name in keyof CastPayloads]: Handler<NoInfer<State>> | CastOperation<NoInfer<State>, CastPayloads[Name]>
  }
  /**
   * What comes without a name; `sending` says how: by `ask`, by `tell`, or as a signal of the runtime's (`DOWN`, `EXIT`, timers and their
   * like). What it returns answers an `ask`; a `failure` or a `Deferred` for what nobody asked is reported as a dead letter. Without this
   * handler an `ask` is refused with Invalid, and all else reported.
   */
  readonly info?: (state: State, message: unknown, self: ServerSelf, sending: "ask" | "tell" | "signal") => unknown
  /** Runs right after the callback that called `self.continue(argument)`, before any message. Declare its argument as what you send. */
  continue?(state: State, argument: unknown, self: ServerSelf): unknown
  /** No message came for `idleTimeoutMs`, and nobody waits for an answer of the server's. Without this handler it stops then, `normal`. */
  readonly idle?: (state: State, self: ServerSelf) => unknown
  /** Clears up at any end but `kill`. */
  readonly terminate?: (state: State, reason: ExitReason, self: ServerSelf) => void | PromiseLike<void>
  /** Called in place of `init` with the state that a crashed incarnation left, where the child says `state: "retain"`. */
  readonly inherit?: (state: State, self: ServerSelf) => State | PromiseLike<State>
  /**
   * Called in place of `init`, with its argument, where the child says `state: "restore"`, or `retain` and no state was left: makes the state of what
   * earlier incarnations have kept somewhere (a file, a database). A throw fails the start, which is tried again. After a `reset` it is `init` that is called.
   */
  readonly restore?: (argument: Argument, self: ServerSelf) => State | PromiseLike<State>
  /**
   * A caller has given its mailbox back, or died; `attachment` is the number its calls came with. Told to the incarnation that ran at the time,
   * before its `terminate`; to a later one where that was given messages of the caller, or the state of an earlier one.
   */
  readonly detached?: (state: State, attachment: number, self: ServerSelf) => void
  /**
   * What a crash report may show of the state and of the message that was handled (`undefined` where none was). Default: inspectors see the state
   * itself, of what `service` makes nothing; the log prints the sort of both. What it returns, the log prints too.
   */
  readonly formatStatus?: (state: State, lastMessage: unknown) => unknown
  /**
   * What it says of itself in numbers: `measured` events of the inspection stream, at the interval of each inspector that wants them
   * (`runtime.inspect(inspector, { measureEveryMs })`). At most 64, finite; one that is `undefined` is left out. Called between two messages, and it
   * must not wait. One that fails is logged, and ends nobody.
   */
  readonly measure?: (state: State, self: ServerSelf) => Measurements
  /** Milliseconds that an asynchronous `init` (`inherit`, `restore`) may take; the start fails with `Timeout` then. Default: no limit. */
  readonly initTimeoutMs?: number
  /**
   * Milliseconds without a message until `idle` is called, again and again. A server that owes an answer (deferred, put aside, or of a
   * handler that runs) is not idle until it was given, or its time has run out. `self.idleTimeout` changes it. Default: never.
   */
  readonly idleTimeoutMs?: number
  /**
   * Asynchronous handlers that may wait at a time; from 1. Above 1, messages are taken in order while others wait, and their
   * synchronous parts never overlap. For handlers that only wait. Default 1.
   */
  readonly concurrency?: number
  /** Messages that `self.stash()` may put aside; from 1. Default 1024. */
  readonly stashCapacity?: number
  /**
   * In whose async context its callbacks run, where that is not the runtime's rule (see `RuntimeOptions.asyncContext`). `any`: they look
   * at none, and nothing is taken hold of for them: a message costs as little as can be. Default: the runtime's rule.
   */
  readonly asyncContext?: ProcessContextRule
}

/** What was given, read once; throws `Invalid` that names the field. Its type keeps none of the state: whoever holds a definition may spawn and call. */
export function readServerOptions<Argument>(options: object): ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>> {
  const read: object = readOptions(options, OPTIONS)
  return read as ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>
}

const handlers =
  (kind: "call" | "cast"): Field<Handlers<unknown>> =>
  (value, path) =>
    Object.freeze(Object.fromEntries(entriesOf(value, path).map(([name, part]) => [name, operation(part, `${path}.${name}`, kind)])))

function operation(value: unknown, path: string, kind: "call" | "cast"): Handler<unknown> {
  if (passes(value, (part) => typeof part === "object" && part !== null && "handle" in part)) return handlerFrom(value, path, kind)
  return callback<Handler<unknown>>("a function, or an object with a handle")(value, path)
}

const OPTIONS = {
  init: callback("a function that makes the state"),
  call: optional(handlers("call")),
  cast: optional(handlers("cast")),
  info: optional(callback()),
  continue: optional(callback()),
  idle: optional(callback()),
  terminate: optional(callback()),
  inherit: optional(callback()),
  restore: optional(callback()),
  detached: optional(callback()),
  formatStatus: optional(callback()),
  measure: optional(callback()),
  initTimeoutMs: optional(timeLimit),
  idleTimeoutMs: optional(timeLimit),
  concurrency: optional(wholeNumber(1)),
  stashCapacity,
  asyncContext: optional(oneOf<ProcessContextRule>("any", ...ASYNC_CONTEXT_RULES)),
}
