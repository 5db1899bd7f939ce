/**
 * The world of one schedule: its clock, what waits in it, and what could happen next. It decides nothing; it carries out what was chosen.
 *
 * What could happen next
 * - A process starts, or handles the next message of one sender. Messages of one sender to one receiver stay in order; between those of
 *   different senders there is none. A message does not overtake an answer that its sender gave the same receiver before.
 * - An answer reaches its asker. Those of one process to another stay in order; the scenario outside may wait for several at once.
 * - A timer fires, when its moment has come or as if everything else were slow. Never early; those of one process in the order of their moments.
 *
 * Invariant: in a step runs who was chosen, and all promise reactions that follow from it, and nobody else.
 */

import type { AsyncContext, AsyncContextRule, AsyncContexts } from "../kernel/async-context.ts"
import type { Envelope, Party } from "../kernel/envelope.ts"
import { hostAsyncContexts } from "../kernel/host-contexts.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { KernelHost } from "../kernel/kernel-host.ts"
import { Process } from "../kernel/process.ts"
import type { Runnable } from "../kernel/scheduler.ts"
import type { TimerNode } from "../kernel/timer-wheel.ts"
import { KeeperProcess } from "../supervision/keeper-process.ts"
import { Answer, Armed, type Asked, Calling, type Candidate, CLOCK, HostTurn, OUTSIDE, type Sender, Turning, Waiting } from "./candidate.ts"
import { SimulatedKernel } from "./simulated-kernel.ts"
import type { SimulatedScheduler } from "./simulated-scheduler.ts"
import type { Operation, Sent } from "./step.ts"

/** How far an order may go: all that the contract allows, or what one runtime can do today. */
export type Order = "contract" | "runtime"

/** The host of a scene: what it is asked for is written down, and done when it is chosen. */
export interface SceneHost extends KernelHost {
  readonly scene: Scene
}

/** Keeps whose code runs over what it awaits; `undefined` where the host cannot. */
interface Storage {
  run<Result>(process: Party | undefined, work: () => Result): Result
  getStore(): Party | undefined
}

/** What happens by itself, as seen by the scene. */
export interface SceneOptions {
  readonly order: Order
  readonly random: () => number
  /** What the calendar says at the start, in ms since 1970. */
  readonly systemTimeMs: number
}

/** One history of operations is kept to so many. */
const MOST_OPERATIONS = 10_000

export class Scene {
  readonly host: SceneHost
  readonly order: Order
  readonly kernels: SimulatedKernel[] = []
  readonly random: () => number
  /** Milliseconds since the schedule began. */
  now = 0
  #posted: Waiting | undefined = undefined
  /** What was sent since it was asked for last. */
  #sent: Sent[] = []
  /** Operations of services, as their callers see them. */
  readonly operations: Operation[] = []
  /** Whether that message finds no room. */
  refuses: (inbox: Inbox) => boolean = () => false
  readonly #systemTimeMs: number
  readonly #contexts: AsyncContexts | undefined
  readonly #storage: Storage | undefined
  /** Whose step it is. */
  #acting: Party | undefined = undefined
  #isClock = false
  #isInStep = false
  #ids = 0
  #answers: Answer[] = []
  readonly #armed = new Set<Armed>()
  readonly #ofNodes = new WeakMap<TimerNode, Armed>()
  readonly #turns: HostTurn[] = []
  readonly #calls = new Set<Calling>()
  readonly #starts = new WeakMap<Runnable, Turning>()
  readonly #waiting = new WeakMap<Envelope, Waiting>()
  readonly #hostTurns: (() => void)[] = []

  constructor({ order, random, systemTimeMs }: SceneOptions) {
    this.order = order
    this.random = random
    this.#systemTimeMs = systemTimeMs
    this.#storage = makeStorage()
    this.#contexts = hostAsyncContexts === undefined ? undefined : this.#owned(hostAsyncContexts)
    this.host = this.#makeHost()
  }

  nextId(): number {
    this.#ids += 1
    return this.#ids
  }

  systemTime(): number {
    return this.#systemTimeMs + this.now
  }

  /** Whether an answer is known to its asker the moment it is given. */
  get repliesAtOnce(): boolean {
    return this.order === "runtime"
  }

  /** Whether a process at rest serves a request where it is asked. */
  get servesAtOnce(): boolean {
    return this.order === "runtime" && !this.#isInStep
  }

  /** Whose code runs, where it is a process's. */
  presentProcess(): Party | undefined {
    return this.#storage === undefined ? this.#acting : this.#storage.getStore()
  }

  // -- what the kernels say ------------------------------------------------------------------------------------------

  noted(envelope: Envelope, inbox: Inbox): void {
    const party = this.#sender(envelope)
    const sender = party?.inbox ?? (this.#isClock ? this.#clock : this.#outside)
    const from = party?.label ?? (this.#isClock ? CLOCK : OUTSIDE)
    const waiting = new Waiting(this.nextId(), from, sender, envelope, inbox)
    this.#waiting.set(envelope, waiting)
    this.#posted = waiting
    const kind = envelope.kind === "message" ? (envelope.isRequest ? "request" : "message") : "signal"
    this.#sent.push({ id: waiting.id, kind, from, to: waiting.actor, what: waiting.what })
  }

  /** What was posted since it was asked for last. */
  takePosted(): Waiting | undefined {
    const posted = this.#posted
    this.#posted = undefined
    return posted
  }

  readonly #outside: Sender = {}
  readonly #clock: Sender = {}

  #sender({ asker }: Envelope): Party | undefined {
    if (asker !== undefined) return asker
    for (const { turn } of this.kernels) if (turn.process !== undefined) return turn.process
    return this.#isClock ? undefined : this.presentProcess()
  }

  /** A request was posted: its place among the operations. */
  asked(asker: Party | undefined, inbox: Inbox, operation: string, argument: unknown): number {
    if (!inbox.isOfService || this.operations.length >= MOST_OPERATIONS) return -1
    const caller = asker?.label ?? OUTSIDE
    const asked = this.nextId()
    const open = { answered: undefined, askedAt: this.now, answeredAt: undefined, outcome: undefined }
    this.operations.push({ service: inbox.label, caller, name: operation, argument, asked, ...open })
    return this.operations.length - 1
  }

  /** It reached its asker. */
  concluded(index: number, outcome: Operation["outcome"]): void {
    const operation = this.operations[index]
    if (operation === undefined) return
    this.operations[index] = { ...operation, answered: this.nextId(), answeredAt: this.now, outcome }
  }

  /** An answer was given. */
  answered(asked: Asked, isFailure: boolean, deliver: () => void): void {
    const answer = new Answer(this.nextId(), asked, isFailure, deliver)
    this.#answers.push(answer)
    const { actor: to, from, what, id } = answer
    const request = asked.request === undefined ? {} : { answers: asked.request.id }
    this.#sent.push({ id, kind: "reply", from, to, what, isFailure, ...request })
  }

  // -- what the program's globals say --------------------------------------------------------------------------------

  setTimer(callback: () => void, delayMs: number, what: string): Armed {
    const actor = this.presentProcess()?.label ?? OUTSIDE
    const armed = new Armed(this.nextId(), actor, what, this.now + Math.max(0, delayMs), this.#inContext(callback))
    this.#armed.add(armed)
    return armed
  }

  clearTimer(timer: unknown): void {
    this.#armed.delete(timer as Armed)
  }

  turn(callback: () => void): HostTurn {
    const turn = new HostTurn(this.nextId(), this.presentProcess()?.label ?? OUTSIDE, this.#inContext(callback))
    this.#turns.push(turn)
    return turn
  }

  clearTurn(turn: unknown): void {
    const at = this.#turns.indexOf(turn as HostTurn)
    if (at >= 0) this.#turns.splice(at, 1)
  }

  #inContext(callback: () => void): () => void {
    const context = this.#contexts?.capture()
    const process = this.presentProcess()
    if (context === undefined) return callback
    return () => {
      this.#acting = process
      context.runInAsyncScope(callback, undefined)
    }
  }

  /** Carries out a call of the world outside in a step of its own; its outcome comes in another. */
  external<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const asker = this.presentProcess()
    const from = asker?.label ?? OUTSIDE
    const id = this.nextId()
    this.#sent.push({ id, kind: "request", from, to: name, what: "call" })
    const asked: Asked = { asker, inbox: undefined, target: name, request: undefined, operation: "call" }
    return new Promise((resolve, reject) => {
      const carryOut = async (): Promise<void> => {
        try {
          const value = await work()
          this.answered(asked, false, () => resolve(value))
        } catch (error) {
          this.answered(asked, true, () => reject(error))
        }
      }
      this.#calls.add(new Calling(id, from, name, "call", () => void carryOut()))
    })
  }

  // -- what could happen next ----------------------------------------------------------------------------------------

  /** What follows each step for all: limits are armed, and what waited for a turn of the host is done. */
  settle(): void {
    for (const { scheduler } of this.kernels) scheduler.settle()
    for (const callback of this.#hostTurns.splice(0)) callback()
  }

  /** In the order in which they could happen first. */
  candidates(): Candidate[] {
    const found: Candidate[] = []
    for (const { scheduler } of this.kernels) for (const runnable of scheduler.ready) this.#ofRunnable(runnable, scheduler, found)
    this.#ofAnswers(found)
    this.#ofTimers(found)
    found.push(...this.#calls)
    const turn = this.#turns[0]
    if (turn !== undefined) found.push(turn)
    return found.sort((one, other) => one.id - other.id)
  }

  #ofRunnable(runnable: Runnable, scheduler: SimulatedScheduler, found: Candidate[]): void {
    if (!(runnable instanceof Process)) return void found.push(this.#turning(runnable, scheduler, "turn", "task", "task"))
    const { status, isUrged, label, inbox } = runnable
    if (isUrged) return void found.push(this.#turning(runnable, scheduler, "message", label, "exit"))
    if (status === "starting") return void found.push(this.#turning(runnable, scheduler, "start", label, "start"))
    const before = found.length
    if (status === "ready") this.#heads(runnable, inbox, scheduler, found)
    // A turn in which no code of anybody's runs.
    if (found.length === before && !this.#hasOpen(inbox)) this.#run(runnable, scheduler, runnable)
  }

  #hasOpen(inbox: Inbox): boolean {
    return inbox.queued.some(({ isSettled }) => !isSettled)
  }

  /** The first message of each sender, where it may come now. */
  #heads(process: Process, inbox: Inbox, scheduler: SimulatedScheduler, found: Candidate[]): void {
    const isInOrder = this.order === "runtime" || process instanceof KeeperProcess
    const seen = new Set<Sender>()
    for (const envelope of inbox.queued) {
      if (envelope.isSettled) continue
      const waiting = this.#waiting.get(envelope) ?? this.#first(envelope, inbox)
      const isFirst = waiting.wasTaken || isInOrder
      if (isFirst ? seen.size > 0 : seen.has(waiting.sender)) {
        if (isFirst) return
        continue
      }
      seen.add(waiting.sender)
      if (!isFirst && this.#isOvertaking(waiting, process)) continue
      waiting.runnable = process
      waiting.scheduler = scheduler
      found.push(waiting)
      if (isFirst) return
    }
  }

  /** Put before all others by the runtime itself. */
  #first(envelope: Envelope, inbox: Inbox): Waiting {
    const waiting = new Waiting(this.nextId(), inbox.label, inbox, envelope, inbox)
    waiting.wasTaken = true
    this.#waiting.set(envelope, waiting)
    return waiting
  }

  /** Whether its sender has given the receiver an answer before, which has not arrived. */
  #isOvertaking({ sender, id }: Waiting, receiver: Process): boolean {
    return this.#answers.some((answer) => answer.id < id && answer.asked.inbox === sender && answer.asked.asker === receiver)
  }

  #turning(runnable: Runnable, scheduler: SimulatedScheduler, kind: Turning["kind"], actor: string, what: string): Turning {
    const known = this.#starts.get(runnable)
    if (known !== undefined && known.what === what) return known
    const parent = runnable instanceof Process ? (runnable.parent?.label ?? OUTSIDE) : actor
    const turning = new Turning(this.nextId(), kind, actor, parent, what, runnable, scheduler)
    this.#starts.set(runnable, turning)
    return turning
  }

  /** Those of one process to another in order. */
  #ofAnswers(found: Candidate[]): void {
    const seen = new Map<Party, Set<Inbox>>()
    for (const answer of this.#answers) {
      const { asker, inbox } = answer.asked
      if (asker === undefined) {
        found.push(answer)
        continue
      }
      const from = seen.get(asker) ?? new Set<Inbox>()
      if (inbox !== undefined && from.has(inbox)) continue
      if (inbox !== undefined) seen.set(asker, from.add(inbox))
      found.push(answer)
    }
  }

  /** Those of one process in the order of their moments; by what one runtime does, all of them. */
  #ofTimers(found: Candidate[]): void {
    const first = new Map<string, Armed>()
    for (const armed of this.#timers()) {
      const key = this.order === "runtime" ? CLOCK : armed.actor === CLOCK || armed.actor === OUTSIDE ? `${armed.id}` : armed.actor
      const earlier = first.get(key)
      if (earlier === undefined || armed.at < earlier.at) first.set(key, armed)
    }
    found.push(...first.values())
  }

  *#timers(): Iterable<Armed> {
    yield* this.#armed
    for (const { wheel } of this.kernels) {
      for (const [node, id] of wheel.armed) {
        let armed = this.#ofNodes.get(node)
        if (armed?.id !== id) {
          armed = new Armed(id, node.owner ?? CLOCK, node.purpose, node.deadline, () => wheel.fire(node))
          this.#ofNodes.set(node, armed)
        }
        yield armed
      }
    }
  }

  // -- what is done --------------------------------------------------------------------------------------------------

  /** What was sent in the step that is over. */
  takeSent(): Sent[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }

  perform(candidate: Candidate): void {
    if (candidate instanceof Waiting) return this.#handle(candidate)
    if (candidate instanceof Turning) return this.#run(candidate.runnable, candidate.scheduler, processIn(candidate.runnable))
    if (candidate instanceof Answer) {
      this.#answers.splice(this.#answers.indexOf(candidate), 1)
      return this.#step(candidate.asked.asker, candidate.deliver)
    }
    if (candidate instanceof Armed) return this.#fire(candidate)
    if (candidate instanceof Calling) {
      this.#calls.delete(candidate)
      return this.#step(undefined, candidate.carryOut)
    }
    if (candidate instanceof HostTurn) {
      this.clearTurn(candidate)
      return this.#step(undefined, candidate.callback)
    }
  }

  #handle(waiting: Waiting): void {
    const { envelope, inbox, runnable, scheduler } = waiting
    if (runnable === undefined || scheduler === undefined) return
    inbox.bringForward(envelope)
    waiting.wasTaken = true
    this.#run(runnable, scheduler, processIn(runnable))
  }

  #run(runnable: Runnable, scheduler: SimulatedScheduler, process: Party | undefined): void {
    this.#step(process, () => scheduler.run(runnable))
  }

  #fire(armed: Armed): void {
    this.#armed.delete(armed)
    this.now = Math.max(this.now, armed.at)
    this.#isClock = true
    try {
      this.#step(undefined, armed.fire)
    } finally {
      this.#isClock = false
    }
  }

  /** Does it in the name of the process, or of the scenario outside. */
  asOutside<Result>(work: () => Result): Result {
    this.#acting = undefined
    return this.#storage === undefined ? work() : this.#storage.run(undefined, work)
  }

  #step(process: Party | undefined, work: () => void): void {
    this.#acting = process
    this.#isInStep = true
    try {
      if (this.#storage === undefined) work()
      else this.#storage.run(process, work)
    } finally {
      this.#isInStep = false
    }
  }

  // -- its host ------------------------------------------------------------------------------------------------------

  #makeHost(): SceneHost {
    return {
      scene: this,
      now: () => this.now,
      systemTime: () => this.systemTime(),
      // Deadlines are the wheel's; what is left keeps a program alive or ends one, and there is none.
      setTimer: () => ({}),
      holdTimer: () => {},
      clearTimer: () => {},
      microtask: (callback) => void Promise.resolve().then(callback),
      yield: (callback) => void this.#hostTurns.push(callback),
      random: () => this.random(),
      asyncContexts: this.#contexts,
      isVirtual: true,
      makeKernel: (contextRule: AsyncContextRule | undefined) => {
        const kernel = new SimulatedKernel(this.host, contextRule)
        this.kernels.push(kernel)
        return kernel
      },
    }
  }

  /** What runs in a sender's context, or in nobody's, is its process's step all the same. */
  #owned(contexts: AsyncContexts): AsyncContexts {
    return {
      neutral: this.#ownedContext(contexts.neutral),
      capture: () => this.#ownedContext(contexts.capture()),
    }
  }

  #ownedContext(context: AsyncContext): AsyncContext {
    const scene = this
    return {
      runInAsyncScope(work, self, ...parameters) {
        return context.runInAsyncScope(scene.#asActing, scene, work, self, parameters) as ReturnType<typeof work>
      },
    }
  }

  #asActing<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    parameters: Parameters,
  ): Result {
    const storage = this.#storage
    if (storage === undefined) return Reflect.apply(work, self, parameters)
    return storage.run(this.#acting, () => Reflect.apply(work, self, parameters))
  }
}

function processIn(runnable: Runnable): Party | undefined {
  return runnable instanceof Process ? runnable : undefined
}

function makeStorage(): Storage | undefined {
  const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks")
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<Party | undefined>()
}
