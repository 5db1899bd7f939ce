/**
 * The record of one caller's acquired mailbox, and the way of its every message: released? permitted? then posted.
 *
 * Invariants
 * - What a guard looks at is what is posted: a value of the runtime's own, read of the caller's once.
 * - A mailbox that nobody was given, as its acquire was refused, posts nothing.
 * - A message that is not permitted takes no room in the inbox; a change of the policies counts from the next post on.
 * - The detach message stands behind all that was posted before it, across restarts of the service.
 * - It is detached at most once; a released one posts nothing.
 * - Those to the partitions of a service are one with the attachment to the whole of it: attached, given back, kept or left in one step with it.
 */

import { type AskOptions, DEFAULT_TIMEOUT_MS, signalOf, timeoutOf } from "../kernel/ask-options.ts"
import { runIn } from "../kernel/async-context.ts"
import { selfAskError } from "../kernel/circle.ts"
import type { Origin } from "../kernel/envelope.ts"
import { Conflict, Internal, Invalid, invalid, type PigeonholeError } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import { refused, unheardAfterEnd, unheardWork } from "../kernel/unheard.ts"
import type { Gate, Identity } from "../security/gate.ts"
import type { Principal } from "../security/principal.ts"
import { tellDetached } from "../server/detached.ts"
import type { DetachDecision, DetachEvent } from "../supervision/detach-policy.ts"
import { type AttachmentEvent, type AttachmentState, attachmentTable } from "./attachment-lifecycle.ts"
import type { MailboxPort, MailboxRoute } from "./mailbox.ts"
import { ownCopy } from "./own-copy.ts"
import { isLookedAt, Permissions, readAtOnce, unreadable } from "./permissions.ts"
import type { ServiceEvent } from "./service-event.ts"
import type { Reception, ServiceRecord } from "./service-record.ts"

/** What an attachment needs of the runtime. */
export interface AttachmentContext {
  readonly kernel: Kernel
  readonly gate: Gate
  report(event: ServiceEvent): void
  /** The attachment is over. */
  detached(attachment: Attachment, service: ServiceRecord): void
}

/** Who holds the mailbox. */
export interface Holder extends Identity {
  /** The process on whose death it is given back; `undefined` for a caller outside. */
  readonly caller: Process | undefined
}

/** What stands behind a mailbox, for what is told its holder beside answers. */
export interface Hold {
  readonly origin: Origin
  readonly caller: Process | undefined
  readonly inbox: Inbox
  /** What refuses an operation that posts nothing, as it would refuse a request. */
  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined
}

let holdOf: (attachment: Attachment) => Hold

export class Attachment implements MailboxPort, Origin {
  readonly id: number
  readonly holder: Holder
  readonly #context: AttachmentContext
  /** What every message needs, at hand. */
  readonly #kernel: Kernel
  readonly #permissions: Permissions
  readonly #inbox: Inbox
  readonly #caller: Process | undefined
  readonly #routes: readonly MailboxRoute[]
  readonly #service: ServiceRecord
  readonly #reception: Reception
  /** To the partitions of the service, where they are one mailbox with this one. */
  readonly #parts: readonly Attachment[]
  /** What it is a part of. */
  #whole: Attachment | undefined = undefined
  #state: AttachmentState = attachmentTable.initial
  #releasing: Promise<boolean> | undefined = undefined
  /** The incarnation of the service that runs when it is given back. */
  #left: Process | undefined = undefined
  /** Its service has heard, or will, that it is given back. */
  #isTold = false

  static {
    holdOf = (attachment) => ({
      origin: attachment,
      caller: attachment.#caller,
      inbox: attachment.#inbox,
      refusal: (route, argument) => attachment.#refusal(route, argument) ?? attachment.#downError(),
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
    this.#context = context
    this.#kernel = context.kernel
    this.#permissions = new Permissions(context.gate, holder, service.id, acquiredAs, reception.guards)
    this.#inbox = service.inbox
    this.#caller = holder.caller
    this.#routes = reception.routes
    this.#service = service
    this.#reception = reception
    this.holder = holder
    this.#parts = parts
    for (const part of parts) part.#whole = this
  }

  get service(): string {
    return this.#service.id
  }

  get principal(): Principal {
    return this.holder.principal
  }

  /** Whether it is part of one mailbox over several partitions. */
  get isPart(): boolean {
    return this.#whole !== undefined
  }

  /** The caller may have it; posts count from here on. */
  attached(): void {
    this.#step("ATTACHED")
  }

  get isReleased(): boolean {
    return this.#state !== "attached"
  }

  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    if (typeof argument !== "object" || argument === null) return this.#ask(route, argument, options)
    try {
      return this.#ask(route, this.#taken(route, argument), options)
    } catch (error) {
      this.#kernel.counters.refused += 1
      return this.refused(error)
    }
  }

  refused(error: unknown): Promise<never> {
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
    if (typeof argument !== "object" || argument === null) return this.#cast(route, argument)
    try {
      return this.#cast(route, this.#taken(route, argument))
    } catch {
      this.#kernel.refuse(this.#service.id, this.#inbox.shown(argument), "denied")
      return false
    }
  }

  #ask(route: MailboxRoute, argument: unknown, options: AskOptions | undefined): Promise<unknown> {
    const kernel = this.#kernel
    const refusal = this.#refusal(route, argument)
    if (refusal !== undefined) {
      kernel.counters.refused += 1
      return refused(this.#asker, refusal)
    }
    if (options === undefined) return kernel.ask(this.#inbox, route, argument, this, DEFAULT_TIMEOUT_MS, this.#caller)
    try {
      return kernel.ask(this.#inbox, route, argument, this, timeoutOf(options), this.#caller, signalOf(options))
    } catch (error) {
      return refused(this.#asker, error)
    }
  }

  /** Who holds it, or else uses it now. */
  get #asker(): Process | undefined {
    return this.#caller ?? this.#kernel.turn.process
  }

  #cast(route: MailboxRoute, argument: unknown): boolean {
    const kernel = this.#kernel
    if (this.#refusal(route, argument) === undefined) return kernel.tell(this.#inbox, route, argument, this)
    kernel.refuse(this.#service.id, this.#inbox.shown(argument), this.isReleased ? "unavailable" : "denied")
    return false
  }

  bootDeadlock(): PigeonholeError | undefined {
    const { owner } = this.#inbox
    const caller = this.#caller
    if (owner === undefined || owner.isStarted || caller === undefined || caller.isStarted) return undefined
    return descendsFrom(caller, owner) ? bootError(this.#service.id, caller) : undefined
  }

  release(): Promise<boolean> {
    if (this.#whole !== undefined) return this.#whole.release()
    // Its factory, or who was refused it, has nothing to give back.
    if (this.#state === "offered") return Promise.resolve(true)
    checkStackRoom()
    this.#releasing ??= unheardAfterEnd(this.#caller, this.#detach("released"))
    return this.#releasing
  }

  /** The caller has ended: what it posted is still served, then it is detached, whatever the policy says. */
  callerEnded(): void {
    this.#releasing ??= this.#detach("caller_ended")
  }

  // -- the way of a message ----------------------------------------------------------------------------------

  /** What no guard looks at stays shared, and so does what is refused in any case. Throws `Invalid`. */
  #taken(route: MailboxRoute, argument: object): unknown {
    const guard = this.#reception.guards[route.index]
    if (guard === undefined || !isLookedAt(guard) || this.#routes[route.index] !== route || this.#state !== "attached") return argument
    if (guard.take === undefined) return ownCopy(argument)
    try {
      return readAtOnce(guard.take(argument as never))
    } catch (error) {
      throw error instanceof Invalid ? error : unreadable(guard, error)
    }
  }

  #refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    // A route of another make could name one thing and do another.
    if (this.#routes[route.index] !== route) return routeError(this.#service.id)
    if (this.#permissions.passes(route.index)) return undefined
    if (this.#state !== "attached") return this.#releasedError()
    if (this.#caller !== undefined && this.#caller === this.#inbox.owner) return selfAskError(this.#service.id)
    return this.#permissions.refusal(route.index, argument)
  }

  #downError(): PigeonholeError | undefined {
    return this.#service.isUp ? undefined : this.#service.unavailable()
  }

  #releasedError(): PigeonholeError {
    return new Invalid(`${this.#reception.kind} released`, { details: { field: "mailbox", id: this.#service.id } })
  }

  // -- its end -----------------------------------------------------------------------------------------------

  async #detach(cause: DetachEvent["cause"]): Promise<boolean> {
    this.#begin()
    try {
      const decision = await this.#decision(cause)
      this.#report(cause, decision)
      if (decision === "refuse") return this.#stay()
    } catch (error) {
      this.#context.report({ type: "detach_policy_failed", service: this.#service.id, error })
      if (cause === "released") {
        this.#stay()
        throw new Internal(`the detach policy of ${this.#service.id} failed; the mailbox stays attached`, { cause: error })
      }
    }
    return true
  }

  #begin(): void {
    this.#step("RELEASE")
    this.#service.held -= 1
    this.#left = this.#inbox.owner
    this.#isTold = false
    for (const part of this.#parts) part.#begin()
  }

  /**
   * Made where the service has handled all that was posted before, in its turn, so that nothing comes between; of partitions in the turn of the
   * last that has.
   */
  #decision(cause: DetachEvent["cause"]): Promise<DetachDecision["action"]> {
    return new Promise((resolve, reject) => {
      this.#whenServed(() => this.#decide(cause, resolve, reject))
    })
  }

  /** Calls back once, where all that was posted before has been handled; at once where it never will, or would wait for itself. */
  #whenServed(then: () => void): void {
    if (this.#parts.length > 0) return this.#whenPartsServed(then)
    const isOwn = this.#caller !== undefined && this.#caller === this.#inbox.owner
    if (isOwn || !this.#kernel.signal(this.#inbox, "marker", then, this, undefined, this.#caller)) then()
  }

  #whenPartsServed(then: () => void): void {
    let left = this.#parts.length
    const served = (): void => {
      left -= 1
      if (left === 0) then()
    }
    for (const part of this.#parts) part.#whenServed(() => part.#served(served))
  }

  /** Of a part: an incarnation that ends now hears of it now, and not when the others have come as far. */
  #served(then: () => void): void {
    if (this.#inbox.owner?.status === "ending") this.#tell()
    then()
  }

  #decide(cause: DetachEvent["cause"], resolve: (decision: DetachDecision["action"]) => void, reject: (error: unknown) => void): void {
    const { id, child, held } = this.#service
    const event: DetachEvent = { id, principal: this.principal.id, remaining: held, cause }
    const leave = (): void => this.#leave()
    const settle = ({ action }: DetachDecision): void => resolve(action)
    const fail = (error: unknown): void => {
      // Nobody can keep the dead, whatever the policy does.
      if (cause === "caller_ended") leave()
      reject(error)
    }
    // Nobody decides any more: the caller is let go.
    const abandoned = (): void => {
      leave()
      resolve("keep")
    }
    if (child?.supervisor.request({ type: "detach", child, event, leave, settle, fail, abandoned }) !== true) abandoned()
  }

  #stay(): boolean {
    // Its caller may have ended meanwhile, and nobody can keep the dead.
    if (this.#caller?.status === "ended") {
      this.#leave()
      return true
    }
    this.#goOn()
    this.#releasing = undefined
    return false
  }

  #goOn(): void {
    this.#step("REFUSED")
    this.#service.held += 1
    for (const part of this.#parts) part.#goOn()
  }

  /** The process hears of it before any later message, and before it is stopped for that. */
  #leave(): void {
    if (this.#state === "detached") return
    for (const part of this.#parts) part.#leave()
    this.#step("DETACHED")
    this.#service.attachments.delete(this)
    this.#inbox.audience?.left(this)
    this.#tell()
    this.#context.detached(this, this.#service)
  }

  #tell(): void {
    if (!this.#reception.hasDetachedHook || this.#isTold) return
    this.#isTold = true
    tellDetached(this.#inbox, this, this.#left)
  }

  #report(cause: DetachEvent["cause"], decision: DetachDecision["action"]): void {
    const { id, held } = this.#service
    this.#context.report({ type: "detached", service: id, principal: this.principal.id, cause, decision, remaining: held })
  }

  #step(event: AttachmentEvent): void {
    this.#state = attachmentTable.next(this.#state, event)?.target ?? this.#state
    this.#permissions.forget()
  }
}

/** Not for whoever has no more than the mailbox. Throws `Invalid` for a port of another make. */
export function holdBehind(port: MailboxPort): Hold {
  if (port instanceof Attachment) return holdOf(port)
  throw invalid("port", "must be given by the runtime")
}

function descendsFrom({ parent }: Process, ancestor: Process): boolean {
  return parent === ancestor || (parent !== undefined && descendsFrom(parent, ancestor))
}

function bootError(id: string, caller: Process): Conflict {
  const message = `${id} answers when all its children run, and waits for ${caller.label} to start: ask it after init`
  return new Conflict(message, { details: { id, caller: caller.label } })
}

function routeError(id: string): Invalid {
  return new Invalid(`${id} has no such call or cast`, { details: { field: "route", id } })
}
