/**
 * Monitors: one process is told of another's end, once, and is not touched by it.
 *
 * Invariant: a reference yields exactly one DOWN, or none once it was demonitored, even where the
 * DOWN was already waiting in the inbox.
 *
 * Source  OTP, erlang:monitor/2, demonitor/2.
 */

import { foreignKind, mark } from "../kernel/copies.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { passes } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { ProcessIndex } from "./process-index.ts"
import { Subscription, subscriberOf } from "./subscription.ts"

/** Names one monitor. Each call of `monitor` makes a new one. Gives away nothing of the process that watches. */
export class MonitorRef extends Subscription {
  readonly pid: Pid

  static {
    mark(MonitorRef, "monitor reference")
  }

  constructor(watcher: Process, pid: Pid) {
    super(watcher)
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

export class Monitors {
  /** By the process watched. */
  readonly #watchers = new ProcessIndex<MonitorRef>()
  /** By the process that watches. */
  readonly #watching = new ProcessIndex<MonitorRef>()
  readonly #targets = new Map<MonitorRef, Process>()

  add(watcher: Process, target: Process): MonitorRef {
    const ref = new MonitorRef(watcher, target.pid)
    this.#targets.set(ref, target)
    this.#watchers.add(target, ref)
    this.#watching.add(watcher, ref)
    return ref
  }

  /** True where the monitor was still waiting for its process's end. */
  remove(ref: MonitorRef): boolean {
    ref.isActive = false
    const target = this.#targets.get(ref)
    if (target === undefined) return false
    this.#targets.delete(ref)
    this.#watchers.delete(target, ref)
    this.#watching.delete(subscriberOf(ref), ref)
    return true
  }

  /** Forgets an ended process on both sides; returns the monitors that are due a DOWN, in the order they were made. */
  sever(process: Process): readonly MonitorRef[] {
    for (const ref of this.#watching.take(process)) this.remove(ref)
    const due = this.#watchers.take(process)
    for (const ref of due) {
      this.remove(ref)
      ref.isActive = true
    }
    return due
  }
}

/** Of another copy of the package too: what it tells is the same. */
function isMonitorRef(ref: unknown): boolean {
  return ref instanceof MonitorRef || foreignKind(ref) === "monitor reference"
}

/** Tells a DOWN from other messages. */
export function isDown(message: unknown): message is Down {
  return (
    typeof message === "object" &&
    message !== null &&
    passes<Partial<Down>>(message, ({ type, ref }) => type === "DOWN" && isMonitorRef(ref))
  )
}
