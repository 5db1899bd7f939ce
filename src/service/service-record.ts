/**
 * One service of the application: what outlives the incarnations of its process. Its inbox, its attachments, and
 * where in its life the child is.
 */

import type { Envelope, Origin } from "../kernel/envelope.ts"
import { type PigeonholeError, Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatToldReason, toldToOthers } from "../kernel/exit-reason.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Process } from "../kernel/process.ts"
import type { ChildState } from "../supervision/child-state.ts"
import type { SupervisedChild } from "../supervision/supervised-child.ts"
import type { Guard } from "./guard.ts"
import type { HolderCounts } from "./holder-counts.ts"
import type { Mailbox, MailboxPort, MailboxRoute } from "./mailbox.ts"
import type { PartitionedPort } from "./partitioned-port.ts"

/** How callers get at a service; `undefined` in a record: it cannot be acquired. */
export interface Reception {
  readonly kind: string
  readonly acquireAction: string
  /** The names that can be called. */
  readonly routes: readonly MailboxRoute[]
  /** By route index. */
  readonly guards: readonly Guard[]
  /** Whether the process is told of a detached caller. */
  readonly hasDetachedHook: boolean
  /** Of a supervisor of partitions: how many services `id#0`, `id#1`, … a key picks from. */
  readonly partitions?: number
  /** Of one whose partitions are one service, to whoever acquires it by its id. */
  readonly spread?: Spread
  /**
   * What its process refuses that did not come through a mailbox. Default `names`: what a plain server is called by needs the caller's
   * permission; its raw messages are its author's own matter.
   */
  readonly guard?: "names" | "all"
  /** Of a supervisor whose children serve in its stead: they have no mailboxes of their own, and what they are called by is called through its. */
  readonly isServedByChildren?: true
  createMailbox(port: MailboxPort): Mailbox
}

/** How callers get at a service that is spread over partitions. */
export interface Spread {
  /** How each partition is received. */
  readonly part: Reception
  /** How their supervisor is received, by who asks for a mailbox of `administration` or of a class below it. */
  readonly supervisor: Reception
  readonly administration: object
  createMailbox(port: PartitionedPort): Mailbox
}

export class ServiceRecord {
  readonly id: string
  readonly inbox: Inbox
  /** Of whoever acquires it from now on. */
  reception: Reception | undefined
  readonly attachments = new Set<Origin>()
  /** Made with the first of them. */
  holders: HolderCounts | undefined = undefined
  /** Attachments that are not about to end. */
  held = 0
  /** The present or last incarnation. */
  process: Process | undefined = undefined
  state: ChildState = "stopped"
  /** As its supervisor's present or last incarnation keeps it; `undefined` for the root, and where that has not been launched. */
  child: SupervisedChild | undefined = undefined
  /** Of the supervisor that it is a child of. */
  readonly parent: ServiceRecord | undefined
  /** By request: the next incarnation of its supervisor knows nothing of it. */
  isAdded = false
  /** Its supervisor starts it when somebody wants it, and not before. */
  isOnDemand = false
  /** Of its children, where it is a supervisor. */
  readonly below = new Set<ServiceRecord>()
  /** Ids of what must run before it starts. */
  readonly requires: readonly string[]
  /** Children without ids of their own that were started below it, by whichever incarnation. */
  numbered = 0
  /** Callers that are about to attach. */
  wanting = 0
  #lastReason: ExitReason | undefined = undefined

  constructor(id: string, inbox: Inbox, reception: Reception | undefined, parent?: ServiceRecord, requires: readonly string[] = []) {
    this.id = id
    this.parent = parent
    this.requires = requires
    this.inbox = inbox
    this.reception = reception
    inbox.close(() => this.unavailable())
  }

  /** Follows the child's life: while it will run again, messages wait; once it will not, they are handed back. */
  changed(state: ChildState, reason: ExitReason | undefined): void {
    if (state === "stopped" && this.#isClosed) return
    this.state = this.#isAwaitedAfter(state) ? "restarting" : state
    // Why it is held back is nobody's crash, though its last incarnation ran.
    const isOfOneThatRan = this.process?.isStarted === true && this.child?.isHeldBack !== true
    if (reason !== undefined) this.#lastReason = toldToOthers(reason, isOfOneThatRan)
    if (this.#isClosed) return this.inbox.close(() => this.unavailable())
    this.#open()
    for (const part of this.below) if (part.comesWith === this) part.#awaited()
  }

  #open(): void {
    this.inbox.reopen()
    // What waits there may have to wait for its own asker from now on.
    this.inbox.review()
  }

  /** The supervisor of its partitions is about to start it. */
  #awaited(): void {
    if (!this.isUp) this.state = "restarting"
    this.#open()
  }

  /**
   * Of a partition of one service: its supervisor, while that starts or is started again, as then the partition is, too. Who has a mailbox of
   * the whole knows nothing of supervisors: what they post waits.
   */
  get comesWith(): ServiceRecord | undefined {
    const whole = this.#livingWhole
    if (whole?.state !== "running") return whole
    return whole.process?.status === "ending" ? whole : undefined
  }

  /** One that its supervisor gives up on comes with the next incarnation of that. */
  #isAwaitedAfter(state: ChildState): boolean {
    return (state === "stopped" && this.comesWith !== undefined) || (state === "givenUp" && this.#livingWhole !== undefined)
  }

  /** The supervisor of the partitions that this is one of, unless that is to be down. */
  get #livingWhole(): ServiceRecord | undefined {
    const { parent } = this
    return parent?.reception?.spread !== undefined && parent.isUp && parent.state !== "stopping" ? parent : undefined
  }

  get #isClosed(): boolean {
    return !this.isUp
  }

  /** Whether it runs, or will by itself. */
  get isUp(): boolean {
    return this.state !== "stopped" && this.state !== "givenUp"
  }

  /** Whether a supervisor above it is being started again, and will start it. */
  get isComing(): boolean {
    const { parent } = this
    if (parent === undefined) return false
    return (
      parent.state === "starting" || parent.state === "backingOff" || parent.state === "restarting" || (!parent.isUp && parent.isComing)
    )
  }

  /** Whether a supervisor above it is being started again, or stops or ends to be: with that it comes, however long it takes. */
  get comesLater(): boolean {
    const { parent } = this
    if (parent === undefined || this.isAdded) return false
    if (!parent.isUp || parent.state === "stopping") return parent.comesLater
    if (parent.state !== "running") return true
    // Nobody starts the root again.
    const { sequel } = parent.inbox
    return parent.parent !== undefined && sequel !== undefined && sequel !== "never"
  }

  /** Whether nobody holds a mailbox of it or of what is below it, nor is about to. */
  get isUnheld(): boolean {
    if (this.attachments.size > 0 || this.wanting > 0) return false
    for (const record of this.below) if (!record.isUnheld) return false
    return true
  }

  /** A request to it, or to what is below it, that has no answer yet: callers may have left, and still wait. */
  get owed(): Envelope | undefined {
    const own = this.process?.owedAnswer
    if (own !== undefined) return own
    for (const record of this.below) {
      const { owed } = record
      if (owed !== undefined) return owed
    }
    return undefined
  }

  /** Why nothing can be posted to it; `undefined`: it can. */
  downError(): PigeonholeError | undefined {
    return this.isUp ? undefined : this.unavailable()
  }

  unavailable(): PigeonholeError {
    const isNew = this.process === undefined
    const why = isNew ? "it has not been started yet" : this.#whyDown
    const reason = this.#lastReason
    const last = reason === undefined ? "" : ` (last: ${formatToldReason(reason)})`
    const details = { id: this.id, state: this.state, reason }
    const cause = typeof reason === "object" && "error" in reason && reason.error !== undefined ? { cause: reason.error } : {}
    // One that has never run may be about to, where nothing is known against it.
    const retryable = this.comesLater || (isNew && this.parent?.isUp !== false && this.child?.isHeldBack !== true)
    return new Unavailable(`${this.id} is unavailable: ${why}${last}`, { details, retryable, ...cause })
  }

  get #whyDown(): string {
    if (this.state === "givenUp") return "its supervisor has given up"
    if (this.child?.aim === "spent") return "its restarts are used up, and who acquires it has it tried anew"
    return this.state === "stopping" ? "it is stopping" : "it is stopped"
  }
}
