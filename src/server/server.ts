/**
 * A process that answers calls and casts by name: the definition, and the address that carries the names as methods.
 *
 * Source  OTP, gen_server(3): init, handle_call, handle_cast, handle_info, terminate.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import { ASYNC_CONTEXT_RULES, type ProcessContextRule } from "../kernel/async-context.ts"
import type { Route } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { callback, oneOf, optional, timeLimit, wholeNumber } from "../kernel/option-fields.ts"
import { entriesOf, type Field, readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import { stashCapacity } from "../process/stash.ts"
import { BoundPid } from "./bound-pid.ts"
import type { CallsOf, CastsOf, OneWayOf, OperationOf, Operations } from "./operations.ts"
import { ServerProcess } from "./server-process.ts"
import type { ServerSelf } from "./server-self.ts"

/** A handler gets the state (to change in place), what the caller sent, and itself. */
export type Handler<State> = (state: State, argument: never, self: ServerSelf) => unknown

/** Handlers by the name that callers use. */
export type Handlers<State> = Readonly<Record<string, Handler<State>>>

/** What a server does: OTP's callbacks, with calls and casts by name. */
export interface ServerOptions<State, Argument, Calls, Casts> {
  /** Makes the state of a new incarnation. A throw fails the start. */
  readonly init: (argument: Argument, self: ServerSelf) => State | PromiseLike<State>
  /** Requests by name; what the handler returns is the reply. */
  readonly call?: Calls & Handlers<NoInfer<State>>
  /** One-way messages by name. */
  readonly cast?: Casts & Handlers<NoInfer<State>>
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
   * A caller has given its mailbox back, or died; `attachment` is the number its calls came with. Told to the incarnation that ran at the time,
   * before its `terminate`; to a later one where that was given messages of the caller, or the state of an earlier one.
   */
  readonly detached?: (state: State, attachment: number, self: ServerSelf) => void
  /**
   * What a crash report may show of the state and of the message that was handled (`undefined` where none was). Default: inspectors see the state
   * itself, of what `service` makes nothing; the log prints the sort of both. What it returns, the log prints too.
   */
  readonly formatStatus?: (state: State, lastMessage: unknown) => unknown
  /** Milliseconds that an asynchronous `init` may take; the start fails with `Timeout` then. Default: no limit. */
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

/**
 * The address of a server: its names as methods. `Calls` and `Casts` are its operations: of each name what it takes and what it gives.
 *
 * @example
 * const counter = server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } })
 * const pid: ServerPid<{ add: (by: number) => number }, {}> = runtime.spawn(counter)
 * await pid.call.add(1) // => 42
 */
export interface ServerPid<Calls, Casts> extends Pid, Operations<Calls, Casts> {}

/** A name of a server, resolved once. */
export class ServerRoute implements Route {
  /** The name in `call` or `cast`. */
  readonly name: string
  /** Whether it is answered. */
  readonly kind: "call" | "cast"
  /** Position among the server's routes, calls first. */
  readonly index: number
  /** What the server does then. */
  readonly handler: Handler<unknown>
  /** Whether it was called before, and the host has its code at hand. */
  isWarm?: boolean = false
  /** Whose it is: another definition may mean something else by the name. */
  readonly definition?: object

  constructor(name: string, kind: "call" | "cast", index: number, handler: Handler<unknown>, definition: object) {
    this.name = name
    this.kind = kind
    this.index = index
    this.handler = handler
    this.definition = definition
  }
}

export type CallPoster = (route: ServerRoute, argument: unknown, options?: AskOptions) => Promise<unknown>
export type CastPoster = (route: ServerRoute, argument: unknown) => boolean

/** What `server` makes: to spawn, to put under a supervisor, or to build a service on. Its state is its handlers' alone. */
export class ServerDefinition<Argument, Calls, Casts> extends Definition<Argument, ServerPid<Calls, Casts>> {
  /** What `server` was given, read once and checked. */
  readonly options: ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>
  /** Whether handlers may wait side by side. */
  readonly isConcurrent: boolean
  /** Calls first, then casts. */
  readonly routes: readonly ServerRoute[]
  /** For the types alone; never set. */
  declare readonly Calls?: Calls
  /** Likewise. */
  declare readonly Casts?: Casts

  constructor(options: ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>) {
    super()
    this.options = options
    this.isConcurrent = (options.concurrency ?? 1) > 1
    const calls = routesOf("call", options.call, 0, this)
    this.routes = [...calls, ...routesOf("cast", options.cast, calls.length, this)]
  }

  /** The route of a call; throws `Invalid` for a name the server does not have. */
  route(kind: "call" | "cast", name: string): ServerRoute {
    const route = this.routes.find((candidate) => candidate.kind === kind && candidate.name === name)
    if (route === undefined) throw invalid(`${kind}.${name}`, "is not defined by the server")
    return route
  }

  /** An object with a method for each call, which posts by `post`. */
  bindCalls(post: CallPoster): CallsOf<Calls> {
    const calls: Record<string, unknown> = Object.create(null)
    for (const route of this.routes) {
      if (route.kind === "call") calls[route.name] = (argument: unknown, options?: AskOptions) => post(route, argument, options)
    }
    return calls as CallsOf<Calls>
  }

  /** An object with a method for each cast, which posts by `post`. */
  bindCasts(post: CastPoster): CastsOf<Casts> {
    const casts: Record<string, unknown> = Object.create(null)
    for (const route of this.routes) {
      if (route.kind === "cast") casts[route.name] = (argument: unknown) => post(route, argument)
    }
    return casts as CastsOf<Casts>
  }

  /** @internal */
  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    const pid = (id: number, process: Process): Pid => new BoundPid(id, process, this)
    return new ServerProcess(context, { ...options, pid }, this, argument)
  }
}

/**
 * Defines a server.
 *
 * Order   one message at a time; an asynchronous handler is waited for before the next message.
 * Errors  a handler that throws or rejects crashes the server; to answer with an error, return `failure(error)`.
 * Source  OTP gen_server. Differs: the state is changed in place, and `terminate` runs at every end but `kill`.
 *
 * @example
 * const counter = server({
 *   init: (from: number) => ({ count: from }),
 *   call: { value: (state) => state.count },
 *   cast: { add: (state, by: number) => void (state.count += by) },
 * })
 * const pid = runtime.spawn(counter, 41)
 * pid.cast.add(1) // => true
 * await pid.call.value() // => 42
 */
export function server<State, Argument = undefined, Calls = {}, Casts = {}>(
  options: ServerOptions<State, Argument, Calls, Casts>,
): ServerDefinition<Argument, { [Name in keyof Calls]: OperationOf<Calls[Name]> }, { [Name in keyof Casts]: OneWayOf<Casts[Name]> }> {
  const read: object = readOptions(options, OPTIONS)
  // The definition keeps no type of the state: whoever holds it may spawn and call, and only its handlers see the state.
  return new ServerDefinition(read as ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>)
}

const handlers: Field<Handlers<unknown>> = (value, path) => {
  const read = entriesOf(value, path).map(([name, handler]) => [name, callback<Handler<unknown>>()(handler, `${path}.${name}`)])
  return Object.freeze(Object.fromEntries(read))
}

const OPTIONS = {
  init: callback("a function that makes the state"),
  call: optional(handlers),
  cast: optional(handlers),
  info: optional(callback()),
  continue: optional(callback()),
  idle: optional(callback()),
  terminate: optional(callback()),
  inherit: optional(callback()),
  detached: optional(callback()),
  formatStatus: optional(callback()),
  initTimeoutMs: optional(timeLimit),
  idleTimeoutMs: optional(timeLimit),
  concurrency: optional(wholeNumber(1)),
  stashCapacity,
  asyncContext: optional(oneOf<ProcessContextRule>("any", ...ASYNC_CONTEXT_RULES)),
}

function routesOf(kind: "call" | "cast", handlers: Handlers<unknown> | undefined, from: number, owner: object): ServerRoute[] {
  return Object.entries(handlers ?? {}).map(([name, handler], index) => {
    if (typeof handler !== "function") throw invalid(`${kind}.${name}`, "must be a function")
    return new ServerRoute(name, kind, from + index, handler, owner)
  })
}
