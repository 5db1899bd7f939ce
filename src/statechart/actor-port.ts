/**
 * What stands in the runtime for an XState actor that invokes a process: it starts the process, brings it the actor's events and the
 * actor what it tells back, and ends it with the actor.
 *
 * Invariants
 * - It is linked to the process and traps exits: neither outlives the other, except for the time the process is given to stop.
 * - However the process ends, the port ends `normal`: the end is the actor's to deal with.
 * - It starts the process once it is a process itself: nobody is told of a child before its parent.
 */

import { Alarm } from "../kernel/alarm.ts"
import { fail } from "../kernel/answer.ts"
import { runIn } from "../kernel/async-context.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import { spawn, UNNAMED } from "../process/spawn.ts"
import { isExit } from "../topology/topology.ts"

/** What an actor wants of its port. */
export interface ActorPortPlan {
  readonly definition: Definition<unknown>
  /** The argument of the process, which may be told whom to tell back. */
  argumentOf(port: Pid): unknown
  /** Milliseconds that the process may take to stop before it is killed. */
  readonly shutdownMs: number
  /** The process has told the port something. `false`: that is no event. */
  told(message: unknown): boolean
  ended(reason: ExitReason, process: Pid): void
}

export class ActorPort extends Process {
  readonly #plan: ActorPortPlan
  readonly #context: Context
  /** The process that the actor has invoked. */
  #invoked: Pid | undefined = undefined
  #reason: ExitReason | undefined = undefined

  constructor(context: Context, options: ProcessOptions, plan: ActorPortPlan) {
    super(context.kernel, options)
    this.#plan = plan
    this.#context = context
    this.trapExit = true
  }

  /** Starts the process. Where that fails, the port ends, and nobody is told but by the throw. */
  invoke(): void {
    const plan = this.#plan
    try {
      const started = { parent: this, principal: this.principal, ...UNNAMED }
      const invoked = spawn(this.#context, plan.definition, plan.argumentOf(this.pid), started)
      this.#invoked = invoked
      this.#context.topology.linkChild(this, invoked)
      this.onEnded((reason) => runIn(this.context, plan.ended, plan, this.#reason ?? reason, invoked))
    } catch (error) {
      this.urge({ type: "stop", reason: "normal" })
      throw error
    }
  }

  /** To who looks on, the actor's process is started by the process in which the machine runs. */
  override get isAnnounced(): boolean {
    return false
  }

  /** What it is told becomes an event of the one who told it. */
  override get takesContexts(): boolean {
    return this.kernel.contextRule === "sender"
  }

  protected override start(): void {}

  /** Brings the process an event of the actor's. */
  forward(event: unknown): void {
    if (this.#invoked !== undefined) this.kernel.send(this.#invoked, undefined, event)
  }

  protected override handle(envelope: Envelope): void {
    const { kind, argument } = envelope
    if (kind === "signal") return this.#signalled(argument)
    if (envelope.isRequest) return fail(envelope, invalid("message", `must be told: ${this.label} is an actor's, and answers nothing`))
    if (!this.#plan.told(argument)) return this.lost(envelope)
    this.accept(envelope)
  }

  #signalled(argument: unknown): void {
    if (!isExit(argument)) return
    const { from, reason } = argument
    // A living process may send exit signals too; they mean what they mean to one that does not trap them.
    if (from !== this.#invoked || from.isAlive) return reason === "normal" ? undefined : this.end(reason)
    this.#reason = reason
    this.end("normal")
  }

  /** Waits until the process has ended, and kills it when its time is over. */
  protected override terminate(): void | Promise<void> {
    const process = this.#invoked === undefined ? undefined : processOf(this.#invoked)
    if (process === undefined) return
    return new Promise((resolve) => {
      const limit = new Alarm(this.kernel, this.#plan.shutdownMs, () => process.urge({ type: "exit", reason: "kill" }))
      process.onEnded(() => {
        limit.cancel()
        resolve()
      })
      process.urge({ type: "stop", reason: "shutdown" })
    })
  }
}

class ActorPortDefinition extends Definition<ActorPortPlan> {
  override create(context: Context, options: ProcessOptions, plan: ActorPortPlan): Process {
    return new ActorPort(context, options, plan)
  }
}

export const actorPort = new ActorPortDefinition()
