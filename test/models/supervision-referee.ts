/**
 * Supervision as a referee sees it, who follows what a tree tells of itself and says of each thing whether the rules allow it, whatever comes at once: who is
 * started when, who is taken down with whom and in which order, what is counted, how long is waited, who stays down.
 *
 * It knows nothing of messages, and decides nothing: of several things that may come next each is allowed. What it cannot know (whether a supervisor has
 * heard of an end yet, what a request under way will do) it leaves open, to the advantage of who is judged.
 *
 * Source  supervisor(3) of OTP, as `supervision-model.ts`, which knows one order of what happens in one moment; here there are all.
 */

import type { ExitReason, InspectionEvent } from "../../actors/index.ts"
import {
  aboveOf,
  Child,
  type ChildPlan,
  type Group,
  isFailure,
  isGoing,
  isHeldBack,
  isThrough,
  leave,
  type Supervisor,
  type SupervisorPlan,
  topOf,
  wordOf,
} from "./refereed-tree.ts"

/** What callers ask for: `want`, to acquire it. */
export type Wish = "terminate" | "restart" | "delete" | "want"
type Outcome = "done" | "refused" | "unknown"

/** For a child that was not there when it was asked for. */
interface EarlyWish {
  readonly id: string
  readonly what: Wish
  /** Once it has come. */
  answered: ((outcome: Outcome) => void) | undefined
}

export class SupervisionReferee {
  /** The first thing that was not allowed. */
  wrong: string | undefined = undefined
  /** The whole is told to stop: whatever runs may be. */
  isStopping = false
  readonly #now: () => number
  readonly #top: Child
  readonly #added = new Map<string, ChildPlan>()
  readonly #early = new Set<EarlyWish>()

  constructor(plan: SupervisorPlan, now: () => number) {
    this.#now = now
    this.#top = new Child(topOf(plan), undefined)
  }

  /** Whether all that is to run does; nothing is, where the whole has ended. */
  get isSettled(): boolean {
    return this.#top.pid === undefined || this.#isSettled(this.#top)
  }

  #isSettled({ below }: Child): boolean {
    if (below === undefined) return true
    return below.children.every((child) => {
      return child.down !== undefined || child.isUnsure || (child.isToldUp && child.pid !== undefined && this.#isSettled(child))
    })
  }

  // -- what is asked for ---------------------------------------------------------------------------------------------

  /** A request begins; what is returned is called when it is answered. */
  asks(what: Wish, id: string): (outcome: Outcome) => void {
    const child = this.#find(id)
    if (child !== undefined) return this.#asksOf(child, what)
    // Of one that is about to be added.
    const early: EarlyWish = { id, what, answered: undefined }
    this.#early.add(early)
    return (outcome) => {
      this.#early.delete(early)
      early.answered?.(outcome)
    }
  }

  #asksOf(child: Child, what: Wish): (outcome: Outcome) => void {
    return what === "want" ? this.#wants(child) : this.#asks(what, child)
  }

  #asks(what: "terminate" | "restart" | "delete", child: Child): (outcome: Outcome) => void {
    const { above, asked } = child
    const incarnation = above?.incarnation
    asked[what] += 1
    return (outcome) => {
      // A supervisor that ends before it answers may have begun.
      if (outcome !== "unknown") asked[what] -= 1
      if (outcome !== "done") return
      // One that waits for its restart is down as it was, and nothing more is told of it.
      if (what === "terminate" && child.pid === undefined) this.#staysDown(child)
      if (what === "delete" && above?.incarnation === incarnation) this.#deleted(child)
    }
  }

  /** With it all above it are wanted. */
  #wants(child: Child): (outcome: Outcome) => void {
    const all: Child[] = []
    for (let each: Child | undefined = child; each !== undefined; each = each.above?.self) all.push(each)
    for (const each of all) {
      each.asked.restart += 1
      each.isHeld = true
    }
    return (outcome) => {
      if (outcome !== "unknown") for (const each of all) each.asked.restart -= 1
      // It is to be tried again, and may have to wait for its group.
      if (outcome === "done") for (const each of all) each.isRevived ||= each.down === "spent"
    }
  }

  #deleted(child: Child): void {
    this.#expect(child.pid === undefined, `${child.plan.id} was deleted, and runs`)
    child.above?.delete(child)
  }

  /** One without an id of its own is asked for below that supervisor. */
  asksForOne(id: string): void {
    const below = this.#find(id)?.below
    if (below !== undefined) below.asked += 1
  }

  /** One that has none is to be terminated, by its pid. */
  terminatesOne(id: string, pid: string): (outcome: Outcome) => void {
    const child = this.#find(id)?.below?.children.find(({ lastPid }) => lastPid === pid)
    return child === undefined ? () => {} : this.#asks("terminate", child)
  }

  adds(plan: ChildPlan): void {
    this.#added.set(plan.id, plan)
    this.#above(plan.id)?.toBeAdded.push(plan)
  }

  /** It clears up, by whatever reason. */
  terminates(id: string, reason: ExitReason): void {
    const plan = this.#find(id)?.plan
    this.#expect(plan?.shutdown !== "brutal_kill" || wordOf(reason) !== "shutdown", `${id} was told to stop, and is to be killed at once`)
  }

  // -- what is seen --------------------------------------------------------------------------------------------------

  see(event: InspectionEvent): void {
    switch (event.type) {
      case "spawned":
        return this.#spawned(event.label, event.pid.toString())
      case "exited":
        return this.#exited(event.label, event.pid.toString(), wordOf(event.reason))
      case "child_started":
        return this.#of(event.child, (child, above) => this.#started(child, above, event.pid))
      case "restarting":
        return this.#of(event.child, (child, above) => this.#restarting(child, above, wordOf(event.reason), event.restarts, event.delayMs))
      case "child_stopped":
        if (this.#find(event.child) === undefined && this.#added.has(event.child)) return this.#neverCame(event.child, event.reason)
        return this.#of(event.child, (child, above) =>
          this.#stopped(child, above, child.unsettledPid === undefined && isHeldBack(event.reason)),
        )
      case "attempts_used_up":
        return this.#of(event.child, (child) => this.#usedUp(child))
      case "gave_up":
        return this.#of(event.child, (child, above) => this.#gaveUp(child, above))
      case "auto_shutdown":
        return this.#of(event.child, (child, above) => this.#shutDown(child, above))
    }
  }

  /** What it requires will not come: then it is not added. */
  #neverCame(id: string, reason: ExitReason): void {
    this.#expect(isHeldBack(reason) && this.#added.get(id)?.requires.length !== 0, `${id} was added, and never started`)
  }

  #of(id: string, see: (child: Child, above: Supervisor) => void): void {
    const child = this.#find(id)
    if (child?.above === undefined) return this.#expect(false, `${id} is nobody's child`)
    see(child, child.above)
    if (child.pid === undefined) child.unsettledPid = undefined
  }

  #spawned(id: string, pid: string): void {
    const child = this.#find(id) ?? this.#joined(id)
    if (child === undefined) return this.#expect(this.#above(id)?.deleted.has(id) !== true, `${id} was started, and was deleted`)
    this.#expect(child.pid === undefined, `${id} was started while it ran`)
    child.pid = pid
    if (child.above !== undefined) this.#mayStart(child, child.above)
    child.spawned(pid, this.#now())
  }

  #joined(id: string): Child | undefined {
    const above = this.#above(id)
    const plan = above?.plan.dynamic === undefined ? this.#added.get(id) : { ...above.plan.dynamic.each, id }
    if (plan === undefined || above === undefined || above.deleted.has(id)) return undefined
    if (above.plan.dynamic !== undefined) this.#joins(above, above.plan.dynamic.most)
    const child = new Child(plan, above)
    child.asked.restart += 1
    above.children.push(child)
    for (const early of this.#early) if (early.id === id) early.answered = this.#asksOf(child, early.what)
    return child
  }

  #joins(above: Supervisor, most: number): void {
    above.joined += 1
    const { id } = above.self.plan
    const alive = above.children.filter(({ pid }) => pid !== undefined).length
    this.#expect(above.joined <= above.asked, `${id} started one that nobody had asked for`)
    this.#expect(alive < most, `${id} started one where it had all the ${most} that it may have`)
  }

  #above(id: string): Supervisor | undefined {
    return this.#find(aboveOf(id))?.below
  }

  /** It was not there when its supervisor began, and is given its first start by request. */
  #isAdded(child: Child): boolean {
    return child.above?.plan.dynamic !== undefined || this.#added.has(child.plan.id)
  }

  #mayStart(child: Child, above: Supervisor): void {
    const { id, requires } = child.plan
    const now = this.#now()
    this.#expect(above.self.pid !== undefined && !above.isEnding, `${id} was started by a supervisor that has ended or is about to`)
    // One that is done has been there, and that is what it was required for.
    for (const required of above.children.filter(({ plan }) => requires.includes(plan.id)))
      this.#expect(required.isToldUp || required.down === "stopped", `${id} was started before ${required.plan.id}, which it requires`)
    this.#expect(child.down !== "idle" || child.isWanted || child.asked.terminate > 0, `${id} was started, and nobody wanted it`)
    // Who waits for somebody who wants it is no part of a boot: it is started when somebody does.
    if (!above.hasBooted && child.plan.autoStart) {
      const missing = above.before(child).find((each) => !above.hasHadItsTurn(each))
      return this.#expect(missing === undefined, `${id} was started before ${missing?.plan.id} had started`)
    }
    if (above.group !== undefined) this.#mayStartInGroup(child, above, above.group)
    if (above.isMember(child) || child.asked.restart > 0) return
    const mayCome = child.isUnsure || child.isRevived || child.down === undefined || child.down === "idle"
    this.#expect(mayCome, `${id} was started again, and is to stay down`)
    this.#expect(now >= child.notBefore, `${id} was started ${child.notBefore - now} ms before its backoff was over`)
  }

  /** One after the other, when all that share the failure have gone. */
  #mayStartInGroup(child: Child, above: Supervisor, { members, going, notBefore, late }: Group): void {
    if (!members.includes(child)) return
    const { id } = child.plan
    if (child.down !== undefined) late.add(child)
    const left = members.find(({ pid }) => pid !== undefined && going.has(pid))
    this.#expect(left === undefined, `${id} was started while ${left?.plan.id} still ran, which shares the failure`)
    this.#expect(this.#now() >= notBefore, `${id} was started before the backoff of its group was over`)
    const waiting = above.before(child).find((each) => members.includes(each) && !late.has(each) && !isThrough(each))
    this.#expect(waiting === undefined, `${id} was started before ${waiting?.plan.id}, which comes before it`)
    this.#expect(
      child.down !== "spent" || child.isRevived || child.asked.restart > 0,
      `${id} was started with its group, and its restarts are used up`,
    )
    const isOver = child.plan.restart === "temporary" && child.down !== undefined && !child.isWanted
    this.#expect(!isOver, `${id} was started with its group, and is temporary`)
  }

  #exited(id: string, pid: string, reason: string): void {
    const child = this.#find(id)
    if (child === undefined || child.pid !== pid) return
    child.pid = undefined
    if (child.below !== undefined) leave(child.below)
    const { above } = child
    // A supervisor of which a child does not start at its boot does not start either.
    if (above !== undefined && !above.started.has(child)) this.#mayFailBoot(child, above)
    // By its own supervisor alone things go in order.
    if (above === undefined || reason !== "shutdown" || child.asked.terminate > 0 || child.below?.isEnding === true) return
    this.#expect(this.#mayBeStopped(child), `${id} was stopped, and nothing asked for that`)
    if (above.self.pid === undefined) return
    const later = above.behind(child).find((each) => each.pid !== undefined)
    this.#expect(later === undefined, `${id} was stopped before ${later?.plan.id}, which was started after it`)
  }

  #mayFailBoot(child: Child, above: Supervisor): void {
    if (!above.hasBooted) above.isEnding = true
    else if (!child.plan.autoStart && !above.self.isToldUp) above.mayBeEnding = true
  }

  #mayBeStopped(child: Child): boolean {
    const { above } = child
    if (above?.mayBeEnding === true || child.below?.mayBeEnding === true) return true
    if (above !== undefined && this.#mayHaveTimedOut(above.self)) return true
    if (above === undefined) return this.isStopping || child.below?.isEnding === true
    if (child.below?.isEnding === true || child.asked.terminate > 0 || above.isEnding || above.self.pid === undefined) return true
    return above.isMember(child) || this.#mayBeStopped(above.self)
  }

  /** Its start has taken as long as it may: what it has started is stopped. */
  #mayHaveTimedOut({ plan: { startTimeoutMs }, isToldUp, spawnedAt }: Child): boolean {
    return startTimeoutMs !== undefined && !isToldUp && this.#now() >= spawnedAt + startTimeoutMs
  }

  #started(child: Child, above: Supervisor, pid: string): void {
    const { id } = child.plan
    this.#expect(child.pid === undefined || child.pid === pid, `${id} was said to run under another pid`)
    const missing = child.below?.hasBooted === false
    this.#expect(!missing, `${id} was said to have started before its children had`)
    // One that has started too late may have been told so before.
    if (child.below !== undefined && this.#mayHaveTimedOut(child)) child.below.mayBeEnding = true
    // One that was starting when its group failed is about to be taken down with it.
    Object.assign(child, { isToldUp: !isGoing(child, above), hadStarted: true, woken: undefined, startedAt: this.#now() })
    if (this.#isAdded(child) && !above.started.has(child)) child.asked.restart -= 1
    above.started.add(child)
    this.#groupMoved(above)
  }

  #groupMoved(above: Supervisor): void {
    const isOver = above.group?.members.every((each) => isThrough(each) && (each.pid === undefined || !isGoing(each, above)))
    if (isOver === true) above.group = undefined
  }

  // -- failures ------------------------------------------------------------------------------------------------------

  #restarting(child: Child, above: Supervisor, reason: string, restarts: number, delayMs: number): void {
    child.unsettledPid = undefined
    const { id, restart, backoff } = child.plan
    const now = this.#now()
    const isAgain = restart === "permanent" || (restart === "transient" && (!child.hadStarted || isFailure(reason)))
    this.#expect(child.pid === undefined, `${id} is to be started again while it runs`)
    this.#expect(isAgain, `${id} is ${restart} and has ended (${reason}), and is to be started again`)
    this.#expect(!above.isEnding, `${id} is to be started again by a supervisor that is about to end`)
    const counted = this.#counted(above)
    this.#expect(counted === restarts, `the restart of ${id} is number ${counted} within the period, and was told to be ${restarts}`)
    this.#expect(counted <= above.plan.intensity, `${id} is to be started again, and its supervisor has to give up`)
    child.attempt = this.#nextAttempt(child)
    const { initialMs, factor, maxMs, maxAttempts } = backoff
    this.#expect(maxAttempts === 0 || child.attempt <= maxAttempts, `${id} is to be started again, and its restarts are used up`)
    const due = child.attempt === 1 ? 0 : Math.min(initialMs * factor ** (child.attempt - 2), maxMs)
    this.#expect(delayMs === due, `${id} waits ${delayMs} ms before its restart, and not ${due}`)
    child.isToldUp = false
    child.notBefore = now + delayMs
    if (above.plan.strategy !== "one_for_one") this.#groupFails(child, above)
  }

  #groupFails(failed: Child, above: Supervisor): void {
    const sharing = above.plan.strategy === "one_for_all" ? above.children : [failed, ...above.behind(failed)]
    const waiting = above.group?.members.filter((each) => !isThrough(each)) ?? []
    const members = above.children.filter((each) => sharing.includes(each) || waiting.includes(each) || !above.precedes(each, failed))
    const going = new Set(sharing.flatMap(({ unsettledPid }) => unsettledPid ?? []))
    const late = new Set([...(above.group?.late ?? [])].filter((each) => !sharing.includes(each)))
    above.group = { members, sharing, going, notBefore: failed.notBefore, late }
    // Whoever waited longer is started with the others.
    for (const each of members) each.notBefore = Math.min(each.notBefore, failed.notBefore)
    for (const each of sharing) {
      each.isToldUp = false
      if (each.asked.terminate > 0) each.isUnsure = true
      // Who was terminated is started with the others, as in OTP.
      if (each.down === "stopped" && each.plan.restart !== "temporary") each.down = undefined
    }
  }

  /** Restarts within the period, with the present one. */
  #counted({ restarts, plan }: Supervisor): number {
    const now = this.#now()
    restarts.push(now)
    return restarts.filter((at) => now - at <= plan.periodMs).length
  }

  #nextAttempt({ hadStarted, startedAt, attempt, plan }: Child): number {
    return hadStarted && this.#now() - startedAt >= plan.backoff.stableAfterMs ? 1 : attempt + 1
  }

  #usedUp(child: Child): void {
    const { maxAttempts } = child.plan.backoff
    const isSo = maxAttempts > 0 && this.#nextAttempt(child) > maxAttempts
    this.#expect(isSo, `the restarts of ${child.plan.id} are not used up`)
    child.down = "spent"
  }

  #gaveUp(child: Child, above: Supervisor): void {
    const counted = this.#counted(above)
    this.#expect(counted > above.plan.intensity, `a supervisor gave up on ${child.plan.id} after ${counted} restarts within the period`)
    child.isToldUp = false
    above.isEnding = true
  }

  // -- who stays down ------------------------------------------------------------------------------------------------

  #stopped(child: Child, above: Supervisor, isHeldBack: boolean): void {
    const { restart } = child.plan
    // With its group it comes again, if nobody has it stay down; not where it has come again already, and has ended by itself.
    const isUncertain = above.isMember(child) && above.group?.sharing.includes(child) === false
    const isByItself = !isUncertain && !(above.isMember(child) && isGoing(child, above))
    const isUnrun = child.woken !== undefined && !child.hadStarted
    if (isUncertain || (isUnrun && child.woken === "perhaps")) child.isUnsure = true
    child.isToldUp = false
    this.#expect(child.pid === undefined, `${child.plan.id} was said to be down while it ran`)
    if (isUnrun && child.woken === "surely") child.down ??= "idle"
    else if (isByItself || restart === "temporary" || isHeldBack) child.down ??= "stopped"
    else if (child.asked.terminate > 0) this.#staysDown(child)
    const isGone = restart === "temporary" || !above.started.has(child) || above.plan.dynamic !== undefined
    if (isGone && this.#isAdded(child)) above.children = above.children.filter((each) => each !== child)
    this.#groupMoved(above)
  }

  #staysDown(child: Child): void {
    // Who was terminated waits for nobody any more: it comes with its group, as in OTP.
    if (child.down === "idle") child.down = "stopped"
    if (child.above?.isMember(child) === true || child.asked.restart > 0) child.isUnsure = true
    else child.down ??= "stopped"
  }

  #shutDown(child: Child, above: Supervisor): void {
    const { autoShutdown } = above.plan
    this.#expect(
      child.plan.significant && autoShutdown !== "never",
      `a supervisor shut down after ${child.plan.id}, which is not significant`,
    )
    const left = above.children.find((each) => each !== child && each.plan.significant && each.isToldUp)
    this.#expect(autoShutdown !== "all_significant" || left === undefined, `a supervisor shut down while ${left?.plan.id} runs`)
    above.isEnding = true
  }

  // -- the rest ------------------------------------------------------------------------------------------------------

  #expect(isRight: boolean, otherwise: string): void {
    if (!isRight) this.wrong ??= `at ${this.#now()} ms: ${otherwise}`
  }

  #find(id: string, from: Child = this.#top): Child | undefined {
    if (from.plan.id === id) return from
    for (const child of from.below?.children ?? []) {
      const found = this.#find(id, child)
      if (found !== undefined) return found
    }
    return undefined
  }
}
