/**
 * Monitors: one process is told of another's end, once, and is not touched by it.
 *
 * Invariant: a reference yields exactly one DOWN, or none once it was demonitored, even where the
 * DOWN was already waiting in the inbox.
 *
 * Source  OTP, erlang:monitor/2, demonitor/2.
 */

import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"

let watcherBehind: (ref: MonitorRef) => Process

/** Names one monitor. Each call of `monitor` makes a new one. Gives away nothing of the process that watches. */
export class MonitorRef {
  readonly #watcher: Process
  readonly pid: Pid
  /** Whether its DOWN is still wanted. */
  isActive = true

  static {
    watcherBehind = (ref) => ref.#watcher
  }

  constructor(watcher: Process, pid: Pid) {
    this.#watcher = watcher
    this.pid = pid
  }
}

/** The message a watcher gets: the process behind `pid` has ended, or there was none (`noproc`). */
export interface Down {
  readonly type: "DOWN"
  readonly ref: MonitorRef
  readonly pid: Pid
  readonly reason: ExitReason
}

/** The process that a monitor belongs to. */
export function watcherOf(ref: MonitorRef): Process {
  return watcherBehind(ref)
}

export class Monitors {
  /** By the process watched. */
  readonly #watchers = new Map<Process, Set<MonitorRef>>()
  /** By the process that watches. */
  readonly #watching = new Map<Process, Set<MonitorRef>>()
  readonly #targets = new Map<MonitorRef, Process>()

  add(watcher: Process, target: Process): MonitorRef {
    const ref = new MonitorRef(watcher, target.pid)
    this.#targets.set(ref, target)
    insert(this.#watchers, target, ref)
    insert(this.#watching, watcher, ref)
    return ref
  }

  /** True where the monitor was still waiting for its process's end. */
  remove(ref: MonitorRef): boolean {
    ref.isActive = false
    const target = this.#targets.get(ref)
    if (target === undefined) return false
    this.#targets.delete(ref)
    removeFrom(this.#watchers, target, ref)
    removeFrom(this.#watching, watcherOf(ref), ref)
    return true
  }

  /** Forgets an ended process on both sides; returns the monitors that are due a DOWN, in the order they were made. */
  sever(process: Process): readonly MonitorRef[] {
    for (const ref of [...(this.#watching.get(process) ?? [])]) this.remove(ref)
    const due = [...(this.#watchers.get(process) ?? [])]
    for (const ref of due) {
      this.remove(ref)
      ref.isActive = true
    }
    return due
  }
}

function insert(index: Map<Process, Set<MonitorRef>>, process: Process, ref: MonitorRef): void {
  const refs = index.get(process) ?? new Set()
  refs.add(ref)
  index.set(process, refs)
}

function removeFrom(index: Map<Process, Set<MonitorRef>>, process: Process, ref: MonitorRef): void {
  const refs = index.get(process)
  if (refs === undefined) return
  refs.delete(ref)
  if (refs.size === 0) index.delete(process)
}

/** Tells a DOWN from other messages. */
export function isDown(message: unknown): message is Down {
  const down = message as Partial<Down> | null
  return typeof message === "object" && down !== null && down.type === "DOWN" && down.ref instanceof MonitorRef
}
