/** How far an exploration is: on a terminal as one line that is drawn again and again, elsewhere as a line every few seconds. */

import type { ExploreProgress } from "../actors/simulation.ts"
import type { Terminal } from "./terminal.ts"

const REDRAWN_MS = 100
const TOLD_MS = 5000
const BAR_COLUMNS = 24

/** What takes the line away that was drawn last; nothing, where none is drawn. */
export function erased({ columns }: Terminal): string {
  return columns === undefined ? "" : "\r\u001b[2K"
}

/** Of one application. */
export class Progress {
  readonly #terminal: Terminal
  readonly #name: string
  readonly #schedules: number
  readonly #found: number
  readonly #begun: number
  #last: number
  #isDrawn = false
  #explored = 0
  #short: ExploreProgress | undefined = undefined

  /** `found`: of the applications before it, so many failed. */
  constructor(terminal: Terminal, name: string, schedules: number, found: number) {
    this.#terminal = terminal
    this.#name = name
    this.#schedules = schedules
    this.#found = found
    this.#begun = terminal.now()
    this.#last = this.#begun
  }

  /** So many schedules are through. */
  done(schedules: number): void {
    this.#explored = schedules
    this.#show(schedules / this.#schedules, (passedMs) => this.#text(schedules, passedMs))
  }

  /** One has failed, and is made short. */
  shrinking(progress: ExploreProgress): void {
    const { schedules } = progress
    this.#short = progress
    const text = (): string => `${this.#name} failed in schedule ${schedules}, which is made short: ${shortText(progress)}`
    this.#show(schedules / this.#schedules, text)
  }

  /** Where it stands, for who does not wait for its end; `again` says how a schedule is seen again. */
  soFar(again: (schedule: string) => string): string {
    const short = this.#short
    const passed = `in ${timeText(this.passedMs)}`
    if (short === undefined) {
      return `${this.#name} interrupted after ${this.#explored} of ${this.#schedules} schedules, ${passed}: none of them failed\n\n`
    }
    const { schedules, schedule = "" } = short
    return `${this.#name} FAILED in schedule ${schedules}, ${passed}; interrupted while it was made short: ${shortText(short)}\n\n${again(schedule)}`
  }

  /** Where it is long enough since the last. */
  #show(share: number, textAfter: (passedMs: number) => string): void {
    const now = this.#terminal.now()
    const { columns } = this.#terminal
    if (now - this.#last < (columns === undefined ? TOLD_MS : REDRAWN_MS)) return
    this.#last = now
    const text = textAfter(now - this.#begun)
    if (columns === undefined) this.#terminal.tell(`${text}\n`)
    else this.#draw(`${bar(share)} ${text}`.slice(0, columns - 1))
  }

  #draw(line: string): void {
    this.#terminal.tell(erased(this.#terminal) + line)
    this.#isDrawn = true
  }

  #text(schedules: number, passedMs: number): string {
    const leftMs = ((this.#schedules - schedules) * passedMs) / schedules
    const found = this.#found === 0 ? "" : `, ${this.#found} found`
    return `${this.#name} ${schedules}/${this.#schedules}, ${Math.round((schedules * 1000) / passedMs)}/s, ${timeText(leftMs)} left${found}`
  }

  /** How long it has taken. */
  get passedMs(): number {
    return this.#terminal.now() - this.#begun
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isDrawn) this.#terminal.tell(erased(this.#terminal))
    this.#isDrawn = false
  }
}

function shortText({ tries, deviations = 0, operations }: ExploreProgress): string {
  const ofScenario = operations === undefined ? "" : ` and ${operations} ${operations === 1 ? "operation" : "operations"}`
  const size = `${deviations} ${deviations === 1 ? "deviation" : "deviations"}${ofScenario}`
  return `${size} after ${tries} ${tries === 1 ? "try" : "tries"}`
}

function bar(share: number): string {
  const full = Math.floor(Math.min(1, share) * BAR_COLUMNS)
  return `[${"#".repeat(full)}${".".repeat(BAR_COLUMNS - full)}]`
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
