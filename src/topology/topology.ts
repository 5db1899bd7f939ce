/**
 * Who is tied to whom, and what follows when a process ends: its names are freed, then its links carry an
 * exit signal, then its monitors a DOWN. In that order, so that whoever hears of the end finds the name free.
 *
 * Source  OTP, "Receiving Exit Signals": `normal` is ignored by a process that does not trap exits, `kill`
 *         cannot be trapped and is seen by others as `killed`, an exit signal to a trapping process becomes a message.
 */

import { Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { Pid, processOf } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { Links } from "./links.ts"
import { type Down, isDown, MonitorRef, Monitors, watcherOf } from "./monitors.ts"
import { Names } from "./names.ts"

/** The message a process that traps exits gets in place of an exit signal. */
export interface Exit {
  readonly type: "EXIT"
  readonly from: Pid
  readonly reason: ExitReason
}

/** Told of an ended process after its names, links and monitors were seen to. */
export type EndObserver = (process: Process, reason: ExitReason) => void

export class Topology {
  readonly kernel: Kernel
  readonly names = new Names()
  readonly #links = new Links()
  readonly #monitors = new Monitors()
  readonly #observers: EndObserver[] = []

  constructor(kernel: Kernel) {
    this.kernel = kernel
    kernel.undertaker = (process, reason) => this.#ended(process, reason)
  }

  onEnd(observer: EndObserver): void {
    this.#observers.push(observer)
  }

  /**
   * Links a process to another. Linking to one that has ended is answered with an exit signal `noproc`; and where it has ended
   * itself, and only a function of it goes on, the other gets that signal.
   */
  link(process: Process, pid: Pid): void {
    const peer = processOf(pid)
    if (peer === process) return
    if (process.status === "ended") peer?.urge({ type: "exit", reason: "noproc" })
    else if (peer !== undefined) this.#links.link(process, peer)
    else this.#signalExit(process, pid, "noproc")
  }

  unlink(process: Process, pid: Pid): void {
    const peer = processOf(pid)
    if (peer !== undefined) this.#links.unlink(process, peer)
  }

  /** Watches a process. One that has ended is answered with a DOWN `noproc`. */
  monitor(watcher: Process, pid: Pid): MonitorRef {
    const target = processOf(pid)
    const isWatching = watcher.status !== "ended"
    if (target !== undefined && isWatching) return this.#monitors.add(watcher, target)
    const ref = new MonitorRef(watcher, pid)
    if (isWatching) this.#deliverDown(ref, "noproc")
    return ref
  }

  /** Ends a monitor; its DOWN is not seen any more, even if it was waiting. */
  demonitor(ref: MonitorRef): boolean {
    return this.#monitors.remove(ref)
  }

  /** Sends an exit signal. Takes effect at the target's next turn. */
  exit(target: Process, from: Pid, reason: ExitReason): void {
    if (reason === "kill") target.urge({ type: "exit", reason })
    else this.#signalExit(target, from, reason)
  }

  /** The living process of that name, or a new one: `make` runs within the same step, so two callers get one process. */
  lookUpOrStart(name: string, make: () => Process): Process {
    const present = this.names.lookUp(name)
    if (present !== undefined) return present
    const process = make()
    if (process.status === "ended") throw new Unavailable(`${name} ended while it was started`, { details: { name } })
    this.names.register(name, process)
    return process
  }

  #ended(process: Process, reason: ExitReason): void {
    this.names.sever(process)
    for (const peer of this.#links.sever(process)) this.#signalExit(peer, process.pid, reason)
    for (const ref of this.#monitors.sever(process)) this.#deliverDown(ref, reason)
    for (const observer of this.#observers) observer(process, reason)
  }

  /** A `kill` that comes over a link is a reason like any other. */
  #signalExit(target: Process, from: Pid, reason: ExitReason): void {
    if (target.trapExit) {
      const message: Exit = { type: "EXIT", from, reason }
      this.kernel.signal(target.inbox, "signal", message)
    } else if (reason !== "normal" || from === target.pid) {
      target.urge({ type: "exit", reason: reason === "kill" ? "killed" : reason })
    }
  }

  #deliverDown(ref: MonitorRef, reason: ExitReason): void {
    const message: Down = { type: "DOWN", ref, pid: ref.pid, reason }
    this.kernel.signal(watcherOf(ref).inbox, "signal", message)
  }
}

/** False for a DOWN whose monitor was ended while it waited. */
export function isWanted(message: unknown): boolean {
  return !isDown(message) || message.ref.isActive
}

/** Tells a trapped exit signal from other messages. */
export function isExit(message: unknown): message is Exit {
  const exit = message as Partial<Exit> | null
  return typeof message === "object" && exit !== null && exit.type === "EXIT" && exit.from instanceof Pid
}
