/**
 * An exploration as a test of Vitest. It knows of Vitest what stands here in small interfaces, and imports nothing of it.
 *
 * Invariants
 * - One exploration at a time in a file, also where its tests run concurrently: the program's globals belong to one. The others wait.
 * - When its time is over, or the run is cancelled, an exploration stops before its next step, and nothing of it is left.
 * - A test that is done has asserted something, for those who ask that of each test.
 */

import { checkOptions, Invalid, invalid, shown } from "../../src/index.ts"
import {
  decodeSchedule,
  EXPLORE_OPTIONS,
  type ExploreOptions,
  type Make,
  type Report,
  type Tree,
  type World,
} from "../../src/simulation.ts"
import { explore, replay } from "./explore.ts"
import { isPickedAlone, replayLineOf, type Task } from "./test-task.ts"

/** How an application is explored in a test; all of it may be left out. */
export interface SimulateOptions extends ExploreOptions {
  /**
   * How long the test may take, in milliseconds; `Infinity`: for ever. Vitest's `testTimeout` does not count. Default: five minutes, and where there
   * are more than 3000 schedules a tenth of a second for each.
   */
  readonly timeoutMs?: number
}

/**
 * Defines a test that explores an application, or, where `PIGEONHOLE_SCHEDULE` is in the environment, carries out that schedule alone.
 *
 * The test fails where a schedule does, by an error that says what the report says, where something of `sometimes` was true in none, and where a
 * service of `models` was asked nothing.
 * With `PIGEONHOLE_SCHEDULE` a test whose application has no such schedule is skipped, and says so; picked alone (`vitest -t NAME`), it fails.
 *
 * Errors  Invalid, for a wrong `timeoutMs`; what else is wrong with the options is what the test fails by.
 */
export type Simulation = <const T extends Tree>(name: string, application: Make<T>, options?: SimulateOptions) => void

/**
 * Defines a test for each of the cases, of which the name shows what Vitest's `it.each` shows (`%s`, `$name`). The application is made of a case, anew for
 * each schedule, and of the world.
 */
export type SimulationOfEach = <const Case>(
  cases: readonly Case[],
) => <const T extends Tree>(name: string, application: MakeOf<Given<Case>, T>, options?: SimulateOptions) => void

/** The same, where a case that is a list is given as it is. */
export type SimulationFor = <const Case>(
  cases: readonly Case[],
) => <const T extends Tree>(name: string, application: MakeOf<[Case], T>, options?: SimulateOptions) => void

/** A case that is a list is given item by item: each of what it is in some case, so that who takes fewer than there are can be written. */
type Given<Case> = [Case] extends [readonly unknown[]] ? ItemsOf<Case, Case["length"]> : Case extends readonly unknown[] ? Case : [Case]
type ItemsOf<Case extends readonly unknown[], Length, Items extends readonly unknown[] = []> = number extends Length
  ? Case
  : Length extends Items["length"]
    ? Items
    : ItemsOf<Case, Length, [...Items, Case[Items["length"]]]>
type MakeOf<Given extends readonly unknown[], T extends Tree> = (...given: [...Given, World]) => ReturnType<Make<T>>

/** As Vitest's `it`: the forms that it has. */
export interface Simulate extends Simulation {
  readonly only: Simulation
  readonly skip: Simulation
  /** Passes where the exploration fails. */
  readonly fails: Simulation
  /** Not written yet. */
  readonly todo: (name: string, application?: Make, options?: SimulateOptions) => void
  readonly skipIf: (condition: unknown) => Simulation
  readonly runIf: (condition: unknown) => Simulation
  readonly each: SimulationOfEach
  readonly for: SimulationFor
}

/** What a test is given by Vitest. */
interface Context {
  readonly task: Task
  /** A Vitest before the third has none. */
  readonly signal?: AbortSignal
  readonly skip: (note?: string) => never
  readonly expect: (value: unknown) => { toBe(expected: unknown): void }
}

/** One of Vitest's ways to define a test. */
type Define = (name: string, options: { readonly timeout: number }, test: (context: Context) => Promise<void>) => void

/** One of Vitest's ways to define a test for each of several cases. */
type DefineFor = (
  cases: readonly unknown[],
) => (name: string, options: { readonly timeout: number }, test: (item: unknown, context: Context) => Promise<void>) => void

/** Defines tests in that way. */
export function simulateBy(define: Define): Simulation {
  return function simulate(name, application, options) {
    const { timeout, test } = readTest(options, simulate)
    define(name, { timeout }, (context) => test(context, application as Make))
  }
}

/** Defines tests of cases in that way; `given`: what of a case the application is made of. */
export function simulateForBy(define: DefineFor, given: (item: unknown) => readonly unknown[]): SimulationFor & SimulationOfEach {
  return (cases: readonly unknown[]) =>
    function simulate(name: string, application: (...given: never[]) => unknown, options?: SimulateOptions) {
      const { timeout, test } = readTest(options, simulate)
      // What is no function is told of as elsewhere.
      const make = (item: unknown) => (world: World) => application(...([...given(item), world] as never[]))
      const makeOf = typeof application === "function" ? make : () => application
      define(cases)(name, { timeout }, (item, context) => test(context, makeOf(item) as Make))
    }
}

/** What is done in a test that `definer` defines, and how long it may take. */
function readTest(options: SimulateOptions | undefined, definer: (...given: never[]) => unknown) {
  const { timeout, exploration } = readSimulation(options)
  const place: { stack?: string } = {}
  Error.captureStackTrace?.(place, definer)
  const test = async (context: Context, application: Make): Promise<void> => {
    const wrong = await inTurn(() => verdictOf(context, application, exploration))
    if (wrong !== undefined) throw failureAt(place.stack, wrong)
    context.expect(wrong).toBe(undefined)
  }
  return { timeout, test }
}

// -- options -----------------------------------------------------------------------------------------------------------

const LEAST_MS = 5 * 60_000
const OF_A_SCHEDULE_MS = 100
/** A host's timer that should take longer takes no time at all. */
const LONGEST_MS = 2 ** 31 - 1

function readSimulation(options: SimulateOptions | undefined): { timeout: number; exploration: ExploreOptions } {
  const { timeoutMs, ...exploration } = readOnce(options)
  return { timeout: timeoutMs ?? timeFor(exploration.schedules), exploration }
}

/** What there is to say of a test. */
const KNOWN = [...EXPLORE_OPTIONS, "timeoutMs"]

/** Its names are looked at in the test. */
function readOnce(options: SimulateOptions | undefined): SimulateOptions {
  const names = typeof options === "object" && options !== null ? Object.keys(options) : []
  const said = checkOptions(options, names)
  const { timeoutMs } = said
  const isRight = typeof timeoutMs === "number" && timeoutMs > 0 && (timeoutMs <= LONGEST_MS || timeoutMs === Number.POSITIVE_INFINITY)
  if (timeoutMs !== undefined && !isRight) {
    throw invalid("timeoutMs", `must be a number of ms from 1 to ${LONGEST_MS}, or Infinity; got ${shown(timeoutMs)}`)
  }
  return said
}

function timeFor(schedules: unknown): number {
  const forAll = typeof schedules === "number" && schedules > 0 ? schedules * OF_A_SCHEDULE_MS : 0
  return Math.min(Math.max(LEAST_MS, forAll), LONGEST_MS)
}

// -- one after the other -----------------------------------------------------------------------------------------------

let last: Promise<unknown> = Promise.resolve()

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const mine = last.then(work)
  last = mine.catch(() => undefined)
  return mine
}

// -- the test ----------------------------------------------------------------------------------------------------------

/** What is wrong with the application; `undefined`: nothing. */
function verdictOf(context: Context, application: Make, exploration: ExploreOptions): Promise<string | undefined> {
  // It may have waited for others until its time was over.
  context.signal?.throwIfAborted()
  checkOptions(exploration, KNOWN)
  const schedule = globalThis.process?.env?.PIGEONHOLE_SCHEDULE ?? ""
  return schedule === "" ? explored(context, application, exploration) : replayed(context, application, schedule, exploration)
}

async function explored({ task, signal }: Context, application: Make, options: ExploreOptions): Promise<string | undefined> {
  const report = await explore(application, { ...options, signal: eitherOf(options.signal, signal) })
  return failureText(report, task) ?? neverTrueText(report) ?? neverAskedText(report)
}

/** The test's own end, and that which its options name. */
function eitherOf(own: AbortSignal | undefined, ofTest: AbortSignal | undefined): AbortSignal | undefined {
  return own === undefined || ofTest === undefined ? (own ?? ofTest) : AbortSignal.any([own, ofTest])
}

function failureText({ failure, schedule, text }: Report, task: Task): string | undefined {
  if (failure === undefined) return undefined
  return `${text}\n\nTo see it again in this test\n  ${replayLineOf(task, schedule ?? "")}`
}

function neverTrueText({ neverSeen, schedules, text }: Report): string | undefined {
  if (neverSeen.length === 0) return undefined
  return `sometimes ${neverSeen.join(", ")}: true in none of ${schedules} schedules\n\n${text}`
}

/** What has judged nothing holds whatever is wrong. */
function neverAskedText({ neverAsked, schedules, text }: Report): string | undefined {
  if (neverAsked.length === 0) return undefined
  return `models ${neverAsked.join(", ")}: nobody was asked anything by that id in ${schedules} schedules\n\n${text}`
}

async function replayed(context: Context, application: Make, schedule: string, options: ExploreOptions): Promise<string | undefined> {
  decodeSchedule(schedule)
  try {
    return failureText(await replay(application, schedule, { ...options, signal: eitherOf(options.signal, context.signal) }), context.task)
  } catch (error) {
    if (!isOfAnother(error) || isPickedAlone(context.task)) throw error
    return context.skip(`PIGEONHOLE_SCHEDULE ${error.message.replace(/^schedule /, "")}`)
  }
}

function isOfAnother(error: unknown): error is Invalid {
  return error instanceof Invalid && error.details.field === "schedule"
}

/** Told where the test is defined, as that is where somebody reads on. */
function failureAt(stack: string | undefined, message: string): Error {
  const error = new Error(message)
  const frames = stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? []
  if (frames.length > 0) error.stack = [`${error.name}: ${message}`, ...frames].join("\n")
  return error
}
