/**
 * The restart of siblings that share a failure: all of them go down, one after the other in reverse start order, then the failed child's
 * backoff is waited for, then they are started one after the other in start order.
 *
 * It is driven by what is: whenever one of its children has moved, it looks where it stands and takes the next step. A later failure takes
 * its place: then its children name another plan as theirs. Those whose turn had yet to come, and that the failure does not concern, are
 * started first by the one that has taken its place.
 *
 * Invariants
 * - While it goes down or waits, none of its children runs longer than it takes to stop, and none is started, whoever wants it.
 * - A child is started when all before it run or stay down; before that only where one of them requires it.
 * - Who is terminated meanwhile stays down; who waits for a caller goes on waiting for one. Who is asked for behind its turn is started at once,
 *   and those behind it do not wait for that.
 *
 * Source  OTP, supervisor.erl, restart/2 for rest_for_one and one_for_all.
 */

import type { RestartPlan } from "./restart-plan.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** What it takes of the supervisor. */
export interface GroupControl {
  /** The next step of that child, if there is one. */
  lookAt(child: SupervisedChild): void
  /** Waits for so many ms, and then for what was posted before. Resolves early where the supervisor is to end. */
  pause(delayMs: number): Promise<void>
  /** All of it runs, or stays down. */
  over(restart: GroupRestart): void
}

export class GroupRestart implements RestartPlan<SupervisedChild> {
  readonly #control: GroupControl
  readonly #delayMs: number
  /** In start order. */
  readonly #members: SupervisedChild[]
  #phase: "down" | "waiting" | "up" | "over" = "down"
  /** So many members come before those that share the failure: they are not taken down. */
  readonly #ahead: number
  /** The order of the first that shares the failure. */
  readonly #first: number
  /** While it goes down: so many members are left. While it goes up: so many have had their turn. */
  #place: number
  #isAdvancing = false
  /** By child: who waits for it, among others. */
  readonly #pulls = new Map<SupervisedChild, Set<SupervisedChild>>()

  /** From now on it is the plan of its members: those that share the failure, and before them those that still wait for their turn. */
  constructor(control: GroupControl, failed: readonly SupervisedChild[], delayMs: number, before: GroupRestart | undefined) {
    this.#control = control
    this.#first = failed[0]?.order ?? 0
    const ahead = before?.waitingBefore(this.#first) ?? []
    this.#ahead = ahead.length
    this.#members = [...ahead, ...failed]
    this.#delayMs = delayMs
    this.#place = this.#members.length
    for (const member of this.#members) member.plan = this
  }

  /** Its members before that place in the start order which have not had their turn. */
  waitingBefore(order: number): readonly SupervisedChild[] {
    if (this.#phase === "over") return []
    const left = this.#members.slice(this.#phase === "up" ? this.#place : 0)
    return left.filter((member) => member.order !== 0 && member.order < order)
  }

  /** Those that are down by request, or because they were done, are started with the others, as in OTP; a temporary one never is, nor one that waits for somebody to want it. */
  begin(dueAt: number | undefined): void {
    for (const member of this.#members.slice(this.#ahead)) {
      if (member.spec.restart === "temporary") continue
      if (member.state === "stopped" && !member.isWakeable) {
        member.aim = "up"
        this.#control.lookAt(member)
      }
      member.nextAttemptAt = member.aim === "up" ? dueAt : undefined
    }
    this.#advance()
  }

  /** A child that was added while it goes down or waits is started as its last; `false`: it may be started at once. */
  join(child: SupervisedChild): boolean {
    if (this.#phase === "up" || this.#phase === "over") return false
    this.#members.push(child)
    child.plan = this
    return true
  }

  absorbs(child: SupervisedChild): boolean {
    return (this.#phase === "down" || this.#phase === "waiting") && child.order >= this.#first
  }

  /** They go down one after the other: not before those behind them are down. */
  holds(child: SupervisedChild): boolean {
    if (this.#phase === "waiting") return child.order >= this.#first
    const present = this.#members[this.#place - 1]
    // A temporary one that has gone is listed no more, and has no order: nobody's turn has come by that.
    return this.#phase === "down" && present !== undefined && present.order !== 0 && child.order >= present.order
  }

  admits(child: SupervisedChild): boolean {
    if (this.#phase === "over" || this.#hasTurn(child)) return true
    for (const each of this.#pulls.get(child) ?? []) if (each.plan === this && each.state !== "running" && this.#hasTurn(each)) return true
    return false
  }

  #hasTurn(child: SupervisedChild): boolean {
    const present = this.#members[this.#place]
    return this.#phase === "up" && present !== undefined && child.order <= present.order
  }

  /** While it goes down, all wait for each that is still to go; after that, each for those before it. */
  awaits(child: SupervisedChild, other: SupervisedChild): boolean {
    if (other.plan !== this || this.#phase === "over") return false
    return this.#phase === "up" ? other.order < child.order && !hasHadItsTurn(other) : other.order >= this.#first && !other.isDown
  }

  pull(child: SupervisedChild, waiting: Iterable<SupervisedChild>): void {
    const known = this.#pulls.get(child) ?? new Set()
    this.#pulls.set(child, known)
    for (const each of waiting) known.add(each)
  }

  moved(): void {
    this.#advance()
  }

  /** Another one has taken its place. */
  end(): void {
    this.#phase = "over"
    for (const member of this.#members) if (member.plan === this) member.plan = undefined
  }

  #advance(): void {
    // What it does moves its children, which brings it here again: the loop below looks at them anyway.
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    if (this.#phase === "down") this.#goDown()
    if (this.#phase === "up") this.#goUp()
    this.#isAdvancing = false
  }

  #goDown(): void {
    for (; this.#place > this.#ahead; this.#place -= 1) {
      const member = this.#members[this.#place - 1] as SupervisedChild
      // Not before its turn. One that somebody has added or woken meanwhile still waits for its first start.
      if (member.spec.restart === "temporary" && member.process !== undefined && !member.isWoken) member.aim = "done"
      this.#control.lookAt(member)
      if (member.state !== "backingOff" && !member.isDown) return
    }
    this.#phase = "waiting"
    void this.#control.pause(this.#delayMs).then(() => {
      if (this.#phase !== "waiting") return
      this.#phase = "up"
      this.#place = 0
      this.#advance()
    })
  }

  /** What was asked for before its turn, or before that of who asked, may be started now. */
  #lookAtPulled(): void {
    for (const child of [...this.#pulls.keys()]) if (child.plan === this && child.aim === "up") this.#control.lookAt(child)
  }

  #goUp(): void {
    for (; this.#place < this.#members.length; this.#place += 1) {
      const member = this.#members[this.#place] as SupervisedChild
      if (member.aim === "up" && member.order !== 0) this.#control.lookAt(member)
      if (this.#phase !== "up") return
      if (!hasHadItsTurn(member)) return this.#lookAtPulled()
    }
    this.end()
    this.#control.over(this)
  }
}

/** It runs, or nothing follows for it by itself. */
function hasHadItsTurn(member: SupervisedChild): boolean {
  return member.state === "running" || member.isSettledDown || member.order === 0
}
