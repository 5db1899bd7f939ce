/**
 * A schedule as one word: what it was seeded with, how it deviates from the base order, and what it looked like. It is all that is needed to
 * repeat it.
 *
 * @example
 * // version . seed . order . deviations . trace
 * // 1.3k.c.4:2,17:1.9f3a01bc
 */

import { invalid, shown } from "../../kernel/errors.ts"
import type { Deviation, Strategy } from "./decider.ts"

/** How far an order may go: all that the contract allows, or what one runtime can do today. */
export type Order = "contract" | "runtime"

export interface Schedule {
  /** Of the numbers that the application draws. */
  readonly seed: number
  readonly order: Order
  readonly deviations: readonly Deviation[]
  /** Of what it looked like; empty where that is not known. */
  readonly trace: string
}

const VERSION = "1"

export function encodeSchedule({ seed, order, deviations, trace }: Schedule): string {
  const list = deviations.map(({ at, choice }) => `${at}:${choice}`).join(",")
  return [VERSION, seed.toString(36), order === "contract" ? "c" : "r", list === "" ? "-" : list, trace].join(".")
}

const SHAPE = /^(\w+)\.([0-9a-z]+)\.([cr])\.(-|\d+:\d+(?:,\d+:\d+)*)\.([0-9a-f]{8}|-)$/

/** Reads one. Errors: Invalid, for what is none, or of another version. */
export function decodeSchedule(text: unknown): Schedule {
  const parts = typeof text === "string" ? SHAPE.exec(text.trim()) : null
  const [, version, seedText = "", order, list = "-", trace = ""] = parts ?? []
  const seed = Number.parseInt(seedText, 36)
  if (parts === null || !Number.isSafeInteger(seed)) {
    throw invalid("schedule", `must be the replay line of a report, as 1.3k.c.4:2,17:1.9f3a01bc; got ${shown(text)}`)
  }
  if (version !== VERSION) throw invalid("schedule", `is of version ${version}, and this is version ${VERSION}: explore anew`)
  return {
    seed,
    order: order === "c" ? "contract" : "runtime",
    deviations: list === "-" ? [] : list.split(",").map(deviationOf),
    // Said, as a line that was cut behind its last dot could be of any application.
    trace: trace === "-" ? "" : trace,
  }
}

function deviationOf(text: string): Deviation {
  const [at, choice] = text.split(":").map(Number)
  return { at: at as number, choice: choice as number }
}

/** Goes by those deviations, and else by the base order. */
export class Replay implements Strategy {
  readonly #choices: ReadonlyMap<number, number>
  /** Deviations of a decision that has fewer choices. */
  misfits = 0

  constructor(deviations: readonly Deviation[]) {
    this.#choices = new Map(deviations.map(({ at, choice }) => [at, choice]))
  }

  choose({ number, choices, base }: Parameters<Strategy["choose"]>[0]): number {
    const choice = this.#choices.get(number)
    if (choice === undefined) return base
    if (choice < choices.length) return choice
    this.misfits += 1
    return base
  }
}
