/**
 * The address of one incarnation of a process. Never reused; of no use once that incarnation ended.
 *
 * A pid gives away nothing of the process behind it: only the kernel can follow it, by `incarnationOf`.
 */

import { mark } from "./copies.ts"
import { invalid, type PigeonholeError, shown } from "./errors.ts"
import { exitError } from "./exit-reason.ts"
import type { Incarnation, Keeper } from "./keeper.ts"
import { Unshown } from "./sort.ts"

let isOurs: (value: object) => boolean
let follow: (pid: Pid) => Incarnation | undefined
let cut: (pid: Pid, isOfService: boolean) => void
let wasOfService: (pid: Pid) => boolean
let entrust: (pid: Pid, keeper: Keeper | undefined) => void
let kept: (pid: Pid) => Keeper | undefined
let numberOf: (pid: Pid) => number

/** The address of one incarnation of a process; never reused. */
export class Pid {
  /** Unique within the runtime, in order of spawning. */
  readonly id: number
  /** The same, whatever is written over `id`. */
  readonly #number: number
  #process: Incarnation | undefined
  /** It was an incarnation of a service, and has ended. */
  #wasOfService = false
  /** Outlives the process, as the end of that is told by pid. */
  #keeper: Keeper | undefined = undefined

  static {
    mark(Pid, "pid")
    isOurs = (value) => #process in value
    follow = (pid) => pid.#process
    cut = (pid, isOfService) => {
      pid.#process = undefined
      if (isOfService) pid.#wasOfService = true
    }
    wasOfService = (pid) => pid.#wasOfService
    entrust = (pid, keeper) => {
      pid.#keeper = keeper
    }
    kept = (pid) => pid.#keeper
    numberOf = (pid) => pid.#number
  }

  constructor(id: number, process: Incarnation) {
    this.id = id
    this.#number = id
    this.#process = process
  }

  /** Whether the incarnation still lives. */
  get isAlive(): boolean {
    return this.#process !== undefined
  }

  /** `<12>`, as reports and policies call it. */
  toString(): string {
    return `<${this.id}>`
  }

  /** As `toString`: a pid cannot be made of text again. */
  toJSON(): string {
    return this.toString()
  }
}

/** Whether it is a pid. Asks the value nothing: a proxy, or an object that only has the prototype, is none. */
export function isPid(value: unknown): value is Pid {
  return typeof value === "object" && value !== null && isOurs(value)
}

/** How policies name it: as it was made, whatever its holder has written over its parts since. */
export function addressText(pid: Pid): string {
  return `<${numberOf(pid)}>`
}

/** Whether it says of itself what it was made with, and nothing beside; from now on it stays so. */
export function isUntouched(pid: Pid): boolean {
  Object.freeze(pid)
  return Reflect.ownKeys(pid).length === 1 && Object.getOwnPropertyDescriptor(pid, "id")?.value === numberOf(pid)
}

/**
 * The process behind a pid; `undefined` once it has ended. Throws `Invalid` for what is no pid and, with a kernel, for the pid of a process
 * that lives in another runtime: what is kept of a process is cleared by its own runtime alone.
 */
export function incarnationOf(pid: Pid, within?: object, field = "pid"): Incarnation | undefined {
  if (!isPid(pid)) {
    throw invalid(field, `must be a pid, as \`spawn\` and \`whereis\` give it; a service is reached by \`acquire\`; got ${shown(pid)}`)
  }
  const process = follow(pid)
  if (within !== undefined && process !== undefined && process.kernel !== within) {
    throw invalid(field, "must be of this runtime; it is of another")
  }
  return process
}

/** As `incarnationOf`, for what is known to be a pid. */
export function incarnationBehind(pid: Pid): Incarnation | undefined {
  return follow(pid)
}

/** Cuts the way from a pid to its process, so that a kept pid does not keep a dead process's state. */
export function retire(pid: Pid, isOfService: boolean): void {
  cut(pid, isOfService)
}

/** What a report may show of a message that came too late: of one to a service its sort, as while it ran. */
export function shownAfterEnd(pid: Pid, message: unknown): unknown {
  return wasOfService(pid) ? new Unshown(message) : message
}

/** Says who keeps the process of that pid; `undefined`: nobody any more. Before its first turn. */
export function setKeeper(pid: Pid, keeper: Keeper | undefined): void {
  entrust(pid, keeper)
}

/** A look-up without a table. */
export function keeperOf(pid: Pid): Keeper | undefined {
  return kept(pid)
}

/** The error of a request to a process that is gone. */
export function goneError(pid: Pid): PigeonholeError {
  return exitError(pid.toString(), "noproc", false)
}
