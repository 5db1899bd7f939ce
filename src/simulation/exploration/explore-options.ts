/** How an application is explored, as its user writes it, and as it is read. */

import { checkedSignal } from "../../kernel/abort-signal.ts"
import { boolean, callback, field, listOf, oneOf, optional, otherwise, ownFields, wholeNumber } from "../../kernel/option-fields.ts"
import { entriesOf, type Field, readOptions } from "../../kernel/options.ts"
import { wholeSeed } from "../../kernel/seeded-random.ts"
import { type ReadModel, readModel, type ServiceModel } from "../judges/service-model.ts"
import { mayBegin } from "../program/foreign-work.ts"
import { type FaultBudget, type FaultOptions, readFaults } from "../scene/fault-options.ts"
import type { Order } from "../schedule/schedule.ts"
import { STRATEGIES, type StrategyName } from "../strategies/portfolio.ts"
import type { Always, Eventually, Finally, Sometimes } from "./application.ts"

/** How an application is explored; all of it may be left out. */
export interface ExploreOptions {
  /** So many schedules at most; the first that fails is the last. Default 1000. */
  readonly schedules?: number
  /** The same gives the same schedules. Default 1. */
  readonly seed?: number
  /** `contract`: every order that the promises allow. `runtime`: those that one runtime can have today. Default `contract`. */
  readonly order?: Order
  /** One strategy alone. Default `mix`: all of them in turn. */
  readonly strategy?: StrategyName
  /** Which faults may fall. Default: none. */
  readonly faults?: FaultOptions
  /** Looked at after every step; synchronous, and must not change or ask anything. A text, `false` or a throw is a violation. */
  readonly always?: Readonly<Record<string, Always>>
  /** Looked at once the scenario has ended and all is at rest; may ask. A text, `false` or a throw is a violation. */
  readonly finally?: Readonly<Record<string, Finally>>
  /** Must come to be true once the scenario has ended and faults have stopped, within 2000 steps in a fair order, ten times as many while one keeps somebody slow. */
  readonly eventually?: Readonly<Record<string, Eventually>>
  /** Must be true at some step of some schedule, or the report says that it never was. */
  readonly sometimes?: Readonly<Record<string, Sometimes>>
  /** More steps than that without an end are a failure, and a tenth of them, at least 500, in which nothing happens but by time. Default 10 000. */
  readonly maxSteps?: number
  /** By the id of a service what it should answer, as a model: histories that no order of it explains are violations. Default: none. */
  readonly models?: Readonly<Record<string, ServiceModel>>
  /**
   * What it is where a process crashes, and no fault had fallen before in its schedule: `report`, the report tells of it (`report.crashes`); `fail`, a failure of the schedule.
   * Default `report`: many a sound application crashes, and is started again.
   */
  readonly crashes?: "report" | "fail"
  /**
   * Kinds of work outside that are no failure, as Node calls them: `FSREQCALLBACK`. What will be answered is waited for before time passes, for ten seconds of real
   * time; what is open and keeps a program alive (Node's `ref`), as a socket, for a second of silence; half as long after each time that was in vain. Default: none.
   */
  readonly allow?: readonly string[]
  /** Whether a schedule that fails is made as short as it can be. Default `true`. */
  readonly shrink?: boolean
  /** Told after each schedule how many there were; and while one that fails is made short, after each try. Must not throw: that ends the exploration. */
  readonly onProgress?: (schedules: number, progress: ExploreProgress) => void
  /** Ends it, between two steps: it rejects with `Canceled`, and nothing of the application is left running. Default: nobody does. */
  readonly signal?: AbortSignal | undefined
}

/** How far an exploration is. */
export interface ExploreProgress {
  /** `exploring`: it looks for a schedule that fails. `shrinking`: it has one, and looks for a shorter one that fails as well. */
  readonly phase: "exploring" | "shrinking"
  /** Schedules that were explored. */
  readonly schedules: number
  /** Schedules that were carried out to make one short: 600 at most, 1400 where operations are declared; 0 before. */
  readonly tries: number
  /** The fewest deviations that were found to fail; `undefined` before. */
  readonly deviations: number | undefined
  /** The fewest operations that were found to fail; `undefined` before, and where the scenario declares none. */
  readonly operations?: number | undefined
  /** The line that repeats the one with these; `undefined` before. */
  readonly schedule?: string | undefined
}

/** As read. */
export interface Exploration {
  readonly schedules: number
  readonly seed: number
  readonly order: Order
  readonly strategy: StrategyName
  readonly faults: FaultBudget
  readonly always: Readonly<Record<string, Always>>
  readonly finally: Readonly<Record<string, Finally>>
  readonly eventually: Readonly<Record<string, Eventually>>
  readonly sometimes: Readonly<Record<string, Sometimes>>
  readonly maxSteps: number
  readonly models: Readonly<Record<string, ReadModel>>
  readonly crashes: "report" | "fail"
  readonly allow: readonly string[]
  readonly shrink: boolean
  readonly onProgress: OnProgress
  readonly signal?: AbortSignal | undefined
}

type OnProgress = NonNullable<ExploreOptions["onProgress"]>

/** Nobody is told. */
export const toNobody: OnProgress = () => {}

const NAMES = [...Object.keys(STRATEGIES), "fewDeviations", "reversals", "mix"] as readonly StrategyName[]
const strategy = field<StrategyName>((value) => NAMES.some((name) => name === value), `one of ${NAMES.join(", ")}`)

const kind = field<string>(
  (value) => typeof value === "string" && value !== "" && mayBegin(value),
  'a kind of work outside, as a failure by "outside" names it: "FSREQCALLBACK", "Timeout"',
)

/** Functions by name. */
function looks<Look extends (...parts: never[]) => unknown>(): Field<Readonly<Record<string, Look>>> {
  const look = callback<Look>()
  return (value, path) => {
    if (value === undefined) return {}
    return Object.fromEntries(entriesOf(ownFields(value, path), path).map(([name, each]) => [name, look(each, `${path}.${name}`)]))
  }
}

const FIELDS = {
  schedules: otherwise(wholeNumber(1), 1000),
  seed: otherwise(wholeSeed, 1),
  order: otherwise(oneOf<Order>("contract", "runtime"), "contract"),
  strategy: otherwise(strategy, "mix"),
  faults: (value: unknown, path: string): FaultBudget => readFaults(value, path),
  always: looks<Always>(),
  finally: looks<Finally>(),
  eventually: looks<Eventually>(),
  sometimes: looks<Sometimes>(),
  maxSteps: otherwise(wholeNumber(1), 10_000),
  models: (value: unknown, path: string): Readonly<Record<string, ReadModel>> => {
    if (value === undefined) return {}
    return Object.fromEntries(entriesOf(ownFields(value, path), path).map(([id, model]) => [id, readModel(model, `${path}["${id}"]`)]))
  },
  crashes: otherwise(oneOf<"report" | "fail">("report", "fail"), "report"),
  allow: otherwise(listOf(kind, "a list of kinds"), []),
  shrink: otherwise(boolean, true),
  onProgress: otherwise(callback<OnProgress>(), toNobody),
  signal: optional(checkedSignal),
}

/** What there is to say. */
export const EXPLORE_OPTIONS: readonly string[] = Object.keys(FIELDS)

/** Errors: Invalid, naming the field. */
export function readExploration(options: unknown): Exploration {
  return readOptions(options, FIELDS)
}
