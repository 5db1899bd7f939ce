/**
 * Who is tied to whom, and what follows when a process ends: its names are freed, its registrations and memberships end, and those who
 * listen are told; then its links carry an exit signal, then its monitors a DOWN. In that order, so that whoever hears of the end
 * finds nothing of the process anywhere.
 *
 * Source  OTP, "Receiving Exit Signals": `normal` is ignored by a process that does not trap exits, `kill`
 *         cannot be trapped and is seen by others as `killed`, an exit signal to a trapping process becomes a message.
 */

import { foreignKind } from "../kernel/copies.ts"
import { invalid, shown, Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { isA, passes } from "../kernel/instance.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { isPid as isOwnPid, type Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processTold } from "../kernel/process-of.ts"
import { Groups, isGroupChange } from "./groups.ts"
import { Links } from "./links.ts"
import { localProcessOf } from "./local-process.ts"
import { type Down, isDown, MonitorRef, Monitors } from "./monitors.ts"
import { Names } from "./names.ts"
import { Registries } from "./registries.ts"
import { isRegistryChange } from "./registry-change.ts"
import { notify } from "./subscription.ts"

/** The message a process that traps exits gets in place of an exit signal. */
export interface Exit {
  readonly type: "EXIT"
  /** Who has ended, or has sent the signal. */
  readonly from: Pid
  readonly reason: ExitReason
}

/** The step of an end at which those are told that are added. */
const FIRST_OBSERVER = 5

/** Told of an ended process after its names, links and monitors were seen to. */
export type EndObserver = (process: Process, reason: ExitReason) => void

export class Topology {
  readonly kernel: Kernel
  readonly names = new Names()
  readonly registries = new Registries()
  readonly groups: Groups
  readonly #links = new Links()
  readonly #monitors = new Monitors()
  /** By a process, the one that is sent no EXIT of its end. */
  readonly #unheard = new Map<Process, Process>()
  /** Told of an end when names, groups and links are clear. */
  readonly #observers: EndObserver[] = []

  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.groups = new Groups(kernel)
    // Not put there as it is made: to the host it would be there to stay, and what it reaches, which is the whole runtime, would be kept for long after its end.
    const undertaker: Kernel["undertaker"] = (process, reason) => this.#ended(processTold(process), reason)
    kernel.undertaker = undertaker
  }

  onEnd(observer: EndObserver): void {
    this.#observers.push(observer)
  }

  /**
   * Links a process to another. Linking to one that has ended is answered with an exit signal `noproc`; and where it has ended
   * itself, and only a function of it goes on, the other gets that signal.
   */
  link(process: Process, pid: Pid): void {
    const peer = localProcessOf(this.kernel, pid)
    if (peer === process) return
    // Who links it by itself wants to be told.
    if (peer !== undefined && this.#unheard.get(peer) === process) this.#unheard.delete(peer)
    if (process.status === "ended") peer?.urge({ type: "exit", reason: "noproc" })
    else if (peer !== undefined) this.#links.link(process, peer)
    else this.#signalExit(process, pid, "noproc")
  }

  /** Links a process to one that it has just started. Source  OTP, gen_server:start_link: such a one ends with it even where it traps exits. */
  linkChild(process: Process, pid: Pid): void {
    this.link(process, pid)
    const child = localProcessOf(this.kernel, pid)
    if (child !== undefined) child.isLinkedToParent = true
  }

  /** As `link`; but where `process` traps exits, no EXIT tells it how the other ended: it hears of that in another way. */
  linkUnheard(process: Process, pid: Pid): void {
    const peer = localProcessOf(this.kernel, pid)
    this.link(process, pid)
    if (peer !== undefined) this.#unheard.set(peer, process)
  }

  unlink(process: Process, pid: Pid): void {
    const peer = localProcessOf(this.kernel, pid)
    if (peer !== undefined) this.#links.unlink(process, peer)
  }

  /** Who shares its end with the process, in the order the links were made. */
  linkedTo(process: Process): Iterable<Process> {
    return this.#links.of(process)
  }

  /** Watches a process. One that has ended is answered with a DOWN `noproc`. */
  monitor(watcher: Process, pid: Pid): MonitorRef {
    const target = localProcessOf(this.kernel, pid)
    const isWatching = watcher.status !== "ended"
    if (target !== undefined && isWatching) return this.#monitors.add(watcher, target)
    const ref = new MonitorRef(watcher, pid)
    if (isWatching) this.#deliverDown(ref, "noproc")
    return ref
  }

  /** Ends a monitor; its DOWN is not seen any more, even if it was waiting. */
  demonitor(ref: MonitorRef): boolean {
    if (!isA(ref, MonitorRef)) throw invalid("ref", `must be what monitor gave; got ${shown(ref)}`)
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

  /** Each step is done whatever another one has thrown, those from `from` on. */
  #ended(process: Process, reason: ExitReason, from = 0): void {
    let step = from
    try {
      if (step === 0) {
        step = 1
        this.names.sever(process)
      }
      if (step === 1) {
        step = 2
        this.registries.sever(process)
      }
      if (step === 2) {
        step = 3
        this.groups.sever(process)
      }
      if (step === 3) {
        step = 4
        this.#severLinks(process, reason)
      }
      if (step === 4) {
        step = 5
        this.#severMonitors(process, reason)
      }
      while (step - FIRST_OBSERVER < this.#observers.length) {
        step += 1
        this.#observers[step - FIRST_OBSERVER - 1]?.(process, reason)
      }
    } catch (error) {
      this.kernel.fault("the end of a process", error)
      this.#ended(process, reason, step)
    }
  }

  #severLinks(process: Process, reason: ExitReason): void {
    const unheardBy = this.#unheard.get(process)
    if (unheardBy !== undefined) this.#unheard.delete(process)
    for (const peer of this.#links.sever(process)) {
      if (peer !== unheardBy || !peer.trapExit) this.#signalExit(peer, process.pid, reason)
    }
  }

  #severMonitors(process: Process, reason: ExitReason): void {
    for (const ref of this.#monitors.sever(process)) this.#deliverDown(ref, reason)
  }

  /** A `kill` that comes over a link is a reason like any other. */
  #signalExit(target: Process, from: Pid, reason: ExitReason): void {
    if (target.trapExit && !isDeafTo(target, from)) {
      const message: Exit = { type: "EXIT", from, reason }
      target.notify(message)
    } else if (reason !== "normal" || from === target.pid) {
      target.urge({ type: "exit", reason: reason === "kill" ? "killed" : reason })
    }
  }

  #deliverDown(ref: MonitorRef, reason: ExitReason): void {
    const message: Down = { type: "DOWN", ref, pid: ref.pid, reason }
    notify(ref, message)
  }
}

/** A suspended process would not come to the message that its parent has ended, and stand still for ever. */
function isDeafTo(target: Process, from: Pid): boolean {
  return target.status === "suspended" && target.endsWith(from)
}

/** False for a notice (DOWN, GROUP, REGISTRY) that was called off while it waited. */
export function isWanted(message: unknown): boolean {
  const isNotice = isDown(message) || isGroupChange(message) || isRegistryChange(message)
  return !isNotice || message.ref.isActive
}

/** Of another copy of the package too. */
function isPid(value: unknown): boolean {
  return isOwnPid(value) || foreignKind(value) === "pid"
}

/** Tells a trapped exit signal from other messages. */
export function isExit(message: unknown): message is Exit {
  return (
    typeof message === "object" && message !== null && passes<Partial<Exit>>(message, ({ type, from }) => type === "EXIT" && isPid(from))
  )
}
