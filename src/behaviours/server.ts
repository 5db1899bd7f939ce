/**
 * A process that answers calls and casts by name: the definition, and the address that carries the names as methods.
 *
 * Source  OTP, gen_server(3): init, handle_call, handle_cast, handle_info, terminate.
 */

import type { Route } from "../kernel/envelope.ts"
import { invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { AskOptions } from "../kernel/kernel.ts"
import { checkOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import { BoundPid } from "./bound-pid.ts"
import type { Context } from "./context.ts"
import { Definition } from "./definition.ts"
import type { Deferred, Failure, Stashed } from "./outcome.ts"
import { ServerProcess } from "./server-process.ts"
import type { ServerSelf } from "./server-self.ts"
import { checkStashCapacity } from "./stash.ts"

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
  /** What comes without a name: `tell`, `DOWN`, `EXIT`, timers. What it returns answers an `ask`. */
  readonly info?: (state: State, message: unknown, self: ServerSelf) => unknown
  /** Runs right after the callback that called `self.continue(argument)`, before any message. Declare its argument as what you send. */
  continue?(state: State, argument: unknown, self: ServerSelf): unknown
  /** No message came for `idleTimeoutMs`. Without this handler the server stops then, `normal`. */
  readonly idle?: (state: State, self: ServerSelf) => unknown
  /** Clears up at any end but `kill`. */
  readonly terminate?: (state: State, reason: ExitReason, self: ServerSelf) => void | PromiseLike<void>
  /** Called in place of `init` with the state that a crashed incarnation left, where the child says `state: "retain"`. */
  readonly inherit?: (state: State, self: ServerSelf) => State | PromiseLike<State>
  /** A caller has given its mailbox back; `attachment` is the number its calls came with. */
  readonly detached?: (state: State, attachment: number, self: ServerSelf) => void
  /** What a crash report may show of the state. Default: all of it; of what `service` makes, nothing. */
  readonly formatStatus?: (state: State) => unknown
  /** Milliseconds that an asynchronous `init` may take; the start fails with `Timeout` then. Default: no limit. */
  readonly initTimeoutMs?: number
  /** Milliseconds without a message until `idle` is called, again and again. `self.idleTimeout` changes it. Default: never. */
  readonly idleTimeoutMs?: number
  /**
   * Asynchronous handlers that may wait at a time; from 1. Above 1, messages are taken in order while others wait, and their
   * synchronous parts never overlap. For handlers that only wait. Default 1.
   */
  readonly concurrency?: number
  /** Messages that `self.stash()` may put aside; from 1. Default 1024. */
  readonly stashCapacity?: number
}

type Reply<Result> = Result extends Failure | Stashed ? never : Result extends Deferred<infer Later> ? Later : Result

/** What a handler is called with: nothing where it takes the state alone. */
type ArgumentList<H> = H extends (...parameters: infer P) => unknown
  ? P extends readonly [] | readonly [unknown]
    ? [argument?: undefined]
    : P extends readonly [unknown, (infer Argument)?, ...unknown[]]
      ? undefined extends Argument
        ? [argument?: Argument]
        : [argument: Argument]
      : never
  : never

type CallOf<H> = H extends (...parameters: never[]) => infer Result
  ? (...parameters: [...ArgumentList<H>, options?: AskOptions]) => Promise<Reply<Awaited<Result>>>
  : never

type CastOf<H> = (...parameters: ArgumentList<H>) => boolean

/** The calls of a server as its callers see them: name, argument and reply. */
export type CallsOf<Calls> = { readonly [Name in keyof Calls]: CallOf<Calls[Name]> }
/** The casts likewise. `true`: posted; `false`: refused, and reported as a dead letter. */
export type CastsOf<Casts> = { readonly [Name in keyof Casts]: CastOf<Casts[Name]> }

/** The address of a server: its names as methods. */
export interface ServerPid<Calls, Casts> extends Pid {
  readonly call: CallsOf<Calls>
  readonly cast: CastsOf<Casts>
}

/** A name of a server, resolved once. */
export class ServerRoute implements Route {
  readonly name: string
  readonly kind: "call" | "cast"
  /** Position among the server's routes, calls first. */
  readonly index: number
  readonly handler: Handler<unknown>
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

/** What `server` makes: to spawn, to put under a supervisor, or to build a service on. */
export class ServerDefinition<Argument, Calls, Casts, out State = unknown> extends Definition<Argument, ServerPid<Calls, Casts>> {
  readonly options: ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>
  /** Calls first, then casts. */
  readonly routes: readonly ServerRoute[]
  /** For the types alone; never set. */
  declare readonly Calls?: Calls
  declare readonly Casts?: Casts
  declare readonly State?: State

  constructor(options: ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>) {
    super()
    this.options = options
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
): ServerDefinition<Argument, Calls, Casts, State> {
  if (typeof options?.init !== "function") throw invalid("init", "must be a function that makes the state")
  checkOptions(options, OPTIONS)
  checkLimits(options)
  // The definition keeps the state's type for a code change alone: whoever holds it may spawn and call, and only its handlers see the state.
  return new ServerDefinition(options as unknown as ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>)
}

const CALLBACKS = ["init", "info", "continue", "idle", "terminate", "inherit", "detached", "formatStatus"] as const
const TIMEOUTS = ["initTimeoutMs", "idleTimeoutMs"] as const
const OPTIONS = ["call", "cast", ...CALLBACKS, ...TIMEOUTS, "concurrency", "stashCapacity"]

type Checked = (typeof CALLBACKS | typeof TIMEOUTS)[number] | "concurrency" | "stashCapacity"

function checkLimits(options: Partial<Record<Checked, unknown>>): void {
  for (const name of CALLBACKS) {
    if (options[name] !== undefined && typeof options[name] !== "function")
      throw invalid(name, `must be a function; got ${shown(options[name])}`)
  }
  for (const name of TIMEOUTS) {
    const value = options[name]
    if (value !== undefined && !(typeof value === "number" && value > 0)) throw invalid(name, `must be more than 0 ms; got ${shown(value)}`)
  }
  const { concurrency } = options
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && (concurrency as number) >= 1))
    throw invalid("concurrency", `must be a whole number from 1; got ${shown(concurrency)}`)
  checkStashCapacity(options.stashCapacity)
}

function routesOf(kind: "call" | "cast", handlers: Handlers<unknown> | undefined, from: number, owner: object): ServerRoute[] {
  return Object.entries(handlers ?? {}).map(([name, handler], index) => {
    if (typeof handler !== "function") throw invalid(`${kind}.${name}`, "must be a function")
    return new ServerRoute(name, kind, from + index, handler, owner)
  })
}
