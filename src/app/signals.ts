/**
 * Stopping the application when the program is told to end.
 *
 * The first signal stops it, the second ends the program at once. Afterwards the signal is sent once more, with its default action in
 * force, so that whoever started the program sees that it ended by this signal (a shell: 128 + its number).
 *
 * Invariants
 * - Nothing is listened to unless asked for, and nothing once the application has stopped.
 * - Who else in the program listens (another runtime, the program itself) is not cut short: the last to leave sends the signal again.
 */

import type { Log } from "../inspection/log.ts"
import { invalid } from "../kernel/errors.ts"
import type { Host } from "../kernel/host.ts"
import { listOf, oneOf } from "../kernel/option-fields.ts"
import { hostProgram } from "./host-program.ts"

/** The signals that ask a program to end, and whose default action ends it. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15, SIGBREAK: 21 } as const

/** A signal that can be asked to stop the application: one that ends a program which does not listen. */
export type StopSignal = keyof typeof NUMBERS

const DEFAULT_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"]

const SIGNALS = listOf(oneOf(...(Object.keys(NUMBERS) as StopSignal[])), "true or a list of signals")

/** Reads the option: `true` for SIGINT and SIGTERM. Throws `Invalid`, for a host or a thread without signals too. */
export function signalsOf(option: unknown): readonly StopSignal[] {
  if (option === undefined || option === false) return []
  const signals = option === true ? DEFAULT_SIGNALS : [...new Set(SIGNALS(option, "signals"))]
  if (signals.length > 0 && hostProgram("signals", NEEDS).getBuiltinModule?.("node:worker_threads")?.isMainThread === false)
    throw invalid("signals", "come to the main thread alone: have it tell this worker when to stop")
  return signals
}

const NEEDS = ["on", "off", "listenerCount", "kill", "exit"] as const satisfies readonly (keyof SignalPort)[]

/** What signals come from and go to: Node's `process`. */
export interface SignalPort {
  readonly pid: number
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
  listenerCount(signal: StopSignal): number
  kill(pid: number, signal: StopSignal): unknown
  exit(code: number): unknown
}

export interface SignalOptions {
  readonly host: Host
  readonly log: Log
  readonly stop: () => Promise<void>
  readonly port?: SignalPort
}

export class Signals {
  readonly #signals: readonly StopSignal[]
  readonly #options: SignalOptions
  readonly #port: SignalPort
  #isStopping = false

  /** Listens from now on. */
  constructor(signals: readonly StopSignal[], options: SignalOptions) {
    this.#signals = signals
    this.#options = options
    this.#port = options.port ?? hostProgram("signals", NEEDS)
    for (const signal of signals) this.#port.on(signal, this.#received)
  }

  /** Listens no more. */
  close(): void {
    for (const signal of this.#signals) this.#port.off(signal, this.#received)
  }

  readonly #received = (signal: StopSignal): void => {
    if (this.#isStopping) return this.#end(signal)
    this.#isStopping = true
    const fields = { event: "signal", signal }
    this.#options.log({ level: "info", message: `${signal}: the application stops; another one ends the program at once`, fields })
    // What the program does when its application has ended comes first.
    void this.#options.stop().then(() => this.#options.host.yield(() => this.#end(signal)))
  }

  #end(signal: StopSignal): void {
    this.close()
    if (this.#port.listenerCount(signal) > 0) return
    this.#port.kill(this.#port.pid, signal)
    // The kernel spares the first process of a container.
    this.#options.host.yield(() => this.#port.exit(128 + NUMBERS[signal]))
  }
}
