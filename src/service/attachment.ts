/**
 * The record of one caller's acquired mailbox, and the way of its every message: released? permitted? then posted.
 *
 * Invariants
 * - What a guard looks at is what is posted: a value of the runtime's own, read of the caller's once.
 * - A mailbox that nobody was given posts nothing, nor one that was given back, be it by the policy that is asked, or as its options are read.
 * - A message that is not permitted takes no room in the inbox; a change of the policies counts from the next post on.
 * - Those to the partitions of a service are one with the attachment to the whole of it: attached, given back, kept or left in one step with it.
 *
 * Not here: how it is given back (`attachment-life.ts`).
 */

import { type AskOptions, DEFAULT_TIMEOUT_MS, signalOf, timeoutOf } from "../kernel/ask-options.ts"
import { runIn } from "../kernel/async-context.ts"
import { selfAskError } from "../kernel/circle.ts"
import type { Origin, Party } from "../kernel/envelope.ts"
import { errorOf, invalid, type PigeonholeError } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { isCutShort } from "../kernel/stack.ts"
import { refused, unheardWork } from "../kernel/unheard.ts"
import type { Principal } from "../security/principal.ts"
import { type AttachmentContext, AttachmentLife } from "./attachment-life.ts"
import { bootDeadlockOf } from "./boot-deadlock.ts"
import type { DecodedArgument } from "./decoding-port.ts"
import type { Hold, Holder } from "./holder.ts"
import type { MailboxPort, MailboxRoute } from "./mailbox.ts"
import { isLookedAt, Permissions, routeError } from "./permissions.ts"
import type { Reception, ServiceRecord } from "./service-record.ts"
import { decodedBy, decodedFor, judged, takenBy } from "./taken-argument.ts"

let holdOf: (attachment: Attachment) => Hold

export class Attachment implements MailboxPort, Origin {
  readonly id: number
  readonly holder: Holder
  /** For who keeps the record of it. */
  readonly life: AttachmentLife
  /** What every message needs, at hand. */
  readonly #kernel: Kernel
  readonly #permissions: Permissions
  readonly #inbox: Inbox
  readonly #caller: Process | undefined
  readonly #routes: readonly MailboxRoute[]
  readonly #service: ServiceRecord
  readonly #reception: Reception

  static {
    holdOf = (attachment) => ({
      origin: attachment,
      caller: attachment.#caller,
      kernel: attachment.#kernel,
      inbox: attachment.#inbox,
      refusal: (route, argument) => attachment.#refusal(route, argument) ?? attachment.#service.downError(),
    })
  }

  constructor(
    id: number,
    context: AttachmentContext,
    service: ServiceRecord,
    reception: Reception,
    holder: Holder,
    acquiredAs: string,
    parts: readonly Attachment[] = [],
  ) {
    this.id = id
    this.#kernel = context.kernel
    this.#permissions = new Permissions(context.gate, holder, service.id, acquiredAs, reception.guards)
    this.#inbox = service.inbox
    this.#caller = holder.caller
    this.#routes = reception.routes
    this.#service = service
    this.#reception = reception
    this.holder = holder
    this.life = new AttachmentLife({
      origin: this,
      holder,
      service,
      context,
      reception,
      parts: parts.map((part) => part.life),
      moved: () => this.#permissions.forget(),
    })
  }

  get service(): string {
    return this.#service.id
  }

  get principal(): Principal {
    return this.holder.principal
  }

  get isReleased(): boolean {
    return !this.life.isAttached
  }

  decoded(route: MailboxRoute, argument: unknown): DecodedArgument {
    return decodedFor(route, this.#reception.guards[route.index], argument)
  }

  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    if (route.payload === undefined && (typeof argument !== "object" || argument === null)) return this.#ask(route, argument, options)
    try {
      return this.#ask(route, this.#taken(route, argument), options)
    } catch (error) {
      return this.#kernel.turnAway(this.#inbox, route, this, this.#asker, error)
    }
  }

  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    if (this.#routes[route.index] !== route) return routeError(this.#service.id)
    if (this.#permissions.passes(route.index)) return undefined
    const refusal = judged(route, this.#reception.guards[route.index], argument, (own) => this.#permissions.refusal(route.index, own))
    // What is known to pass is posted without another look.
    if (!this.life.isAttached) this.#permissions.forget()
    return refusal
  }

  refused(error: unknown): Promise<never> {
    if (isCutShort(error)) throw error
    return refused(this.#asker, error)
  }

  unheardAfterEnd<T>(work: Promise<T>): Promise<T> {
    return unheardWork(this.#caller, work)
  }

  inContext<Parameters extends unknown[], Result>(callback: (...parameters: Parameters) => Result): (...parameters: Parameters) => Result {
    const context = this.#kernel.captureContext()
    return (...parameters) => runIn(context, callback, undefined, ...parameters)
  }

  cast(route: MailboxRoute, argument: unknown): boolean {
    if (route.payload === undefined && (typeof argument !== "object" || argument === null)) return this.#cast(route, argument)
    try {
      return this.#cast(route, this.#taken(route, argument))
    } catch (error) {
      return this.#refuseCast(route, argument, errorOf(error))
    }
  }

  #ask(route: MailboxRoute, argument: unknown, options: AskOptions | undefined): Promise<unknown> {
    const refusal = this.#refusal(route, argument)
    if (refusal !== undefined) return this.#kernel.turnAway(this.#inbox, route, this, this.#asker, refusal)
    if (options === undefined) return this.#kernel.ask(this.#inbox, route, argument, this, DEFAULT_TIMEOUT_MS, this.#caller)
    try {
      const [timeoutMs, signal] = [timeoutOf(options), signalOf(options)]
      const late = this.life.refusal
      if (late !== undefined) return this.#kernel.turnAway(this.#inbox, route, this, this.#asker, late)
      return this.#kernel.ask(this.#inbox, route, argument, this, timeoutMs, this.#caller, signal)
    } catch (error) {
      return refused(this.#asker, error)
    }
  }

  /** Who holds it, or else uses it now. */
  get #asker(): Party | undefined {
    return this.#caller ?? this.#kernel.turn.process
  }

  #cast(route: MailboxRoute, argument: unknown): boolean {
    const refusal = this.#refusal(route, argument)
    if (refusal === undefined) return this.#kernel.tell(this.#inbox, route, argument, this, false, this.#caller)
    return this.#refuseCast(route, argument, refusal)
  }

  #refuseCast(route: MailboxRoute, argument: unknown, { kind }: PigeonholeError): false {
    this.#kernel.following?.turnedAway(this.#service.id, route, false, this, this.#caller, kind)
    this.#kernel.refuse(this.#service.id, this.#inbox.shown(argument), this.isReleased ? "unavailable" : "denied")
    return false
  }

  bootDeadlock(): PigeonholeError | undefined {
    return bootDeadlockOf(this.#service, this.#caller)
  }

  release(): Promise<boolean> {
    return this.life.release()
  }

  // -- the way of a message ----------------------------------------------------------------------------------

  /** What no guard looks at and no schema decodes stays shared, and so does what is refused in any case. Throws `Invalid`, or the refusal. */
  #taken(route: MailboxRoute, argument: unknown): unknown {
    const guard = this.#reception.guards[route.index]
    if (route.payload === undefined) {
      const isTaken = guard !== undefined && isLookedAt(guard) && this.#routes[route.index] === route && this.life.isAttached
      return isTaken ? takenBy(guard, argument) : argument
    }
    // No schema is run for what is refused whatever is sent.
    const refusal = this.#refusedUnread(route)
    if (refusal !== undefined) throw refusal
    return decodedBy(route.payload, guard, argument)
  }

  /** Why it is refused, whatever is sent. */
  #refusedUnread(route: MailboxRoute): PigeonholeError | undefined {
    if (this.#routes[route.index] !== route) return routeError(this.#service.id)
    return this.#refusedSender() ?? this.#permissions.denial(route.index)
  }

  #refusedSender(): PigeonholeError | undefined {
    return (
      this.life.refusal ?? (this.#caller !== undefined && this.#caller === this.#inbox.owner ? selfAskError(this.#service.id) : undefined)
    )
  }

  #refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    // A route of another make could name one thing and do another.
    if (this.#routes[route.index] !== route) return routeError(this.#service.id)
    if (this.#permissions.passes(route.index)) return undefined
    return this.#refusedSender() ?? this.#permissions.refusal(route.index, argument) ?? this.life.refusal
  }
}

/** Not for whoever has no more than the mailbox. Throws `Invalid` for a port of another make. */
export function holdBehind(port: MailboxPort): Hold {
  if (port instanceof Attachment) return holdOf(port)
  throw invalid("port", "must be given by the runtime")
}
