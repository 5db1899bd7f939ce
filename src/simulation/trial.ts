/**
 * One schedule: the application is started, its scenario runs, all comes to rest, invariants are looked at, it is stopped. Whatever happens in
 * between is a step that was chosen.
 *
 * It is written as a sequence that gives way after each step, for what follows from it by promises: who drives it (`drive.ts`) lets all of that run.
 */

import type { Runtime } from "../app/runtime.ts"
import { start } from "../app/start.ts"
import type { SupervisorDefinition } from "../app/supervisor-definition.ts"
import type { Log } from "../inspection/log.ts"
import { thrownText } from "../kernel/errors.ts"
import type { Always, Application } from "./application.ts"
import { inProductionOrder, untilItWaits } from "./base-orders.ts"
import type { Candidate } from "./candidate.ts"
import { Answer, Waiting } from "./candidate.ts"
import type { Decider } from "./decider.ts"
import type { Exploration } from "./explore-options.ts"
import type { Failure, FailureKind } from "./failure.ts"
import { Faults, isFullOrNot } from "./faults.ts"
import type { Scene } from "./scene.ts"
import type { Step } from "./step.ts"
import { traceHash } from "./trace-hash.ts"
import { World } from "./world.ts"

/** What holds for each schedule. */
export type TrialRules = Pick<Exploration, "always" | "finally" | "eventually" | "sometimes" | "faults" | "maxSteps">

/** A schedule that was carried out. */
export interface Trial {
  readonly failure: Failure | undefined
  readonly steps: readonly Step[]
  /** Two that are alike have the same. */
  readonly trace: string
  /** Those of `sometimes` that were seen. */
  readonly seen: ReadonlySet<string>
}

/** How many steps without an end in a part that is not explored (looking, stopping) are none. */
const MOST_QUIET_STEPS = 20_000

class Failed extends Error {
  readonly failure: Omit<Failure, "step">

  constructor(kind: FailureKind, name: string, message: string, error?: unknown) {
    super(message)
    this.failure = error === undefined ? { kind, name, message } : { kind, name, message, error }
  }
}

/** Within so many steps what is to come must have come, once faults have stopped. */
const MOST_FAIR_STEPS = 2000

/** A promise of the application's, followed. */
interface Followed {
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}

export class Run {
  readonly #scene: Scene
  readonly #faults: Faults
  readonly #decider: Decider
  readonly #rules: TrialRules
  readonly #make: () => Application
  readonly #world: World
  readonly #steps: Step[] = []
  readonly #seen = new Set<string>()
  readonly #notes: string[] = []
  readonly #log: Log = ({ level, message }) => void this.#notes.push(`${level}: ${message}`)
  #rejection: { readonly error: unknown } | undefined = undefined
  #last: string | undefined = undefined

  constructor(make: () => Application, scene: Scene, decider: Decider, rules: TrialRules) {
    this.#make = make
    this.#scene = scene
    this.#faults = new Faults(scene, rules.faults)
    if (rules.faults.inboxFull > 0) scene.isFull = (inbox) => decider.choose("fault", isFullOrNot(inbox), 0) === 1
    this.#decider = decider
    this.#rules = rules
    this.#world = new World(scene)
  }

  /** A promise was rejected, and nobody looks at it. */
  rejected(error: unknown): void {
    this.#rejection ??= { error }
  }

  /** Gives way after each step. */
  *play(): Generator<void, Trial> {
    let failure: Failure | undefined
    try {
      yield* this.#scenes()
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      failure = { ...error.failure, step: this.#steps.length - 1 }
    }
    return { failure, steps: this.#steps, trace: traceHash(this.#steps), seen: this.#seen }
  }

  *#scenes(): Generator<void, void> {
    const application = this.#make()
    const { tree, options } = application
    const runtime = yield* this.#until("start", () =>
      start(tree as SupervisorDefinition<object>, { ...options, host: this.#scene.host, log: this.#log }),
    )
    this.#faults.of(runtime.security)
    yield* this.#until("run", () => application.run(runtime, this.#world))
    yield* this.#rest()
    this.#decider.isQuiet = true
    this.#faults.hasStopped = true
    yield* this.#eventually()
    yield* this.#look(application, runtime)
    yield* this.#until("stop", () => runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY }))
    this.#judgeEnd(runtime)
  }

  *#look(application: Application, runtime: Runtime): Generator<void, void> {
    const wrong = yield* this.#until("check", () => application.check?.(runtime, this.#world))
    this.#verdict("check", "", wrong)
    for (const [name, look] of Object.entries(this.#rules.finally)) {
      this.#verdict("finally", name, yield* this.#until("finally", () => look(this.#world, runtime), name))
    }
  }

  #verdict(kind: FailureKind, name: string, wrong: unknown): void {
    if (typeof wrong === "string") throw new Failed(kind, name, wrong)
    if (wrong === false) throw new Failed(kind, name, name === "" ? "the check gave false" : `${name} does not hold`)
  }

  /** Nothing must be left of it. */
  #judgeEnd(runtime: Runtime): void {
    const { accepted, handled, returned, reported, waiting, processes } = runtime.statistics()
    if (processes > 0) throw new Failed("promise", "23", `${processes} processes are left after the stop`)
    if (accepted !== handled + returned + reported + waiting) {
      const sum = `${handled} handled, ${returned} returned, ${reported} reported, ${waiting} waiting`
      throw new Failed("promise", "2", `of ${accepted} accepted messages some were lost: ${sum}`)
    }
  }

  // -- what is awaited -----------------------------------------------------------------------------------------------

  /** Goes on until that has an outcome. */
  *#until<T>(kind: FailureKind, work: () => T, name = ""): Generator<void, Awaited<T>> {
    const followed = this.#follow(work)
    const most = this.#decider.isQuiet ? MOST_QUIET_STEPS + this.#steps.length : this.#rules.maxSteps
    for (;;) {
      yield
      this.#scene.settle()
      this.#judge()
      const { outcome } = followed
      if (outcome !== undefined) {
        if ("value" in outcome) return outcome.value as Awaited<T>
        throw new Failed(kind, name, `${ACTS[kind] ?? kind} failed: ${thrownText(outcome.error)}`, outcome.error)
      }
      const candidates = this.#scene.candidates()
      if (candidates.length === 0) throw new Failed("stuck", "", `nothing can happen any more, and ${ACTS[kind] ?? kind} has not ended`)
      if (this.#steps.length >= most)
        throw new Failed("endless", "", `${ACTS[kind] ?? kind} has not ended after ${this.#steps.length} steps`)
      this.#step(candidates)
    }
  }

  #follow(work: () => unknown): Followed {
    const followed: Followed = { outcome: undefined }
    const begin = async (): Promise<unknown> => work()
    this.#scene.asOutside(begin).then(
      (value) => (followed.outcome = { value }),
      (error) => (followed.outcome = { error }),
    )
    return followed
  }

  /** Until nothing happens but by time. */
  *#rest(): Generator<void, void> {
    for (;;) {
      yield
      this.#scene.settle()
      this.#judge()
      const candidates = this.#scene.candidates().filter(({ kind }) => kind !== "timer")
      if (candidates.length === 0) return
      if (this.#steps.length >= this.#rules.maxSteps) throw new Failed("endless", "", "the application does not come to rest")
      this.#step(candidates)
    }
  }

  /** Faults have stopped: what is to come must come, in a fair order. */
  *#eventually(): Generator<void, void> {
    const awaited = new Map(Object.entries(this.#rules.eventually))
    const most = this.#steps.length + MOST_FAIR_STEPS
    for (;;) {
      yield
      this.#scene.settle()
      this.#judge()
      for (const [name, look] of awaited) if (look(this.#world)) awaited.delete(name)
      const [name] = awaited.keys()
      if (name === undefined) return
      const candidates = this.#scene.candidates()
      if (candidates.length === 0) throw new Failed("eventually", name, `${name} does not come to be: nothing can happen any more`)
      if (this.#steps.length >= most)
        throw new Failed("eventually", name, `${name} has not come to be within ${MOST_FAIR_STEPS} steps in a fair order`)
      this.#perform(candidates, inProductionOrder(candidates), inProductionOrder(candidates))
    }
  }

  /** What must hold after every step. */
  #judge(): void {
    if (this.#rejection !== undefined) {
      const { error } = this.#rejection
      throw new Failed("rejection", "", `a promise was rejected and nobody looked at it: ${thrownText(error)}`, error)
    }
    for (const [name, sees] of Object.entries(this.#rules.sometimes)) if (!this.#seen.has(name) && sees(this.#world)) this.#seen.add(name)
    for (const [name, look] of Object.entries(this.#rules.always)) this.#verdict("always", name, this.#looked(name, look))
  }

  #looked(name: string, look: Always): unknown {
    try {
      return look(this.#world)
    } catch (error) {
      throw new Failed("always", name, `${name}: ${thrownText(error)}`, error)
    }
  }

  // -- one step ------------------------------------------------------------------------------------------------------

  #step(candidates: readonly Candidate[]): void {
    if (this.#suffered()) return
    const base = untilItWaits(candidates, this.#last)
    this.#perform(candidates, base, this.#decider.choose("step", candidates, base))
  }

  #perform(candidates: readonly Candidate[], base: number, chosen: number): void {
    const choice = candidates[chosen] as Candidate
    this.#last = choice.actor
    this.#scene.perform(choice)
    const instead = chosen === base ? undefined : candidates[base]
    const took = choice instanceof Waiting || choice instanceof Answer ? choice.id : undefined
    this.#told({ choice, fault: undefined, choices: candidates.length, instead, took })
  }

  /** Whether a fault was the step. */
  #suffered(): boolean {
    const faults = this.#faults.candidates(this.#last)
    const choice = faults[this.#decider.choose("fault", faults, 0)]
    if (choice?.fault === undefined) return false
    choice.fall()
    this.#told({ choice: undefined, fault: choice.fault, choices: faults.length, instead: undefined, took: undefined })
    return true
  }

  #told(step: Pick<Step, "choice" | "fault" | "choices" | "instead" | "took">): void {
    const { now: at } = this.#scene
    this.#steps.push({ index: this.#steps.length, at, ...step, sent: this.#scene.takeSent(), notes: this.#notes.splice(0) })
  }
}

/** How each part is called. */
const ACTS: Readonly<Partial<Record<FailureKind, string>>> = {
  run: "the scenario",
  start: "the start",
  check: "the check",
  stop: "the stop",
}
