/**
 * Work outside of the world, noticed when it is begun: a socket, a file, a real timer, a worker. A schedule cannot decide when that answers,
 * so a run that begins some is not the same when it is run again.
 *
 * On Node, by its async hooks: what it tells of promises, ticks, microtasks and the program's own `AsyncResource`s is no work outside; all
 * else is, by the names that Node itself lists. What is done at once (`gzipSync`, `scryptSync`) and what is written to the console is not.
 * Elsewhere nothing is noticed, and `isAble` says so.
 *
 * Not noticed by Node either: `import()`, the compilation of WebAssembly, `Atomics.waitAsync`, what is done when an object is collected, and
 * what is written to a connection that was open before.
 */

import { defaultHost } from "../../kernel/host.ts"
import { AllowedWork } from "./allowed-work.ts"
import { callHere, framesHere, programText } from "./stack-text.ts"
import { TICK, TickOrigins } from "./tick-origins.ts"

/** Some work outside: its kind as Node calls it (`TCPWRAP`, `FSREQPROMISE`, `Timeout`), and where the program began it. */
export interface ForeignWork {
  readonly kind: string
  /** Some frames of the program's, a line each; the host's, where there are none. */
  readonly stack: string
  /** Whether it is a timer that a module of the host's has armed for itself, as that of a connection which may be idle for so long only. */
  readonly isTimerOfHost: boolean
}

/** Of one run so many are kept: the first says all. */
const KEPT = 20

const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")

/** A real timer. */
const TIMER = "Timeout"

/** Real timers, and what comes as they do, which Node does not list. */
const TIMERS = [TIMER, "Immediate"]

/** Whether work of that kind is a real timer. */
export function isTimer(kind: string): boolean {
  return TIMERS.includes(kind)
}

/** What Node lists, and is no work outside. */
const INSIDE = ["NONE", "PROMISE"]

/** What a program may begin outside, by name; empty where the host does not tell. */
const KINDS: ReadonlySet<string> = findKinds()

/** Whether there may be such work; where the host does not tell of any, nobody knows. */
export function mayBegin(kind: string): boolean {
  return KINDS.size === 0 || KINDS.has(kind)
}

function findKinds(): ReadonlySet<string> {
  const listed = Object.keys(hooks?.asyncWrapProviders ?? {})
  const isNode = listed.length > 0 && !isOtherHost()
  return new Set(isNode ? [...TIMERS, ...listed.filter((kind) => !INSIDE.includes(kind))] : [])
}

/** Bun and Deno have Node's names, and tell nothing, or little. */
function isOtherHost(): boolean {
  return Reflect.has(globalThis, "Bun") || Reflect.has(globalThis, "Deno")
}

interface Note extends ForeignWork {
  readonly resource: object
  readonly givesPromise: boolean
}

/** Notices foreign work while it is on. */
export class ForeignWatch {
  /** Whether it can notice any. */
  readonly isAble = KINDS.size > 0
  readonly #allowed: ReadonlySet<string>
  readonly #hook: { enable(): unknown; disable(): unknown } | undefined
  #noted: ForeignWork[] = []
  #isOn = false
  #isHooked = false
  /** The last that was begun: whether it is done at once is seen when its function is through. */
  #pending: Note | undefined
  readonly #ticks = new TickOrigins(() => hooks?.executionAsyncResource())
  /** What is allowed, and what may come of it. */
  readonly allowed = new AllowedWork(defaultHost.now)

  /** `allow`: kinds that are no failure, as Node calls them. */
  constructor(allow: readonly string[] = []) {
    this.#allowed = new Set(allow)
    // Promises are left alone, where the host can: each would cost a call.
    const answers = { after: (id: number) => this.allowed.called(id), destroy: (id: number) => this.allowed.destroyed(id) }
    const options = { init: this.#begun, trackPromises: false, ...(allow.length === 0 ? {} : answers) }
    if (this.isAble) this.#hook = hooks?.createHook(options)
  }

  /** Begins anew. */
  start(): void {
    if (this.#noted.length > 0) this.#noted = []
    this.#pending = undefined
    this.#ticks.beginAnew()
    this.#isOn = true
    if (this.#isHooked) return
    this.#isHooked = true
    this.#hook?.enable()
  }

  /** Looks away until it is started again: cheaper than to have the host forget it. */
  pause(): void {
    this.#isOn = false
  }

  stop(): void {
    this.pause()
    this.#isHooked = false
    this.#hook?.disable()
  }

  /** Does that unnoticed: what the simulation itself asks of the host. */
  apart(work: () => void): void {
    this.#isOn = false
    work()
    this.#isOn = true
  }

  /** What was begun since it was started, the first of it first, but for what the host armed for it; so many of it, and no more. */
  noted(): readonly ForeignWork[] {
    this.#settlePending()
    if (this.#noted.length > 1 && this.#noted.some(({ isTimerOfHost }) => isTimerOfHost)) {
      this.#noted = [false, true].flatMap((isOfHost) => this.#noted.filter(({ isTimerOfHost }) => isTimerOfHost === isOfHost))
    }
    return this.#noted
  }

  /** Something that was refused: as work that was begun where this is called. */
  note(kind: string): void {
    this.#settlePending()
    if (this.#noted.length < KEPT) this.#noted.push({ kind, stack: programText(this.#ticks.framesOf(framesHere())), isTimerOfHost: false })
  }

  /** Called by the host, which ends the program where this throws. */
  readonly #begun = (id: number, kind: string, _trigger: number, resource: object): void => {
    if (!this.#isOn) return
    if (kind === TICK) return this.#ticks.asked(resource, callHere)
    if (!KINDS.has(kind)) return
    if (this.#allowed.has(kind)) {
      const isDone = CRYPTOGRAPHY.has(kind) && !framesHere().some(isJobOfPromise) ? hasNobodyToCall : isNever
      this.allowed.begun(id, kind, resource, { isAccepted: hooks?.executionAsyncId() === 0, isDone })
      return
    }
    this.#settlePending()
    if (this.#noted.length >= KEPT) return
    const frames = framesHere()
    if (frames.some(isOfNoConcern) || (!this.#allowed.has(TIMER) && frames.some(isOfHostTimer))) return
    const stack = programText(this.#ticks.framesOf(frames))
    this.#pending = {
      kind,
      stack,
      isTimerOfHost: kind === TIMER && isArmedByHost(frames),
      resource,
      givesPromise: frames.some(isJobOfPromise),
    }
  }

  #settlePending(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    const { kind, stack, isTimerOfHost } = pending
    if (!isJobDoneAtOnce(pending)) this.#noted.push({ kind, stack, isTimerOfHost })
  }
}

/** Node makes a job of cryptography the same way whether it is done at once or not; one that is not gives a promise, or is told whom to call. */
function isJobDoneAtOnce({ kind, resource, givesPromise }: Note): boolean {
  return CRYPTOGRAPHY.has(kind) && !givesPromise && hasNobodyToCall(resource)
}

function hasNobodyToCall(job: object): boolean {
  return !("ondone" in job)
}

function isNever(): boolean {
  return false
}

function isJobOfPromise(frame: string): boolean {
  return /jobPromise\b.* \(node:internal\/crypto\//.test(frame)
}

const CRYPTOGRAPHY: ReadonlySet<string> = new Set(
  ["ARGON2", "CHECKPRIME", "CIPHER", "DERIVEBITS", "HASH", "KEYEXPORT", "KEYGEN", "KEYPAIRGEN", "PBKDF2"]
    .concat(["RANDOMBYTES", "RANDOMPRIME", "SCRYPT", "SIGN", "VERIFY"])
    .map((kind) => `${kind}REQUEST`),
)

/** Output, compression that is done at once, and the turn that Node asks for when it has reported an error. */
const NO_CONCERN = [
  /\(node:internal\/console\//,
  /getStd(?:out|err)\b.* \(node:internal\/bootstrap\//,
  /\b(?:syncBufferWrapper|zlibBufferSync)\b.* \(node:zlib:/,
  /_fatalException\b.* \(node:internal\/process\/execution:/,
]

/** Whoever armed it is a module of the host's, and not one that arms timers for the program. */
function isArmedByHost(frames: readonly string[]): boolean {
  const made = frames.findIndex((frame) => /\bnew Timeout \(node:/.test(frame))
  const by = made < 0 ? undefined : frames.slice(made + 1).find((frame) => !/\(node:(?:internal\/)?timers\b/.test(frame))
  return by !== undefined && /\(node:(?!internal\/abort_controller:)/.test(by)
}

/** It fires while a schedule waits for what is allowed, and was armed before: a test runner's, as the schedule's own would have failed it. */
function isOfHostTimer(frame: string): boolean {
  return /^\s+at listOnTimeout \(node:internal\/timers:/.test(frame)
}

function isOfNoConcern(frame: string): boolean {
  return NO_CONCERN.some((pattern) => pattern.test(frame))
}
