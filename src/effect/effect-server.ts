/**
 * A server whose handlers may be Effects: its definition, typed with the services that they need and the errors that they answer with.
 *
 * Not here: how an Effect is run (`handler-run.ts`), and in what (`effect-home.ts`).
 */

import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import type { WithNeeds } from "../process/needs.ts"
import { BoundPid } from "../server/bound-pid.ts"
import type { Handlers } from "../server/handler.ts"
import { ServerDefinition } from "../server/server.ts"
import { readServerOptions, type ServerOptions } from "../server/server-options.ts"
import type { ServerSelf } from "../server/server-self.ts"
import { runningEffects } from "./effect-callbacks.ts"
import { noHome } from "./effect-home.ts"
import {
  type CallsOf,
  type CastsOf,
  type EffectCallTerms,
  type EffectCastTerms,
  type EffectFitting,
  type ErrorsOf,
  type NeedsOfHandlers,
  type NeedsOfResult,
  withStandardSchemas,
} from "./effect-operations.ts"
import { EffectServerProcess } from "./effect-server-process.ts"
import type { CurrentRuntime } from "./runtime-service.ts"
import { inMilliseconds } from "./time-limits.ts"

/** What a callback may give: a value, a promise of it, or an Effect that comes to it. */
export type Given<Value, Needs> = Value | PromiseLike<Value> | Effect.Effect<Value, unknown, Needs>

/**
 * As a plain server's options, where any callback but `formatStatus` and `measure` may return an Effect.
 *
 * A typed failure of a call, or of `info`, is the answer of whoever asked; of another callback it is a crash, as a defect always is. An Effect that
 * is interrupted from inside ends the server by `shutdown`.
 */
export interface EffectServerOptions<
  State,
  Argument,
  Calls,
  Casts,
  Init,
  Info,
  Continue,
  Idle,
  Terminate,
  Inherit,
  Restore,
  Left,
  CallPayloads = {},
  CastPayloads = {},
> extends Omit<
    ServerOptions<State, Argument, Calls, Casts, CallPayloads, CastPayloads>,
    | "call"
    | "cast"
    | "init"
    | "info"
    | "continue"
    | "idle"
    | "terminate"
    | "inherit"
    | "restore"
    | "detached"
    | "initTimeoutMs"
    | "idleTimeoutMs"
  > {
  /** Requests by name; what the handler's Effect comes to is the reply. Each is a handler, or says beside it by schemas what it takes, gives and fails with. */
  readonly call?: Calls & EffectCallTerms<NoInfer<State>, CallPayloads>
  /** One-way messages by name, likewise. */
  readonly cast?: Casts & EffectCastTerms<NoInfer<State>, CastPayloads>
  /** Makes the state of a new incarnation. A failure fails the start. What it acquires in its Scope lives until the server has ended. */
  readonly init: (argument: Argument, self: ServerSelf) => Given<State, Init>
  /** As a plain server's. */
  readonly info?: (state: NoInfer<State>, message: unknown, self: ServerSelf, sending: "ask" | "tell" | "signal") => Info
  /** As a plain server's. */
  continue?(state: NoInfer<State>, argument: unknown, self: ServerSelf): Continue
  /** As a plain server's. */
  readonly idle?: (state: NoInfer<State>, self: ServerSelf) => Idle
  /** As a plain server's; before its Scope is closed. No stop interrupts it, but its end by a kill. */
  readonly terminate?: (state: NoInfer<State>, reason: ExitReason, self: ServerSelf) => Given<void, Terminate>
  /** As a plain server's. */
  readonly inherit?: (state: NoInfer<State>, self: ServerSelf) => Given<NoInfer<State>, Inherit>
  /** As a plain server's. */
  readonly restore?: (argument: NoInfer<Argument>, self: ServerSelf) => Given<NoInfer<State>, Restore>
  /** As a plain server's. */
  readonly detached?: (state: NoInfer<State>, attachment: number, self: ServerSelf) => Given<void, Left>
  /** How long an `init` that waits may take; a number is milliseconds. Default: no limit. */
  readonly initTimeoutMs?: Duration.Input
  /** How long no message comes until `idle` is called; a number is milliseconds. Default: never. */
  readonly idleTimeoutMs?: Duration.Input
}

/** Each process has a Scope of its own, and the runtime as it may use it. */
export type BesideScope<Needs> = Exclude<Needs, Scope | CurrentRuntime>

/** What `server` makes: a server's definition like any other. `Errors` has the typed failures of its calls, by name. */
export class EffectServerDefinition<Argument, Calls, Casts, Errors> extends ServerDefinition<Argument, Calls, Casts> {
  /** For the types alone; never set. */
  declare readonly Errors?: Errors

  constructor(options: ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>) {
    super(runningEffects(options as ServerOptions<unknown, unknown, Handlers<unknown>, Handlers<unknown>>))
  }

  /** @internal Its Effects need a home, which a server of plain code has not. */
  override admit(server: Process): void {
    if (!(server instanceof EffectServerProcess)) throw noHome()
  }

  /** @internal */
  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    return new EffectServerProcess(context, { ...options, pid: (id, process) => new BoundPid(id, process, this) }, this, argument)
  }
}

/** The definition, by its handlers and by what its other callbacks need. */
type ServerWith<Argument, Calls, Casts, Needs> = EffectServerDefinition<Argument, CallsOf<Calls>, CastsOf<Casts>, ErrorsOf<Calls>> &
  WithNeeds<BesideScope<NeedsOfHandlers<Calls> | NeedsOfHandlers<Casts> | Needs>>

/**
 * Defines a server whose handlers may be Effects. What they need is taken from the layer that the application is started by, and is a part of the
 * definition's type; one that needs nothing can be started without a layer, too.
 *
 * Order   one message at a time. An Effect that does not wait is done where its message is handled; one that does is waited for.
 * Errors  a typed failure of a call is the answer, and the very error that its caller gets. A defect is a crash: its exit reason has an
 *         `EffectCrash`, whose `cause` is the Cause. An interruption from inside ends the server by `shutdown`. Invalid, naming the field.
 * Cost    an Effect that does not wait: no fiber hop and no promise.
 *
 * An Effect that waits is interrupted when the server is told to stop, ends, or when nobody waits for its answer any more (given up, timed out, or
 * whoever asked has ended). `Effect.uninterruptible` goes on, until its supervisor's limit. What a handler acquires in its Scope is released
 * when the server has ended: `Effect.scoped` for what should live no longer than the handler.
 *
 * @example
 * import { Data, Effect } from "effect"
 * import { server } from "pigeonhole/effect"
 * class Overdrawn extends Data.TaggedError("Overdrawn")<{ readonly by: number }> {}
 * const account = server({
 *   init: (balance: number) => ({ balance }),
 *   call: {
 *     withdraw: (state, amount: number) =>
 *       Effect.gen(function* () {
 *         if (amount > state.balance) return yield* new Overdrawn({ by: amount - state.balance })
 *         return (state.balance -= amount)
 *       }),
 *   },
 * })
 * const pid = runtime.spawn(account, 50)
 * await pid.call.withdraw(8) // => 42
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import { server } from "pigeonhole/effect"
 * const adder = server({
 *   init: () => ({ count: 40 }),
 *   call: {
 *     add: {
 *       payload: Schema.Struct({ by: Schema.FiniteFromString }),
 *       success: Schema.Finite,
 *       handle: (state, { by }) => Effect.sync(() => (state.count += by)),
 *     },
 *   },
 * })
 * await runtime.spawn(adder).call.add({ by: "2" }) // => 42
 */
export function server<
  State,
  Argument = undefined,
  Calls = {},
  Casts = {},
  Init = never,
  Info = never,
  Continue = never,
  Idle = never,
  Terminate = never,
  Inherit = never,
  Restore = never,
  Left = never,
  CallPayloads = {},
  CastPayloads = {},
>(
  options: EffectServerOptions<
    State,
    Argument,
    Calls,
    Casts,
    Init,
    Info,
    Continue,
    Idle,
    Terminate,
    Inherit,
    Restore,
    Left,
    CallPayloads,
    CastPayloads
  > & { readonly call?: EffectFitting<Calls> },
): ServerWith<Argument, Calls, Casts, Init | NeedsOfResult<Info | Continue | Idle> | Terminate | Inherit | Restore | Left> {
  const read = readServerOptions<Argument>(withStandardSchemas(inMilliseconds(options, TIMES)))
  return new EffectServerDefinition(read) as ServerWith<Argument, Calls, Casts, never>
}

const TIMES = ["initTimeoutMs", "idleTimeoutMs"] as const
