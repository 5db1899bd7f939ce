/**
 * One schedule: the application is started, its scenario runs, all comes to rest, invariants are looked at, it is stopped. Whatever happens in
 * between is a step that was chosen.
 *
 * It is written as a sequence of parts (`parts.ts`) that gives way after each step, for what follows from it by promises: who drives it (`drive.ts`) lets all of that run.
 */

import type { Runtime } from "../../app/runtime.ts"
import { start } from "../../app/start.ts"
import type { SupervisorDefinition } from "../../app/supervisor-definition.ts"
import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Log } from "../../inspection/log.ts"
import { formatTree } from "../../inspection/tree-view.ts"
import { thrownText } from "../../kernel/errors.ts"
import { Judges } from "../judges/judges.ts"
import { Promises } from "../judges/promises.ts"
import type { Failure, FailureKind } from "../report/failure.ts"
import { type CrashNote, CrashNotes } from "../report/own-crashes.ts"
import { type Candidate, choicesOf, isOfTime, isTaking } from "../scene/candidate.ts"
import { DeclaredOperations } from "../scene/declared-operations.ts"
import { Faults } from "../scene/faults.ts"
import type { MachineTransitions } from "../scene/machines.ts"
import type { Scene } from "../scene/scene.ts"
import { SmallBounds } from "../scene/small-bounds.ts"
import type { Decider } from "../schedule/decider.ts"
import type { Fault, Step } from "../schedule/step.ts"
import { BaseOrder } from "../strategies/base-order.ts"
import { inProductionOrder } from "../strategies/base-orders.ts"
import type { Always, Application, Make, Sometimes } from "./application.ts"
import { type AfterStep, WAITS_OUTSIDE } from "./drive.ts"
import { crashed, Failed, partText, stuck, throwIfWrong } from "./failed.ts"
import { Followed } from "./followed.ts"
import { IdleTime } from "./idle-time.ts"
import { Looks, thrownIn } from "./looking.ts"
import { logNotes, noteOf } from "./notes.ts"
import { OVER, type Part, Parts, settles, Until } from "./parts.ts"
import { MOST_FAIR_STEPS, Patience } from "./patience.ts"
import { makeApplication } from "./read-application.ts"
import { recoveryOf } from "./recovery.ts"
import { Strays } from "./strays.ts"
import type { Outside } from "./theatre.ts"
import { ToCome } from "./to-come.ts"
import { ToldSteps } from "./told-steps.ts"
import type { TrialRules } from "./trial-rules.ts"
import { whoWaits } from "./who-waits.ts"
import { absentIn, World } from "./world.ts"

/** A schedule that was carried out. */
export interface Trial {
  readonly failure: Failure | undefined
  readonly steps: readonly Step[]
  /** Those of `sometimes` that were seen. */
  readonly seen: ReadonlySet<string>
  /** What machines there were, and which of their transitions were taken. */
  readonly machines: MachineTransitions
  /** Histories of services of which it was not found out whether an order explains them. */
  readonly undecided: number
  /** Those of `models` whose service was asked something. */
  readonly asked: ReadonlySet<string>
  /** Who crashed where no fault had fallen before. */
  readonly crashes: readonly CrashNote[]
}

/** How many steps without an end in a part that is not explored (looking, stopping) are none. */
const MOST_QUIET_STEPS = 20_000

export class Run {
  readonly #scene: Scene
  readonly #faults: Faults
  readonly #decider: Decider
  readonly #rules: TrialRules
  readonly #make: Make
  readonly #world: World
  readonly #told = new ToldSteps()
  readonly #steps: readonly Step[] = this.#told.all
  readonly #seen = new Set<string>()
  readonly #log: Log = (entry) => void this.#told.note(...logNotes(entry))
  readonly #looks: Looks
  readonly #always: readonly (readonly [string, Always])[]
  readonly #sometimes: readonly (readonly [string, Sometimes])[]
  readonly #promises: Promises
  readonly #judges: Judges
  readonly #declared: DeclaredOperations
  readonly strays: Strays
  #runtime: Runtime | undefined = undefined
  readonly #idle: IdleTime
  readonly #crashes = new CrashNotes()
  readonly #baseOrder = new BaseOrder()
  /** The first step of the look at the end. */
  #looksFrom: number | undefined = undefined

  outside: Outside | undefined = undefined

  constructor(make: Make, scene: Scene, decider: Decider, rules: TrialRules) {
    this.#make = make
    this.#idle = new IdleTime(scene, rules.maxSteps)
    this.strays = new Strays(() => this.#steps.length - 1, scene.order)
    this.#scene = scene
    this.#faults = new Faults(scene, rules.faults, rules.askedFaults.length > 0)
    const bounds = new SmallBounds(decider, (fault, choices) => this.#fell(fault, choices))
    if (rules.faults.inboxFull > 0) scene.isFull = bounds.isFull
    if (rules.faults.smallBounds) scene.boundOf = bounds.of
    this.#declared = new DeclaredOperations(decider)
    scene.declared = this.#declared
    this.#decider = decider
    this.#rules = rules
    this.#world = new World(scene, rules.knowledge)
    this.#looks = new Looks(scene, this.#world)
    this.#always = Object.entries(rules.always)
    this.#sometimes = Object.entries(rules.sometimes)
    this.#promises = new Promises(scene, rules.knowledge)
    this.#judges = new Judges(rules.models, rules.knowledge, scene.namesakes)
    // A function made where it is put into a field is taken for lasting by V8, and keeps its world.
    const keepsValues = (service: string): boolean => Object.hasOwn(rules.models, service)
    scene.requests.keepsValues = keepsValues
    scene.listener = this.#promises.listening({
      asked: (inbox, caller, argument) => this.#judges.asked(inbox, caller, argument),
      ended: (inbox) => this.#judges.ended(inbox, scene.nextId()),
      told: (event, kernel) => this.#observe(event, kernel),
    })
  }

  entered(): void {
    this.#rules.knowledge.present(this.#world)
  }

  left(): void {
    this.#rules.knowledge.present(undefined)
  }

  /** Gives way after each step. */
  play(): Parts<Trial> {
    return new Parts(this.#play())
  }

  *#play(): Generator<Part, Trial, void> {
    let failure: Failure | undefined
    try {
      yield* this.#scenes()
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      failure = { step: this.#steps.length - 1, ...error.failure, ...this.#picture(error.failure) }
      // What the last look has left behind, as a rejection, is nobody's but this schedule's.
      yield settles
    } finally {
      this.#scene.end()
    }
    const steps = this.#steps
    const machines = this.#scene.machines.all
    const { undecided } = this.#judges
    const asked = this.#judges.modelledOf(this.#scene.requests.operations)
    return { failure, steps, seen: this.#seen, machines, undecided, asked, crashes: this.#crashes.all }
  }

  /** How things stand where it failed. */
  #picture({ kind }: Pick<Failure, "kind">): Pick<Failure, "tree" | "looksFrom"> {
    const looked = kind === "check" || kind === "finally" ? this.#looksFrom : undefined
    const looks = looked === undefined || looked === this.#steps.length ? {} : { looksFrom: looked }
    return this.#runtime === undefined ? {} : { tree: formatTree(this.#runtime.tree()), ...looks }
  }

  *#scenes(): Generator<Part, void, void> {
    const application = makeApplication(this.#make, this.#world)
    const started = this.#until("start", () => this.#start(application))
    yield started.part
    const runtime = started.value
    this.#runtime = runtime
    this.#faults.of(runtime.security)
    yield this.#until("run", () => application.run(runtime, this.#world)).part
    yield () => this.#rest()
    this.#promises.judgeRest()
    this.#decider.isQuiet = true
    this.#faults.hasStopped = true
    yield this.#eventually()
    yield this.#recovery(runtime)
    yield* this.#look(application, runtime)
    this.#judgeHistories()
    this.#promises.stopping()
    yield this.#until("stop", () => runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY })).part
    // No time passes any more, by which an answer that is slow would come.
    this.#scene.answers.letGo()
    yield () => this.#rest()
    this.#promises.judgeEnd()
    this.strays.throwIfRejected()
    this.#judge()
    // What the last look has left behind is this schedule's still.
    yield settles
    this.strays.throwIfRejected()
    this.#judgeProgram()
  }

  #start({ tree, options }: Application): Promise<Runtime> {
    return start(tree as SupervisorDefinition<object>, { ...options, host: this.#scene.host, log: this.#log })
  }

  #observe(event: InspectionEvent, kernel: object): void {
    this.#crashes.told(event)
    this.#looks.told()
    const note = noteOf(event, (label) => this.#scene.namesakes.nameOf({ label, kernel }))
    if (note !== undefined) this.#told.note(note)
  }

  *#look(application: Application, runtime: Runtime): Generator<Part, void, void> {
    this.#looksFrom = this.#steps.length
    this.#declared.hasEnded = true
    const checked = this.#until("check", () => application.check?.(runtime, this.#world))
    yield checked.part
    throwIfWrong("check", "", checked.value)
    for (const [name, look] of Object.entries(this.#rules.finally)) {
      const looked = this.#until("finally", () => look(this.#world, runtime), name)
      yield looked.part
      throwIfWrong("finally", name, looked.value)
    }
  }

  #judgeHistories(): void {
    const violation = this.#judges.violation(this.#scene.requests.operations)
    if (violation !== undefined)
      throw new Failed("history", this.#scene.namesakes.idOf(violation.service), `${violation.service}: ${violation.why}`)
  }

  // -- what is awaited -----------------------------------------------------------------------------------------------

  /** Goes on until that has an outcome, which is its value from then on. */
  #until<T>(kind: FailureKind, work: () => T, name = ""): Until<Awaited<T>> {
    absentIn(this.#world)
    const followed = new Followed(this.#scene.asOutside(async () => work()))
    this.#idle.begin()
    const most = this.#decider.isQuiet ? MOST_QUIET_STEPS + this.#steps.length : this.#rules.maxSteps
    const part: Part = () => {
      this.#seeStep()
      const { outcome } = followed
      if (outcome === undefined) return this.#goOn(kind, name, most)
      if ("value" in outcome) return OVER
      throw new Failed(kind, name, `${partText(kind, name)} failed: ${thrownText(outcome.error)}`, thrownIn(this.#world, outcome.error))
    }
    return new Until(part, followed)
  }

  #goOn(kind: FailureKind, name: string, most: number): AfterStep {
    const candidates = this.#scene.candidates()
    if (this.#isUnderWay(candidates)) return this.#pause
    if (candidates.length === 0 || this.#idle.isForEver) this.#isStuck(partText(kind, name), candidates.length === 0)
    if (this.#steps.length >= most) {
      if (this.#idle.isVeryLong) this.#isStuck(partText(kind, name), false)
      throw new Failed("endless", "", `${partText(kind, name)} has not ended after ${this.#steps.length} steps`)
    }
    this.#step(candidates)
    return undefined
  }

  /** Before time passes comes what follows from the last step, and what is answered outside. */
  #isUnderWay(candidates: readonly Candidate[], isLast = candidates.length === 0): boolean {
    if (!candidates.every(isOfTime)) return false
    return this.#scene.hasMoved || this.outside?.isAwaited(isLast) === true
  }

  get #pause(): AfterStep {
    return this.#scene.hasMoved ? undefined : WAITS_OUTSIDE
  }

  /** Where the runtime owes it something, that is why. */
  #isStuck(what: string, isOver: boolean): never {
    if (isOver) this.#promises.judgeStuck()
    this.#judgePromises()
    throw stuck(what, whoWaits(this.#scene, this.#rules.knowledge), { isOver, inVain: this.outside?.inVain ?? [] })
  }

  /** Until nothing happens but by time. */
  #rest(): AfterStep | typeof OVER {
    this.#seeStep()
    const candidates = this.#scene.candidates().filter(({ choice }) => choice.kind !== "timer")
    if (this.#isUnderWay(candidates, false)) return this.#pause
    if (candidates.length === 0) return OVER
    if (this.#steps.length >= this.#rules.maxSteps) throw new Failed("endless", "", "the application does not come to rest")
    this.#step(candidates)
    return undefined
  }

  /** Faults have stopped: what is to come must come, in a fair order. */
  #eventually(): Part {
    const toCome = new ToCome(this.#rules.eventually)
    const patience = new Patience(this.#scene)
    return () => {
      this.#seeStep()
      toCome.look((name, look) => this.#looks.look("eventually", name, look))
      if (toCome.hasCome) return OVER
      const candidates = this.#scene.candidates()
      if (this.#isUnderWay(candidates)) return this.#pause
      if (candidates.length === 0) throw toCome.failed("does not come to be: nothing can happen any more")
      if (!patience.lasts()) throw toCome.failed(`has not come to be within ${MOST_FAIR_STEPS} steps in a fair order`)
      this.#performInOrder(candidates)
      return undefined
    }
  }

  /** Until who was befallen is back and all is at rest again, or for so many steps: some never come back. In a fair order, too. */
  #recovery(runtime: Runtime): Part {
    const patience = new Patience(this.#scene)
    return () => {
      this.#seeStep()
      const candidates = recoveryOf(runtime, this.#scene)
      if (this.#isUnderWay(candidates, false)) return this.#pause
      if (candidates.length === 0 || !patience.lasts()) return OVER
      this.#performInOrder(candidates)
      return undefined
    }
  }

  /** What came of the last one. */
  #seeStep(): void {
    this.#settle()
    this.#judge()
  }

  /** What must hold after every step. */
  #judge(): void {
    this.#judgeProgram()
    for (const [name, sees] of this.#sometimes) if (!this.#seen.has(name) && this.#looks.look("sometimes", name, sees)) this.#seen.add(name)
    for (const [name, look] of this.#always) throwIfWrong("always", name, this.#looks.look("always", name, look))
  }

  /** What nobody was asked to look at. */
  #judgeProgram(): void {
    this.#judgePromises()
    this.strays.throwIfCome()
    const own = this.#rules.crashes === "fail" ? crashed(this.#crashes) : undefined
    if (own !== undefined) throw own
  }

  #judgePromises(): void {
    const { broken } = this.#promises
    if (broken !== undefined) throw new Failed("promise", broken.number, broken.how)
  }

  // -- one step ------------------------------------------------------------------------------------------------------

  #step(candidates: readonly Candidate[]): void {
    if (this.#idle.isLong) return this.#performInOrder(candidates)
    if (this.#suffered()) return
    if (candidates.length === 1) {
      this.#decider.goOn((candidates[0] as Candidate).choice)
      return this.#perform(candidates, 0, 0)
    }
    const choices = choicesOf(candidates)
    const base = this.#baseOrder.of(choices, this.#decider.isQuiet)
    this.#perform(candidates, base, this.#decider.choose("step", choices, base))
  }

  #performInOrder(candidates: readonly Candidate[]): void {
    const next = inProductionOrder(choicesOf(candidates))
    this.#perform(candidates, next, next)
  }

  #perform(candidates: readonly Candidate[], base: number, chosen: number): void {
    const candidate = candidates[chosen] as Candidate
    const { choice } = candidate
    this.#baseOrder.went(choice)
    this.#carryOut(candidate)
    this.#idle.after(choice)
    this.outside?.moved()
    const instead = chosen === base ? undefined : candidates[base]?.choice
    const took = isTaking(candidate) ? choice.id : undefined
    this.#told.tell(this.#scene.now, { choice, fault: undefined, choices: candidates.length, instead, took })
  }

  /** What a timer or a turn of the program's throws is nobody's: a failure of the schedule. */
  #carryOut(candidate: Candidate): void {
    try {
      this.#scene.perform(candidate)
    } catch (error) {
      const { kind } = candidate.choice
      if (kind !== "timer" && kind !== "turn") throw error
      this.strays.threw(error)
    }
  }

  /** Whether a fault was the step. */
  #suffered(): boolean {
    if (this.#faults.hasStopped) return false
    const faults = this.#faults.candidates(this.#baseOrder.last, this.#steps.at(-1))
    if (faults.length === 0) return false
    const fallen = faults[this.#decider.choose("fault", choicesOf(faults), 0)]
    if (fallen?.fault === undefined) return false
    fallen.fall()
    this.#fell(fallen.fault, faults.length)
    return true
  }

  #fell(fault: Fault, choices: number): void {
    this.#crashes.faultFell()
    this.#told.tell(this.#scene.now, { choice: undefined, fault, choices, instead: undefined, took: undefined })
  }

  /** What followed from the last step by promises belongs to it. */
  #settle(): void {
    this.#scene.settle()
    this.#told.follow(this.#scene)
  }
}
