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
    if (this.hasStopped) return []
    const found = [...this.#ofProcesses(last, step), ...this.#ofAnswers(), ...this.#ofTheWorld(), ...this.#ofOutside()]
    return found.length === 0 ? [] : [NONE, ...found]
  }

  *#ofProcesses(last: string | undefined, step: Step | undefined): Iterable<FaultChoice> {
    const processes = this.#scene.kernels.flatMap(({ processes }) => [...processes].reverse())
    const isLast = (process: Party): boolean => actorOf(process) === last
    const above = new Set(this.#left.givesUp > 0 ? processes.filter(isLast).map(({ parent }) => parent) : [])
    for (const process of processes) {
      if (!(process instanceof Process) || process.isUrged) continue
      const hasGoneOn = isLast(process)
      if (this.#security === undefined || isOfFirstStart(process)) {
        if (hasGoneOn) this.#spared.add(process)
        yield* this.#ofFirstStart(process)
        continue
      }
      const isBefallen = this.#spared.delete(process) || hasGoneOn || process.status === "starting"
      if (process instanceof KeeperProcess) {
        if ((isBefallen || above.has(process)) && canGiveUp(process))
          yield* this.#fault("givesUp", "gives_up", process, () => crash(process))
      } else if (process.parent instanceof KeeperProcess) yield* this.#ofSupervised(process, step, isBefallen)
      else if (isBefallen) yield* this.#fault("callerDies", "caller_dies", process, () => kill(process), momentOf(process, step))
    }
  }

  /** It may take its time. */
  *#ofFirstStart(process: Process): Iterable<FaultChoice> {
    if (process instanceof KeeperProcess || !(process.parent instanceof KeeperProcess) || process.status !== "starting") return
    yield* this.#startHangs(process)
  }

  *#ofSupervised(process: Process, step: Step | undefined, isBefallen: boolean): Iterable<FaultChoice> {
    if (process.status === "starting") {
      yield* this.#fault("startFails", "start_fails", process, () => crash(process))
      return yield* this.#startHangs(process)
    }
    if (isBefallen && this.#left.crash > 0) {
      const moment = momentOf(process, step)
      // Who ends already, and clears up, can only be killed: nothing else becomes of another crash.
      if (process.status !== "ending") yield* this.#fault("crash", "crash", process, () => crash(process), moment)
      yield* this.#fault("crash", "kill", process, () => kill(process), moment)
    }
    if (process.inbox.isEmpty || !(isBefallen || hasComeIn(step, process))) return
    const moment = { what: nextOf(process) }
    yield* this.#fault("slowHandler", "slow_handler", process, () => this.#scene.slowDown(process.inbox, SLOW_MS), moment)
  }

  #startHangs(process: Process): Iterable<FaultChoice> {
    return this.#fault("startHangs", "start_hangs", process, () => this.#scene.slowDown(process.inbox, LONG_MS))
  }

  *#ofAnswers(): Iterable<FaultChoice> {
    for (const answer of this.#scene.answers.all) {
      const { asked } = answer
      if (this.#isOfFirstStart(asked)) continue
      const { actor, what } = answer.choice
      const isLimited = asked.until !== Number.POSITIVE_INFINITY
      if (answer.heldUntil === 0)
        yield* this.#one("slowReply", { kind: "slow_reply", actor, what }, () => this.#scene.holdUp(answer, SLOW_MS))
      if (isLimited) yield* this.#one("lostReply", { kind: "lost_reply", actor, what }, () => this.#scene.lose(answer))
    }
  }

  *#ofTheWorld(): Iterable<FaultChoice> {
    yield* this.#one("clockJump", { kind: "clock_jump", actor: CLOCK, what: "" }, () => {
      this.#scene.now += LONG_MS
    })
    const security = this.#security
    if (security === undefined) return
    for (const [index, policies] of this.#policies.entries()) {
      yield* this.#one("policyChange", { kind: "policy_change", actor: "policies", what: `set ${index + 1}` }, () => {
        security.setPolicies(policies)
      })
    }
  }

  /** A call fails that has not been carried out, or one that has, and nobody was told so yet. */
  *#ofOutside(): Iterable<FaultChoice> {
    // What fails before the application has started is no application.
    if (this.#security === undefined) return
    for (const calling of this.#scene.outside.waiting) {
      yield* this.#outsideFault(calling, "before", () => this.#scene.outside.fail(calling))
      const { target, outside } = calling.asked
      if (outside?.tear !== undefined) yield* this.#one("tornFile", { kind: "torn_file", actor: target, what: "" }, outside.tear)
    }
    for (const answer of this.#scene.answers.all) {
      if (!answer.isFailure) yield* this.#outsideFault(answer, "after", () => this.#scene.failAfter(answer))
    }
  }

  *#outsideFault({ asked }: Pick<Calling, "asked">, when: "before" | "after", fall: () => void): Iterable<FaultChoice> {
    if (asked.outside === undefined || this.#isOfFirstStart(asked)) return
    const { purse, kind } = FAILURES[asked.outside.sort]
    yield* this.#one(purse, { kind, actor: asked.target, what: asked.operation, when }, fall)
  }

  #isOfFirstStart({ asker }: Pick<Asked, "asker">): boolean {
    return this.#security === undefined || isOfFirstStart(asker)
  }

  #fault(purse: Purse, kind: FaultKind, process: Process, fall: () => void, moment: Moment = AT_ANY): Iterable<FaultChoice> {
    return this.#one(purse, { kind, actor: actorOf(process), ...moment }, fall)
  }

  *#one(purse: Purse, fault: Fault, fall: () => void): Iterable<FaultChoice> {
    if (this.#left[purse] <= 0) return
    yield new FaultChoice(fault, () => {
      this.#left[purse] -= 1
      fall()
    })
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
