/**
 * A process that answers calls and casts by name: its definition, of which any number of servers is made.
 *
 * Source  OTP, gen_server(3): init, handle_call, handle_cast, handle_info, terminate.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import { invalid } from "../kernel/errors.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import { BoundPid, type ServerPid } from "./bound-pid.ts"
import type { Handlers } from "./handler.ts"
import type { CallsOf, CastsOf, Fitting, OneWayOf, OperationOf } from "./operations.ts"
import { type CallPoster, type CastPoster, routesOf, type ServerCode, type ServerRoute } from "./server-code.ts"
import { readServerOptions, type ServerOptions } from "./server-options.ts"
import { ServerProcess } from "./server-process.ts"

/** What `server` makes: to spawn, to put under a supervisor, or to build a service on. Its state is its handlers' alone. */
export class ServerDefinition<Argument, Calls, Casts>
  extends Definition<Argument, ServerPid<Calls, Casts>>
  implements ServerCode<Calls, Casts>
{
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

  /** @internal Throws `Invalid` where a running server that was started from another definition cannot go on by this one. */
  admit(_server: Process): void {}

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
      if (route.kind !== "call") continue
      // To the host, a function that is put under its name as it is made is there to stay: all that it reaches would be kept until the next great collection.
      const call = (argument: unknown, options?: AskOptions): unknown => post(route, argument, options)
      calls[route.name] = call
    }
    return calls as CallsOf<Calls>
  }

  /** An object with a method for each cast, which posts by `post`. */
  bindCasts(post: CastPoster): CastsOf<Casts> {
    const casts: Record<string, unknown> = Object.create(null)
    for (const route of this.routes) {
      if (route.kind !== "cast") continue
      const cast = (argument: unknown): unknown => post(route, argument)
      casts[route.name] = cast
    }
    return casts as CastsOf<Casts>
  }

  override get canRestore(): boolean {
    return this.options.restore !== undefined
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
 *
 * @example
 * import * as z from "zod"
 * const adder = server({
 *   init: () => ({ count: 40 }),
 *   call: {
 *     add: {
 *       payload: z.object({ by: z.string().transform(Number) }),
 *       success: z.number(),
 *       handle: (state, { by }) => (state.count += by),
 *     },
 *   },
 * })
 * await runtime.spawn(adder).call.add({ by: "2" }) // => 42
 */
export function server<State, Argument = undefined, Calls = {}, Casts = {}, CallPayloads = {}, CastPayloads = {}>(
  options: ServerOptions<State, Argument, Calls, Casts, CallPayloads, CastPayloads> & { readonly call?: Fitting<Calls> },
): ServerDefinition<Argument, { [Name in keyof Calls]: OperationOf<Calls[Name]> }, { [Name in keyof Casts]: OneWayOf<Casts[Name]> }> {
  return new ServerDefinition(readServerOptions<Argument>(options))
}
