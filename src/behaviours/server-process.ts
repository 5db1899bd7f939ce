/**
 * A running server: hands each message to its handler, and the handler's result to the caller.
 *
 * This is the data plane. A synchronous handler costs no promise of its own.
 */

import type { Envelope } from "../kernel/envelope.ts"
import { Invalid } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import { type Exit, isExit, isWanted } from "../topology/topology.ts"
import type { Context } from "./context.ts"
import { Failure, Outcome } from "./outcome.ts"
import { Self } from "./self.ts"
import type { Handlers, ServerOptions, ServerRoute } from "./server.ts"

type AnyServerOptions<Argument> = ServerOptions<unknown, Argument, Handlers<unknown>, Handlers<unknown>>

/** Says in `start` that the state comes from a crashed incarnation and not from `init`. */
const NOTHING = Symbol("nothing inherited")

/** Posted behind a caller's last message when it has detached. */
export class Detached {
  readonly attachment: number
  constructor(attachment: number) {
    this.attachment = attachment
  }
}

export class ServerProcess<Argument> extends Process {
  readonly #options: AnyServerOptions<Argument>
  readonly #self: Self
  #argument: Argument | undefined
  #inherited: unknown = NOTHING
  #state: unknown = undefined

  constructor(context: Context, options: ProcessOptions, definition: AnyServerOptions<Argument>, argument: Argument) {
    super(context.kernel, options)
    this.#options = definition
    this.#argument = argument
    this.#self = new Self(this, context)
  }

  override inherit(state: unknown): void {
    this.#inherited = state
  }

  override estate(): unknown {
    return this.#state
  }

  protected override start(): void | PromiseLike<void> {
    const state = this.#makeState()
    this.#argument = undefined
    this.#inherited = NOTHING
    if (isThenable(state)) return state.then((made) => this.#keepState(made))
    this.#keepState(state)
  }

  protected override handle(envelope: Envelope): void {
    const route = envelope.route as ServerRoute | undefined
    if (route === undefined) return this.#handleInfo(envelope)
    this.accept(envelope)
    this.#settle(envelope, route.handler(this.#state, envelope.argument as never, this.#self))
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<void> {
    return this.#options.terminate?.(this.#state, reason, this.#self)
  }

  #makeState(): unknown {
    const { init, inherit } = this.#options
    if (this.#inherited === NOTHING) return init(this.#argument as Argument, this.#self)
    return inherit === undefined ? this.#inherited : inherit(this.#inherited, this.#self)
  }

  #keepState(state: unknown): void {
    this.#state = state
  }

  #settle(envelope: Envelope, result: unknown): void {
    if (typeof result === "object" && result !== null) {
      if (result instanceof Outcome) return this.#settleOutcome(envelope, result)
      if (isThenable(result)) return this.#settleLater(envelope, result)
    }
    envelope.reply(result)
  }

  #settleLater(envelope: Envelope, work: PromiseLike<unknown>): void {
    this.hold(
      work,
      (result) => (result instanceof Outcome ? this.#settleOutcome(envelope, result) : envelope.reply(result)),
      (error) => this.crash(error),
    )
  }

  /** A `Deferred` settles its request itself. */
  #settleOutcome(envelope: Envelope, outcome: Outcome): void {
    if (outcome instanceof Failure) envelope.fail(outcome.error)
  }

  #handleInfo(envelope: Envelope): void {
    const { argument } = envelope
    if (argument instanceof Detached) return this.#options.detached?.(this.#state, argument.attachment, this.#self)
    if (argument instanceof Tick) return this.#handleTick(envelope, argument)
    if (envelope.kind === "signal") {
      if (!isWanted(argument)) return
      if (this.#isParentExit(argument)) return this.end(argument.reason)
    }
    this.#inform(envelope, argument)
  }

  #handleTick(envelope: Envelope, tick: Tick): void {
    if (tick.isDue) this.#inform(envelope, tick.redeem())
  }

  #inform(envelope: Envelope, message: unknown): void {
    const { info } = this.#options
    if (info === undefined) return this.#unhandled(envelope)
    this.accept(envelope)
    this.#settle(envelope, info(this.#state, message, this.#self))
  }

  #unhandled(envelope: Envelope): void {
    if (envelope.kind !== "message") return
    if (!envelope.isRequest) return this.kernel.report(this.label, envelope.argument, "unhandled")
    const details = { field: "message", target: this.label }
    envelope.fail(new Invalid(`${this.label} answers calls by name only: it defines no info handler`, { details }))
  }

  /** As gen_server: a server that traps exits still ends with its parent. */
  #isParentExit(message: unknown): message is Exit {
    return isExit(message) && message.from === this.parent?.pid
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}
