/**
 * Judges promise 10: a detach comes behind what was posted before it by the same mailbox, and does what was decided; a dead caller is detached; the
 * incarnation that it belonged to hears of it before its end, and no other but one that has to know.
 *
 * It looks at what goes through the inboxes of services: markers of detaches, and what says to a process that somebody has left; and at who is at what
 * then (`work-at-hand.ts`). Where nobody leaves, it costs a look at a map for each message.
 *
 * Not here: `stop`, as a policy of `stopWhenIdle` may linger, and what is idle is a matter of what requires it.
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope, Origin } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { isA } from "../../kernel/instance.ts"
import { keeperOf, type Pid } from "../../kernel/pid.ts"
import { Process } from "../../kernel/process.ts"
import { Detached } from "../../server/detached.ts"
import { Attachment } from "../../service/attachment.ts"
import type { DetachDecision } from "../../supervision/detach-policy.ts"
import { SupervisedChild } from "../../supervision/supervised-child.ts"
import type { Breaks } from "./broken-promise.ts"
import type { PoolJudge } from "./pool-judge.ts"
import { SeldomMap, SeldomSet } from "./seldom.ts"
import { WatchedDeparture } from "./watched-departure.ts"
import { WorkAtHand } from "./work-at-hand.ts"

/** A detach whose turn has come, and of which nobody was told what was decided. */
interface Turn {
  readonly attachment: Attachment
  readonly process: Process | undefined
}

/** What tells an incarnation that somebody has left. */
interface Notice {
  isRead: boolean
  /** As it ended: where its hook throws then, it is told no more. */
  isLast: boolean
}

export class DetachJudge {
  readonly #breaks: Breaks
  readonly #work: WorkAtHand
  /** Markers of detaches: one that has to wait for work may be posted anew. */
  readonly #markers = new SeldomSet<Envelope>()
  /** Mailboxes, with the inboxes that they post to. */
  readonly #seen = new Map<Origin, Inbox>()
  /** By their callers. */
  readonly #held = new SeldomMap<Pid, Attachment[]>()
  /** Detaches that have not come to their turn. */
  readonly #asked = new SeldomSet<Attachment>()
  /** The inboxes of those who ran when a mailbox was given back, … */
  readonly #inboxes = new SeldomMap<Pid, Inbox>()
  /** … whose messages waited there when those had ended, … */
  readonly #left = new SeldomMap<Inbox, ReadonlySet<Origin | undefined>>()
  /** … or of those whose next incarnation had begun, as they outlived their supervisor: nobody has seen what waited then, … */
  readonly #overlapped = new SeldomSet<Inbox>()
  /** … or where nobody ran, … */
  readonly #waiting = new SeldomSet<Origin>()
  /** … and what they are to hear of. */
  readonly #notices = new SeldomMap<Pid, Notice[]>()
  /** By service, of those that are told of here. */
  readonly #turns = new SeldomMap<string, Turn[]>()
  /** What was decided last of each mailbox. */
  readonly #decisions = new SeldomMap<Attachment, DetachDecision["action"]>()
  /** Those that were to begin anew. */
  readonly #reset = new SeldomSet<Process>()

  constructor(pools: PoolJudge, breaks: Breaks) {
    this.#breaks = breaks
    this.#work = new WorkAtHand(pools)
  }

  /** Something came into an inbox. */
  posted(envelope: Envelope, inbox: Inbox): void {
    const { origin, kind, argument } = envelope
    if (origin === undefined) return
    if (!this.#seen.has(origin)) this.#saw(origin, inbox)
    if (kind === "message") return
    if (kind === "marker" && origin instanceof Attachment) this.#follow(envelope, inbox, origin)
    else if (isA(argument, Detached)) this.#tells(envelope, argument, inbox, origin)
  }

  #saw(origin: Origin, inbox: Inbox): void {
    this.#seen.set(origin, inbox)
    if (!(origin instanceof Attachment) || origin.holder.caller === undefined) return
    const { pid } = origin.holder.caller
    this.#held.set(pid, [...(this.#held.get(pid) ?? []), origin])
  }

  /** Those that mailboxes have posted to. */
  get inboxes(): ReadonlySet<Inbox> {
    return new Set(this.#seen.values())
  }

  /** A process has ended. */
  ended(pid: Pid, reason: ExitReason): void {
    for (const attachment of this.#held.get(pid) ?? NOTHING) {
      if (!attachment.isReleased) this.#breaks("10", `a caller of ${attachment.service} (${pid}) has ended, and holds its mailbox still`)
    }
    const inbox = this.#inboxes.get(pid)
    if (inbox !== undefined) {
      this.#left.set(inbox, inbox.isEmpty ? NOBODY_WAITING : new Set(waitingIn(inbox).map(({ origin }) => origin)))
      if (inbox.owner instanceof Process && inbox.owner.pid !== pid) this.#overlapped.add(inbox)
    }
    const notices = this.#notices.get(pid)
    // Whom somebody kills is told nothing.
    if (notices !== undefined && reason !== "killed" && areUnheard(notices))
      this.#breaks("10", `${pid} has ended, and was not told of a caller that had left it before`)
    this.#held.delete(pid)
    this.#inboxes.delete(pid)
    this.#notices.delete(pid)
  }

  // -- a detach comes to its turn ------------------------------------------------------------------------------------

  /** Its marker, wherever it is taken from, is looked at first. */
  #follow(envelope: Envelope, inbox: Inbox, attachment: Attachment): void {
    if (this.#markers.has(envelope)) return
    this.#markers.add(envelope)
    const run = envelope.argument as () => void
    const before = this.#work.before(envelope, inbox, attachment)
    this.#asked.add(attachment)
    if (inbox.owner instanceof Process) this.#inboxes.set(inbox.owner.pid, inbox)
    else if (before.length > 0) this.#waiting.add(attachment)
    const came = (): void => {
      this.#asked.delete(attachment)
      this.#came(inbox, attachment, before)
      run()
    }
    envelope.argument = came
  }

  #came(inbox: Inbox, attachment: Attachment, before: readonly Envelope[]): void {
    const overtaken = this.#work.of(before, inbox)
    if (overtaken.length > 0) {
      const what = overtaken.map(({ operation }) => operation).join(", ")
      this.#breaks("10", `a mailbox of ${inbox.label} was given back before what it had posted before was done with: ${what}`)
    }
    const process = inbox.owner instanceof Process ? inbox.owner : undefined
    this.#turns.set(inbox.label, [...(this.#turns.get(inbox.label) ?? []), { attachment, process }])
  }

  // -- what was decided ----------------------------------------------------------------------------------------------

  told(event: InspectionEvent): void {
    if (event.type !== "detached" && event.type !== "detach_policy_failed") return
    const turns = this.#turns.get(event.service) ?? []
    this.#turns.delete(event.service)
    for (const { attachment } of turns) this.#decisions.delete(attachment)
    const [turn] = turns
    // Of several nobody can tell whose it was.
    if (turn === undefined || turns.length > 1 || event.type !== "detached") return
    this.#decisions.set(turn.attachment, event.decision)
    if (event.decision === "reset" && turn.process !== undefined) this.#reset.add(turn.process)
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    for (const [attachment, decision] of this.#decisions) this.#judgeDecision(attachment, decision)
    for (const { status, label, pid } of this.#reset) {
      if (status === "ready") this.#breaks("10", `${label} was to begin anew as a caller has left, and goes on (${pid})`)
    }
  }

  #judgeDecision(attachment: Attachment, decision: DetachDecision["action"]): void {
    const { service, isReleased, holder } = attachment
    if (this.#asked.has(attachment)) return
    if (decision !== "refuse" && !isReleased)
      this.#breaks("10", `a mailbox of ${service} was given back (${decision}), and is attached still`)
    const isGone = decision === "refuse" && isReleased && holder.caller?.status !== "ended"
    if (isGone) this.#breaks("10", `a mailbox of ${service} was to be kept (refuse), and is attached no more`)
  }

  /** Of those who have left for certain, the numbers by which that service knows them. */
  leftFrom(inbox: Inbox): ReadonlySet<number> {
    let left: Set<number> | undefined
    for (const [attachment, decision] of this.#decisions) {
      if (this.#seen.get(attachment) !== inbox || decision === "refuse" || this.#asked.has(attachment)) continue
      left ??= new Set()
      left.add(attachment.id)
    }
    return left ?? NOBODY
  }

  // -- who hears of it -----------------------------------------------------------------------------------------------

  #tells(envelope: Envelope, told: Detached, inbox: Inbox, origin: Origin): void {
    const { incarnation } = told
    const notice = { isRead: false, isLast: false }
    if (incarnation instanceof Process && incarnation.isStarted && incarnation.status !== "ending" && incarnation.status !== "ended") {
      this.#notices.set(incarnation.pid, [...(this.#notices.get(incarnation.pid) ?? []), notice])
    }
    const read = (): void => {
      if (notice.isRead) this.#breaks("10", `${inbox.label} was told twice that the same caller has left`)
      notice.isRead = true
      notice.isLast = inbox.owner instanceof Process && inbox.owner.status === "ending"
      this.#judgeHearing(inbox, origin, incarnation)
    }
    envelope.argument = new WatchedDeparture(told, read)
  }

  #judgeHearing(inbox: Inbox, origin: Origin, incarnation: unknown): void {
    const { owner } = inbox
    if (owner === incarnation || !(owner instanceof Process) || isHeir(owner)) return
    if (this.#waiting.has(origin) || this.#left.get(inbox)?.has(origin) === true) return
    if (this.#overlapped.has(inbox) || (incarnation instanceof Process && incarnation.status !== "ended")) return
    this.#breaks("10", `${owner.label} (${owner.pid}) was told that a caller has left which it had nothing of`)
  }
}

function areUnheard(notices: readonly Notice[]): boolean {
  return notices.some(({ isRead }) => !isRead) && !notices.some(({ isLast }) => isLast)
}

const NOTHING: readonly never[] = []
const NOBODY: ReadonlySet<number> = new Set()
const NOBODY_WAITING: ReadonlySet<Origin | undefined> = new Set()

/** It may go on with what an earlier incarnation has left. */
function isHeir({ pid }: Process): boolean {
  const keeper = keeperOf(pid)
  return !(keeper instanceof SupervisedChild) || keeper.spec.state === "retain"
}

function waitingIn(inbox: Inbox): readonly Envelope[] {
  return inbox.queued.filter(({ kind, isSettled }) => kind === "message" && !isSettled)
}
