/**
 * One stream of all that happens in a runtime, and the log that is drawn from it.
 *
 * Invariants
 * - An inspector or a log that throws, or rejects, changes nothing of what it is told about.
 * - What nobody looks at is not made, but for what the log prints; and of that, what can come in floods is throttled, each kind by itself.
 */

import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { processBehind, processTold } from "../kernel/process-of.ts"
import { RequestFollowing } from "../kernel/request-following.ts"
import type { TraceIds } from "../kernel/request-tracer.ts"
import { contain } from "../kernel/thenable.ts"
import type { DeadLetter } from "../kernel/trace.ts"
import type { SystemProcess } from "../process/system-process.ts"
import type { Topology } from "../topology/topology.ts"
import { crashReportOf, isOwnCrash, outlineOf } from "./crash-report.ts"
import type { InspectionEvent, Inspector } from "./inspection-event.ts"
import { consoleLog, type Log, type LogEntry } from "./log.ts"
import { crashEntry, crashesEntry, deadLettersEntry, logEntryOf, moreEntry, reportsEntry } from "./log-entry.ts"
import { LogThrottle } from "./log-throttle.ts"
import { Measuring } from "./measuring.ts"
import { RequestSampling } from "./request-sampling.ts"

/** Lines of one kind that the log prints in a period, where there may be floods of them. */
const LINES = 10
const PERIOD_MS = 10_000

/** Events of what a caller can have fail as often as it likes, and what the log calls it. */
const FLOODS: { readonly [type in InspectionEvent["type"]]?: string } = {
  policy_failed: "a policy",
  detach_policy_failed: "a detach policy",
}

/** What one wants beside what happens; see `InspectOptions`. */
export interface InspectorWants {
  readonly measureEveryMs?: number | undefined
  readonly sampleRequests?: number | undefined
  readonly measureTurns?: boolean | undefined
}

export class Inspection {
  readonly #kernel: Kernel
  readonly #topology: Topology
  readonly #log: Log
  /** By what was given to remove each: one inspector may be added twice. */
  readonly #inspectors = new Map<() => void, Inspector>()
  readonly #measuring: Measuring
  readonly #sampling: RequestSampling
  readonly #turnWatchers = new Set<Inspector>()
  readonly #deadLetters: LogThrottle
  readonly #crashes: LogThrottle
  readonly #reports: LogThrottle
  /** Of what else can come in floods; made when the first of a kind comes. */
  readonly #throttles = new Map<string, LogThrottle>()
  /** Whether the log has said that everything is open; a test need not be told. */
  #hasSaidOpen: boolean

  constructor(kernel: Kernel, topology: Topology, log: Log) {
    this.#kernel = kernel
    this.#topology = topology
    this.#log = log
    this.#hasSaidOpen = kernel.host.isVirtual === true
    this.#sampling = new RequestSampling(kernel.host)
    this.#measuring = new Measuring(kernel, (label, error) => this.#measureFailed(label, error))
    this.#deadLetters = this.#throttle((suppressed) => deadLettersEntry(suppressed, PERIOD_MS))
    this.#crashes = this.#throttle((suppressed) => crashesEntry(suppressed, PERIOD_MS))
    this.#reports = this.#throttle((suppressed) => reportsEntry(suppressed, PERIOD_MS))
    // Not put there as they are made: as the topology's undertaker.
    const deadLetters: Kernel["deadLetters"] = (letter) => this.#deadLetter(letter)
    const witness: Kernel["witness"] = (process, reason) => this.#crashed(processTold(process), reason)
    const faults: Kernel["faults"] = (what, error) => this.#failed(what, { level: "error", message: `${what} threw`, error })
    kernel.deadLetters = deadLetters
    kernel.witness = witness
    kernel.faults = faults
  }

  /** Adds an inspector; returns what removes it. While there is none, nothing is made to be inspected; and nothing measured, where none wants that. */
  add(inspector: Inspector, wants: InspectorWants = {}): () => void {
    const tell = (event: InspectionEvent): void => this.#emitTo(inspector, event)
    const ends = [this.#measure(wants, tell), this.#follow(wants, tell), this.#watchTurns(wants, tell)]
    const remove = (): void => {
      if (!this.#inspectors.delete(remove)) return
      for (const end of ends) end?.()
      if (this.#inspectors.size === 0) this.#kernel.trace = undefined
    }
    this.#inspectors.set(remove, inspector)
    this.#kernel.trace = this.#emit
    return remove
  }

  #measure({ measureEveryMs = Number.POSITIVE_INFINITY }: InspectorWants, tell: Inspector): (() => void) | undefined {
    return measureEveryMs === Number.POSITIVE_INFINITY ? undefined : this.#measuring.listen(measureEveryMs, tell)
  }

  /** While somebody wants requests, they are followed. */
  #follow({ sampleRequests = 0 }: InspectorWants, tell: Inspector): (() => void) | undefined {
    if (sampleRequests === 0) return undefined
    const kernel = this.#kernel
    const end = this.#sampling.listen(sampleRequests, tell)
    kernel.following ??= new RequestFollowing(kernel)
    kernel.following.sampler = this.#sampling
    return () => {
      end()
      if (this.#sampling.isWanted || kernel.following === undefined) return
      kernel.following.sampler = undefined
      if (!kernel.following.hasTracer) kernel.following = undefined
    }
  }

  #watchTurns({ measureTurns = false }: InspectorWants, tell: Inspector): (() => void) | undefined {
    if (!measureTurns) return undefined
    const { scheduler } = this.#kernel
    const watcher: Inspector = (event) => tell(event)
    this.#turnWatchers.add(watcher)
    scheduler.turnWatch = this.#turnOver
    return () => {
      this.#turnWatchers.delete(watcher)
      if (this.#turnWatchers.size === 0) scheduler.turnWatch = undefined
    }
  }

  readonly #turnOver = (durationMs: number, messages: number): void => {
    for (const watcher of this.#turnWatchers) watcher({ type: "turn", durationMs, messages })
  }

  /** A process that has numbers: it is asked for them, while there is an inspector who wants them. */
  get measured(): (process: SystemProcess) => void {
    return this.#measuring.add
  }

  /** For the layers above the kernel. */
  readonly report = (event: InspectionEvent): void => {
    this.#logEvent(event)
    if (this.#inspectors.size > 0) this.#emit(event)
  }

  /** A log that throws must not take down what is logged. */
  log(entry: LogEntry, ids: TraceIds | undefined = this.#kernel.following?.idsNow(undefined)): void {
    try {
      const whole = ids === undefined ? entry : { ...entry, trace: ids }
      contain(this.#kernel.neutrally(this.#log, undefined, whole), this.#logFailed)
    } catch (error) {
      this.#logFailed(error)
    }
  }

  /** Says what has been left out so far, and lets go of the timers. */
  close(): void {
    this.#deadLetters.flush()
    this.#crashes.flush()
    this.#reports.flush()
    for (const throttle of this.#throttles.values()) throttle.flush()
  }

  readonly #emit = (event: InspectionEvent): void => {
    for (const inspector of this.#inspectors.values()) this.#emitTo(inspector, event)
  }

  #emitTo(inspector: Inspector, event: InspectionEvent): void {
    try {
      contain(this.#kernel.neutrally(inspector, undefined, event), (error) => this.#inspectorFailed(event, error))
    } catch (error) {
      this.#inspectorFailed(event, error)
    }
  }

  #inspectorFailed({ type }: InspectionEvent, error: unknown): void {
    this.#failed("an inspector", { level: "error", message: `an inspector threw on ${type}`, error, fields: { event: type } })
  }

  #measureFailed(label: string, error: unknown): void {
    this.#failed("measure", { level: "error", message: `measure of ${label} failed`, error, fields: { event: "measured", target: label } })
  }

  /** Where the log fails, standard error is the last resort. */
  readonly #logFailed = (error: unknown): void => {
    if (this.#throttleOf("the log").admits()) consoleLog({ level: "error", message: "the log function threw", error })
  }

  /** What fails once may fail at every call. */
  #failed(what: string, entry: LogEntry): void {
    if (this.#throttleOf(what).admits()) this.log(entry)
  }

  #deadLetter(letter: DeadLetter): void {
    if (this.#deadLetters.admits()) this.#logEvent(letter)
  }

  #crashed(process: Process, reason: ExitReason): void {
    if (!isOwnCrash(process)) return
    const isLogged = process.isCrashLogged && this.#crashes.admits()
    if (!isLogged && this.#inspectors.size === 0) return
    const report = crashReportOf(process, reason, this.#topology)
    if (isLogged) this.log(crashEntry(report, outlineOf(process, report)), this.#kernel.following?.idsOf(process.fatal))
    this.#emit(report)
  }

  #logEvent(event: InspectionEvent): void {
    if (event.type === "policies_changed" && !event.isConfigured && !this.#saysOpen()) return
    if (event.type === "reported" && !this.#reports.admits()) return
    const what = FLOODS[event.type]
    if (what !== undefined && !this.#throttleOf(what).admits()) return
    const entry = logEntryOf(event)
    if (entry !== undefined) this.log(entry, this.#idsOf(event))
  }

  /** A process that reports after an `await` is known by its pid alone. */
  #idsOf(event: InspectionEvent): TraceIds | undefined {
    const { following } = this.#kernel
    return following?.idsNow(event.type === "reported" ? processBehind(event.pid) : undefined)
  }

  /** Once: who removes the last policy again and again need not be told each time. */
  #saysOpen(): boolean {
    const isNews = !this.#hasSaidOpen
    this.#hasSaidOpen = true
    return isNews
  }

  #throttleOf(what: string): LogThrottle {
    const present = this.#throttles.get(what)
    if (present !== undefined) return present
    const throttle = this.#throttle((suppressed) => moreEntry(what, suppressed, PERIOD_MS))
    this.#throttles.set(what, throttle)
    return throttle
  }

  #throttle(summary: (suppressed: number) => LogEntry): LogThrottle {
    return new LogThrottle(this.#kernel, { lines: LINES, periodMs: PERIOD_MS, summary: (suppressed) => this.log(summary(suppressed)) })
  }
}
