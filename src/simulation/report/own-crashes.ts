/**
 * Processes that crashed on their own: in a schedule in which no fault had fallen before. Under a supervisor that starts them again nothing else may show that,
 * and who explores an application wants to know of it.
 *
 * An error that ends several processes, as those that are linked, is one crash: that of the first. Those of one process with one text are one sort.
 *
 * Bounds  20 crashes of a schedule, 100 sorts; what is beyond is not kept.
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import { thrownText } from "../../kernel/errors.ts"
import { counted, plain, wrapped } from "../text/plain-text.ts"
import { named } from "./story-clauses.ts"

/** One crash. */
export interface CrashNote {
  /** The process by its label. */
  readonly process: string
  /** What it crashed with, in a line: `TypeError: …`. */
  readonly error: string
}

/** Processes of one label that crashed with errors of one text, where no fault had fallen before. */
export interface OwnCrash extends CrashNote {
  /** In so many schedules. */
  readonly schedules: number
  /** Repeats the first of them: for `replay`, or as `PIGEONHOLE_SCHEDULE` in the environment. */
  readonly schedule: string
}

const CRASHES = 20
const SORTS = 100
const LISTED = 5
const WIDTH = 100

/** Those of one schedule. */
export class CrashNotes {
  readonly all: CrashNote[] = []
  /** The first, and what it crashed with. */
  first: { readonly note: CrashNote; readonly error: unknown } | undefined = undefined
  readonly #errors = new Set<unknown>()
  #isOver = false

  /** What crashes from now on may be its consequence. */
  faultFell(): void {
    this.#isOver = true
  }

  told(event: InspectionEvent): void {
    if (this.#isOver || event.type !== "exited" || typeof event.reason === "string" || !("error" in event.reason)) return
    const { label, reason } = event
    if (this.#errors.has(reason.error) || this.all.length >= CRASHES) return
    this.#errors.add(reason.error)
    const note = { process: label, error: thrownText(reason.error) }
    this.first ??= { note, error: reason.error }
    this.#note(note)
  }

  #note({ process, error }: CrashNote): void {
    if (!this.all.some((note) => note.process === process && note.error === error)) this.all.push({ process, error })
  }
}

/** Those of all schedules. */
export class OwnCrashes {
  readonly #sorts = new Map<string, OwnCrash>()

  /** One schedule more; `lineOf`: what repeats it. */
  add(notes: readonly CrashNote[], lineOf: () => string): void {
    for (const { process, error } of notes) {
      const sort = JSON.stringify([process, error])
      const known = this.#sorts.get(sort)
      if (known !== undefined) this.#sorts.set(sort, { ...known, schedules: known.schedules + 1 })
      else if (this.#sorts.size < SORTS) this.#sorts.set(sort, { process, error, schedules: 1, schedule: lineOf() })
    }
  }

  /** First those of most schedules. */
  summary(): readonly OwnCrash[] {
    return [...this.#sorts.values()].toSorted((one, other) => other.schedules - one.schedules)
  }
}

/** Lines of at most 100 columns, but for those that are to be copied as they are. */
export function crashLines(crashes: readonly OwnCrash[], schedules: number): readonly string[] {
  if (crashes.length === 0) return []
  const more = crashes.length - LISTED
  const lines = crashes.slice(0, LISTED).flatMap((crash) => linesOf(crash, schedules))
  return [
    "What crashed on its own, before any fault",
    ...lines,
    ...(more > 0 ? [`  and ${counted(more, "more crash", "more crashes")}`] : []),
  ]
}

function linesOf({ process, error, schedules, schedule }: OwnCrash, all: number): readonly string[] {
  const text = `${named(process)}, in ${schedules} of ${counted(all, "schedule")}: ${plain(error)}`
  return [...wrapped(text, WIDTH, "  "), `    the first: PIGEONHOLE_SCHEDULE=${schedule}`]
}
