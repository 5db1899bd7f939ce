/** The faults of one schedule: which could fall now, and what each does. How many are left is counted here; whether one falls is a decision. */

import type { Security } from "../../app/security.ts"
import type { Party } from "../../kernel/envelope.ts"
import { Process } from "../../kernel/process.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"
import type { Fault, FaultKind, Step } from "../schedule/step.ts"
import { actorOf } from "./actor.ts"
import { befall } from "./befallen.ts"
import { type Asked, type Calling, Candidate, CLOCK, nameOf, type OutsideSort } from "./candidate.ts"
import type { FaultBudget, Purse } from "./fault-options.ts"
import { isOfFirstStart } from "./first-start.ts"
import type { Scene } from "./scene.ts"
import { handledIn } from "./standing.ts"
import { startedIn } from "./started-in.ts"

/** Longer than a request waits by default. */
const SLOW_MS = 6000
const LONG_MS = 60_000

/** One that could fall now; without a kind, none does. */
export class FaultChoice extends Candidate {
  readonly fault: Fault | undefined
  readonly fall: () => void

  constructor(fault: Fault | undefined, fall: () => void) {
    super(0, "fault", fault?.actor ?? CLOCK, CLOCK, fault?.kind ?? "none", 0, fault === undefined ? undefined : momentText(fault))
    this.fault = fault
    this.fall = fall
  }
}

/** Of which message a fault falls, and when; none where nobody could say. */
type Moment = Pick<Fault, "what" | "when">

const AT_ANY: Moment = { what: "" }

function canGiveUp(supervisor: KeeperProcess): boolean {
  return supervisor.parent !== undefined && supervisor.isStarted && supervisor.status !== "ending"
}

function momentText({ when, what }: Fault): string {
  return when === undefined ? what : `${when} ${what}`
}

/** None falls. */
export const NONE = new FaultChoice(undefined, () => {})

/** How calls of each sort fail. */
const FAILURES: Readonly<Record<OutsideSort, { readonly purse: Purse; readonly kind: FaultKind }>> = {
  external: { purse: "externalFails", kind: "external_fails" },
  database: { purse: "databaseFails", kind: "database_fails" },
  file: { purse: "fileFails", kind: "file_fails" },
}

/** That a fault was meant, and no mistake of the application's. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash"
}

const NO_FAULTS: readonly FaultChoice[] = []
const CLOCK_JUMP: Fault = { kind: "clock_jump", actor: CLOCK, what: "" }

/** What can befall whom is not looked at where none of them is left. */
const OF_PROCESSES: readonly Purse[] = ["crash", "callerDies", "startFails", "startHangs", "givesUp", "slowHandler"]
const OF_ANSWERS: readonly Purse[] = ["slowReply", "lostReply"]
const OF_OUTSIDE: readonly Purse[] = ["externalFails", "databaseFails", "fileFails", "tornFile"]

export class Faults {
  readonly #scene: Scene
  readonly #left: Record<Purse, number>
  readonly #policies: FaultBudget["policies"]
  /** Of the application, once that has started. */
  #security: Security | undefined = undefined
  /** Those that have gone on while their application started: they are befallen once it has. */
  readonly #spared = new Set<Process>()
  /** None falls any more. */
  hasStopped: boolean

  /** `areAsked`: whether any may fall at all. */
  constructor(scene: Scene, budget: FaultBudget, areAsked: boolean) {
    this.#scene = scene
    this.hasStopped = !areAsked
    this.#left = { ...budget }
    this.#policies = budget.policies
  }

  /** The application has started: from now on its parts can fail to start again, and policies can be changed. */
  of(security: Security): void {
    this.#security = security
  }

  /**
   * Those that could fall now, the first of them none; empty where there is no other. A process is befallen after it has gone on, or as it is to
   * start, but not before its application has started: whatever others do meanwhile, its end is a step that may come later. A supervisor gives up
   * after a child of its own has gone on, too, and who does nothing for a while does so from when a message has come. `last` went on last, and
   * `step` is what was done last, that or a fault.
   */
  candidates(last: string | undefined, step: Step | undefined): readonly FaultChoice[] {
    if (this.hasStopped) return NO_FAULTS
    const found: FaultChoice[] = [NONE]
    if (this.#areAnyLeft(OF_PROCESSES)) this.#ofProcesses(found, last, step)
    if (this.#areAnyLeft(OF_ANSWERS)) this.#ofAnswers(found)
    this.#ofTheWorld(found)
    if (this.#areAnyLeft(OF_OUTSIDE)) this.#ofOutside(found)
    return found.length === 1 ? NO_FAULTS : found
  }

  #areAnyLeft(purses: readonly Purse[]): boolean {
    for (const purse of purses) if (this.#left[purse] > 0) return true
    return false
  }

  #ofProcesses(found: FaultChoice[], last: string | undefined, step: Step | undefined): void {
    const processes = startedIn(this.#scene.kernels)
    const isLast = (process: Party): boolean => actorOf(process) === last
    const above = this.#left.givesUp > 0 ? processes.filter(isLast).map(({ parent }) => parent) : []
    for (const process of processes) {
      if (!(process instanceof Process) || process.isUrged) continue
      const hasGoneOn = isLast(process)
      if (this.#security === undefined || isOfFirstStart(process)) {
        if (hasGoneOn) this.#spared.add(process)
        this.#ofFirstStart(found, process)
        continue
      }
      const isBefallen = this.#spared.delete(process) || hasGoneOn || process.status === "starting"
      if (process instanceof KeeperProcess) {
        if ((isBefallen || above.includes(process)) && canGiveUp(process))
          this.#fault(found, "givesUp", "gives_up", process, () => crash(process))
      } else if (process.parent instanceof KeeperProcess) this.#ofSupervised(found, process, step, isBefallen)
      else if (isBefallen && this.#left.callerDies > 0)
        this.#fault(found, "callerDies", "caller_dies", process, () => kill(process), momentOf(process, step))
    }
  }

  /** It may take its time. */
  #ofFirstStart(found: FaultChoice[], process: Process): void {
    if (process instanceof KeeperProcess || !(process.parent instanceof KeeperProcess) || process.status !== "starting") return
    this.#startHangs(found, process)
  }

  #ofSupervised(found: FaultChoice[], process: Process, step: Step | undefined, isBefallen: boolean): void {
    if (process.status === "starting") {
      this.#fault(found, "startFails", "start_fails", process, () => crash(process))
      return this.#startHangs(found, process)
    }
    if (isBefallen && this.#left.crash > 0) {
      const moment = momentOf(process, step)
      // Who ends already, and clears up, can only be killed: nothing else becomes of another crash.
      if (process.status !== "ending") this.#fault(found, "crash", "crash", process, () => crash(process), moment)
      this.#fault(found, "crash", "kill", process, () => kill(process), moment)
    }
    if (this.#left.slowHandler <= 0 || process.inbox.isEmpty || !(isBefallen || hasComeIn(step, process))) return
    const moment = { what: nextOf(process) }
    this.#fault(found, "slowHandler", "slow_handler", process, () => this.#scene.slowDown(process.inbox, SLOW_MS), moment)
  }

  #startHangs(found: FaultChoice[], process: Process): void {
    this.#fault(found, "startHangs", "start_hangs", process, () => this.#scene.slowDown(process.inbox, LONG_MS))
  }

  #ofAnswers(found: FaultChoice[]): void {
    for (const answer of this.#scene.answers.all) {
      const { asked } = answer
      if (this.#isOfFirstStart(asked)) continue
      const { actor, what } = answer.choice
      const isLimited = asked.until !== Number.POSITIVE_INFINITY
      if (answer.heldUntil === 0)
        this.#one(found, "slowReply", { kind: "slow_reply", actor, what }, () => this.#scene.holdUp(answer, SLOW_MS))
      if (isLimited) this.#one(found, "lostReply", { kind: "lost_reply", actor, what }, () => this.#scene.lose(answer))
    }
  }

  #ofTheWorld(found: FaultChoice[]): void {
    this.#one(found, "clockJump", CLOCK_JUMP, () => {
      this.#scene.now += LONG_MS
    })
    const security = this.#security
    if (security === undefined || this.#left.policyChange <= 0) return
    for (const [index, policies] of this.#policies.entries()) {
      this.#one(found, "policyChange", { kind: "policy_change", actor: "policies", what: `set ${index + 1}` }, () => {
        security.setPolicies(policies)
      })
    }
  }

  /** A call fails that has not been carried out, or one that has, and nobody was told so yet. */
  #ofOutside(found: FaultChoice[]): void {
    // What fails before the application has started is no application.
    if (this.#security === undefined) return
    for (const calling of this.#scene.outside.waiting) {
      this.#outsideFault(found, calling, "before", () => this.#scene.outside.fail(calling))
      const { target, outside } = calling.asked
      if (outside?.tear !== undefined) this.#one(found, "tornFile", { kind: "torn_file", actor: target, what: "" }, outside.tear)
    }
    for (const answer of this.#scene.answers.all) {
      if (!answer.isFailure) this.#outsideFault(found, answer, "after", () => this.#scene.failAfter(answer))
    }
  }

  #outsideFault(found: FaultChoice[], { asked }: Pick<Calling, "asked">, when: "before" | "after", fall: () => void): void {
    if (asked.outside === undefined || this.#isOfFirstStart(asked)) return
    const { purse, kind } = FAILURES[asked.outside.sort]
    this.#one(found, purse, { kind, actor: asked.target, what: asked.operation, when }, fall)
  }

  #isOfFirstStart({ asker }: Pick<Asked, "asker">): boolean {
    return this.#security === undefined || isOfFirstStart(asker)
  }

  #fault(found: FaultChoice[], purse: Purse, kind: FaultKind, process: Process, fall: () => void, { what, when }: Moment = AT_ANY): void {
    if (this.#left[purse] <= 0) return
    const actor = actorOf(process)
    this.#one(found, purse, when === undefined ? { kind, actor, what } : { kind, actor, what, when }, fall)
  }

  #one(found: FaultChoice[], purse: Purse, fault: Fault, fall: () => void): void {
    if (this.#left[purse] <= 0) return
    const falls = (): void => {
      this.#left[purse] -= 1
      fall()
    }
    found.push(new FaultChoice(fault, falls))
  }
}

/** Of a process that has gone on in `step`, or before it: a message whose handler waits, or else the one that it has handled, or else the next; none while it clears up. */
function momentOf(process: Process, step: Step | undefined): Moment {
  if (process.status === "ending") return AT_ANY
  const handled = process.work.map((token) => handledIn(process, token)).find((what) => what !== "")
  if (handled !== undefined) return { what: handled, when: "during" }
  const done = process.work.length === 0 ? doneIn(step, actorOf(process)) : undefined
  if (done !== undefined) return { what: done, when: "after" }
  const next = nextOf(process)
  return next === "" ? AT_ANY : { what: next, when: "before" }
}

/** Whether a message has come to it there. */
function hasComeIn(step: Step | undefined, process: Process): boolean {
  return step?.sent.some(({ kind, to }) => kind !== "reply" && to === actorOf(process)) === true
}

/** The message that it was done with there: it took it, or has answered it. */
function doneIn(step: Step | undefined, actor: string): string | undefined {
  if (step?.choice?.kind === "message" && step.choice.actor === actor) return step.choice.what
  return step?.sent.find(({ kind, from }) => kind === "reply" && from === actor)?.what
}

/** The message that waits for it; empty where none does. */
function nextOf({ inbox }: Process): string {
  const waiting = inbox.queued.find(({ isSettled }) => !isSettled)
  return waiting === undefined ? "" : nameOf(waiting)
}

function crash(process: Process): void {
  befall(process)
  process.urge({ type: "exit", reason: { error: new SimulatedCrash(`${process.label} was made to crash`) } })
}

function kill(process: Process): void {
  befall(process)
  process.urge({ type: "exit", reason: "kill" })
}
