/**
 * The address of one incarnation of a process. Never reused; of no use once that incarnation ended.
 *
 * A pid gives away nothing of the process behind it: only the kernel can follow it, by `processOf`.
 */

import { invalid } from "./errors.ts"
import type { Process } from "./process.ts"

let follow: (pid: Pid) => Process | undefined
let cut: (pid: Pid) => void

/** The address of one incarnation of a process; never reused. */
export class Pid {
  /** Unique within the runtime, in order of spawning. */
  readonly id: number
  #process: Process | undefined

  static {
    follow = (pid) => pid.#process
    cut = (pid) => {
      pid.#process = undefined
    }
  }

  constructor(id: number, process: Process) {
    this.id = id
    this.#process = process
  }

  /** Whether the incarnation still lives. */
  get isAlive(): boolean {
    return this.#process !== undefined
  }

  toString(): string {
    return `<${this.id}>`
  }

  toJSON(): string {
    return this.toString()
  }
}

/** The process behind a pid; `undefined` once it has ended. Kernel use only. Throws `Invalid` for what is no pid. */
export function processOf(pid: Pid): Process | undefined {
  if (!(pid instanceof Pid)) throw invalid("pid", "must be a pid, as `spawn` and `whereis` give it; a service is reached by `acquire`")
  return follow(pid)
}

/** As `processOf`, for what is known to be a pid. */
export function processBehind(pid: Pid): Process | undefined {
  return follow(pid)
}

/** Cuts the way from a pid to its process, so that a kept pid does not keep a dead process's state. */
export function retire(pid: Pid): void {
  cut(pid)
}
