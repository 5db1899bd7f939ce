/**
 * What follows when the application ends though nobody asked it to: its root supervisor gave up. A line of the log says what can be done, and the
 * program ends with a code of its own where that was asked for.
 *
 * Order   the code is set at once; the program ends by itself once nothing keeps it, or is ended when its time is over.
 */

import type { LogEntry } from "../inspection/log.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason, isExpectedExit } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import { hostProgram } from "./host-program.ts"

/** So long the program has, once its application has stopped, to write its log and close what it has opened, in ms. */
const GRACE_MS = 1000

const MOST = 255

/** What ends the program: Node's `process`. */
export interface ExitPort {
  exitCode?: number | string | null | undefined
  exit(code: number): unknown
}

/** Reads the option: `true` for 1. Throws `Invalid`, where the host has no program to end too. `undefined`: the program goes on. */
export function exitCodeOf(option: unknown): number | undefined {
  if (option === undefined || option === false) return undefined
  const code = codeOf(option)
  hostProgram("exitOnGiveUp", ["exit"])
  return code
}

function codeOf(option: unknown): number {
  if (option === true) return 1
  if (typeof option === "number" && Number.isInteger(option) && option >= 1 && option <= MOST) return option
  throw invalid("exitOnGiveUp", `must be true or an exit code from 1 to ${MOST}; got ${shown(option)}`)
}

export class GiveUpExit {
  readonly #code: number | undefined
  readonly #host: Host
  readonly #port: ExitPort | undefined
  #hasGivenUp = false

  constructor(code: number | undefined, host: Host, port: ExitPort | undefined = globalThis.process) {
    this.#code = code
    this.#host = host
    this.#port = port
  }

  /** The root supervisor has given up on a child; its end follows. */
  gaveUp(): void {
    this.#hasGivenUp = true
  }

  /** The application has ended, by itself. Returns what is to be logged of it; `undefined` where its end was a wanted one. */
  ended(reason: ExitReason): LogEntry | undefined {
    if (!this.#hasGivenUp && isExpectedExit(reason)) return undefined
    this.#hasGivenUp = true
    if (this.#code !== undefined && this.#port !== undefined) this.#port.exitCode = this.#code
    return endEntry(reason, this.#code)
  }

  /** All of it has stopped, and its log was told everything. */
  stopped(): void {
    const code = this.#code
    if (this.#hasGivenUp && code !== undefined) this.#host.setTimer(() => this.#port?.exit(code), GRACE_MS)
  }
}

function endEntry(reason: ExitReason, code: number | undefined): LogEntry {
  const why = typeof reason === "object" && "shutdown" in reason ? String(reason.shutdown) : formatExitReason(reason)
  const next =
    code === undefined
      ? "the program goes on without it, unless it awaits runtime.ended or is started with exitOnGiveUp"
      : `the program ends with code ${code}`
  const options = `what may crash more often wants a higher intensity, what may end a restart of "transient" or "temporary"`
  return {
    level: "error",
    message: `the application has ended: ${why}; ${options}; ${next}`,
    fields: { event: "ended", reason: formatExitReason(reason), ...(code === undefined ? {} : { exitCode: code }) },
  }
}
