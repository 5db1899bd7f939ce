/**
 * The world of one schedule: its clock, what waits in it, and what could happen next. It decides nothing; it carries out what was chosen.
 *
 * Invariant: in a step runs who was chosen, and all promise reactions that follow from it, and nobody else.
 */

import type { Inspection } from "../../inspection/inspection.ts"
import type { Envelope, Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { Process } from "../../kernel/process.ts"
import type { Runnable } from "../../kernel/scheduler.ts"
import { Topology } from "../../topology/topology.ts"
import type { Order } from "../schedule/schedule.ts"
import type { Operation, Sent } from "../schedule/step.ts"
import { Acting } from "./acting.ts"
import { actorBehind, actorOf } from "./actor.ts"
import { Answers } from "./answers.ts"
import { Answer, Armed, type Asked, Calling, type Candidate, HostTurn, type Runner, Turning, Waiting } from "./candidate.ts"
import type { DeclaredOperations } from "./declared-operations.ts"
import { HostTurns } from "./host-turns.ts"
import { inOrder } from "./in-order.ts"
import { Machines } from "./machines.ts"
import { Messages } from "./messages.ts"
import { Namesakes } from "./namesakes.ts"
import { failureOf, type OutsideCall, OutsideCalls } from "./outside-calls.ts"
import { Requests } from "./requests.ts"
import type { SceneListener } from "./scene-listener.ts"
import type { SceneHost, ScenePort, SmallBound, TimerWatch } from "./scene-port.ts"
import { SimulatedInbox } from "./simulated-inbox.ts"
import { SimulatedKernel } from "./simulated-kernel.ts"
import type { SimulatedWheel } from "./simulated-wheel.ts"
import { Timers } from "./timers.ts"

/** What a scene begins with. */
export interface SceneOptions {
  readonly order: Order
  readonly random: () => number
  /** What the calendar says then, in ms since 1970. */
  readonly systemTimeMs: number
}

const NOTHING_SENT: readonly Sent[] = []

export class Scene implements ScenePort {
  readonly host: SceneHost
  readonly order: Order
  readonly kernels: SimulatedKernel[] = []
  readonly random: () => number
  now = 0
  readonly namesakes = new Namesakes()
  readonly requests = new Requests(this, this.namesakes)
  /** Whether an inbox takes no message now: a fault. */
  isFull: (inbox: Inbox) => boolean = () => false
  /** How small a bound is to be: a fault. */
  boundOf: (kind: SmallBound, actor: string) => number | undefined = () => undefined
  /** Somebody has had a turn, and no step, as it was looked for what could happen next: more could, once what follows from that is done. */
  hasMoved = false
  /** Who goes on only then, in ms of the clock: a fault. */
  readonly #slow = new Map<Inbox, number>()
  /** Told of what is posted and asked, for those who judge. */
  listener: SceneListener | undefined = undefined
  readonly answers = new Answers()
  readonly outside = new OutsideCalls(this)
  readonly machines = new Machines()
  /** Which operations of the scenario are done; `undefined` where none may be declared: no schedule goes on, or somebody looks at it. */
  declared: DeclaredOperations | undefined = undefined
  readonly #systemTimeMs: number
  readonly #acting = new Acting()
  readonly #messages: Messages
  readonly #timers: Timers
  readonly #turns: HostTurns
  readonly #wheels: SimulatedWheel[] = []
  #sent: Sent[] = []
  #posted: Waiting | undefined = undefined
  #isClock = false
  #ids = 0

  constructor({ order, random, systemTimeMs }: SceneOptions) {
    this.order = order
    this.random = random
    this.#systemTimeMs = systemTimeMs
    this.#messages = new Messages(order, () => this.nextId())
    this.#timers = new Timers(order, this.#wheels, (answer) => this.#runOut(answer))
    this.#turns = new HostTurns(order)
    this.host = this.#makeHost()
  }

  nextId(): number {
    this.#ids += 1
    return this.#ids
  }

  /** Another one: since then something was sent, asked, called or armed. */
  get lastId(): number {
    return this.#ids
  }

  /** What the calendar says, in ms since 1970. */
  systemTime(): number {
    return this.#systemTimeMs + this.now
  }

  get repliesAtOnce(): boolean {
    return this.order === "runtime"
  }

  get servesAtOnce(): boolean {
    return this.order === "runtime" && !this.#acting.isInStep
  }

  presentProcess(): Party | undefined {
    return this.#acting.process
  }

  // -- what its kernels say ------------------------------------------------------------------------------------------

  get timers(): TimerWatch | undefined {
    return this.listener?.timers
  }

  refuses(inbox: Inbox): boolean {
    return this.isFull(inbox)
  }

  noted(envelope: Envelope, inbox: Inbox): void {
    this.listener?.posted(envelope, inbox)
    const waiting = this.#messages.add(envelope, inbox, this.#senderOf(envelope), this.#isClock)
    this.#posted = waiting
    const kind = envelope.kind !== "message" ? "signal" : envelope.isRequest ? "request" : "message"
    const { id, from, actor: to, what } = waiting.choice
    this.#sent.push({ id, kind, from, to, what })
  }

  putFirst(envelope: Envelope, inbox: Inbox): void {
    this.listener?.posted(envelope, inbox)
  }

  #senderOf({ asker }: Envelope): Party | undefined {
    if (asker !== undefined) return asker
    for (const { turn } of this.kernels) if (turn.process !== undefined) return turn.process
    return this.#isClock ? undefined : this.presentProcess()
  }

  takePosted(): Waiting | undefined {
    const posted = this.#posted
    this.#posted = undefined
    return posted
  }

  opened(asked: Asked, argument: unknown): void {
    if (this.requests.opened(asked, argument) && asked.inbox !== undefined) this.listener?.asked(asked, asked.inbox, argument)
  }

  concluded(asked: Asked, outcome: Operation["outcome"]): void {
    this.requests.concluded(asked, outcome)
    if (outcome === undefined) return
    if ("error" in outcome) this.listener?.failed(asked, outcome.error)
    else this.listener?.answered(asked)
  }

  /** Whether its process has a timer. */
  hasTimerOf({ kernel, label }: Inbox): boolean {
    return kernel instanceof SimulatedKernel && [...kernel.wheel.armed.keys()].some(({ owner }) => owner === label)
  }

  /** Those that nobody has answered: the answer of another may be under way yet. */
  get unanswered(): readonly Asked[] {
    return this.requests.openBeside(this.answers.all.map(({ asked }) => asked))
  }

  answered(asked: Asked, isFailure: boolean, deliver: () => void, place = this.nextId()): void {
    const answer = new Answer(place, asked, isFailure, deliver)
    this.answers.add(answer)
    this.listener?.given(asked)
    if (asked.until !== Number.POSITIVE_INFINITY) this.#limit(answer)
    const { actor: to, from, what, id } = answer.choice
    this.#sent.push({ id, kind: "reply", from, to, what, isFailure, answers: (asked.request ?? asked.called)?.choice.id })
  }

  /** Its asker waits no longer for an answer that is on its way: that never arrives. */
  givenUp(asked: Asked): void {
    const answer = this.answers.takeOf(asked)
    if (answer !== undefined) this.#timers.callOff(answer)
  }

  /** While it is on its way its asker's time goes on. */
  #limit(answer: Answer): void {
    answer.limitId = this.nextId()
    this.#timers.addLimit(answer)
  }

  #runOut(answer: Answer): void {
    this.answers.take(answer)
    answer.asked.expire()
  }

  /** It never arrives: its asker has to wait until its time is over. */
  lose(answer: Answer): void {
    this.answers.take(answer)
    this.requests.lose(answer.asked)
  }

  // -- what the program says -----------------------------------------------------------------------------------------

  setTimer(callback: () => void, delayMs: number, what: string): Armed {
    const actor = actorOf(this.presentProcess())
    const armed = new Armed(this.nextId(), actor, what, this.now + Math.max(0, delayMs), this.#acting.kept(callback))
    this.#timers.add(armed)
    return armed
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer)
  }

  /** Whether a timer of that number, or one before it, has not fired. */
  hasTimerUpTo(id: number): boolean {
    return this.#timers.hasUpTo(id)
  }

  turn(callback: () => void): HostTurn {
    return this.#turns.add(new HostTurn(this.nextId(), actorOf(this.presentProcess()), this.#acting.kept(callback)))
  }

  clearTurn(turn: unknown): void {
    this.#turns.clear(turn)
  }

  /** Its schedule is over. */
  end(): void {
    this.declared = undefined
    this.outside.close()
  }

  /** A call of the world outside: carried out in a step of its own, and its outcome comes in another. */
  external<T>(call: OutsideCall<T>): Promise<T> {
    return this.outside.call(
      call,
      ({ choice: { id, from, actor: to, what } }) => void this.#sent.push({ id, kind: "request", from, to, what }),
    )
  }

  /** It was carried out, and its caller is told that it failed. */
  failAfter(answer: Answer): void {
    answer.isFailure = true
    answer.deliver = () => answer.asked.outside?.reject(failureOf(answer.asked))
  }

  /** Does nothing for so long, by the clock. */
  slowDown(inbox: Inbox, forMs: number): void {
    this.#slow.set(inbox, this.now + forMs)
    this.#timers.add(new Armed(this.nextId(), actorBehind(inbox), "slow", this.now + forMs, () => {}))
  }

  holdUp(answer: Answer, forMs: number): void {
    answer.heldUntil = this.now + forMs
    this.#timers.add(new Armed(this.nextId(), answer.choice.actor, "slow", answer.heldUntil, () => {}))
  }

  isSlow(runnable: Runnable): boolean {
    if (this.#slow.size === 0 || !(runnable instanceof Process)) return false
    return (this.#slow.get(runnable.inbox) ?? 0) > this.now
  }

  // -- what could happen next ----------------------------------------------------------------------------------------

  /** What follows each step for all: limits are armed, and what waited for a turn of the host is done. */
  settle(): void {
    // Gone through by place: with each step an iterator would be made.
    for (let at = 0; at < this.kernels.length; at += 1) (this.kernels[at] as SimulatedKernel).scheduler.settle()
    this.#turns.afterStep()
  }

  /** In the order in which they came up. */
  candidates(): Candidate[] {
    const found: Candidate[] = []
    this.hasMoved = false
    const overtakes = this.answers.precedes
    for (let at = 0; at < this.kernels.length; at += 1) {
      const { scheduler } = this.kernels[at] as SimulatedKernel
      // Who comes in meanwhile is looked at, too: one that has had its turn may be told to stop by that.
      for (let place = 0; place < scheduler.ready.length; ) {
        const runnable = scheduler.ready[place] as Runnable
        if (this.isSlow(runnable) || this.#messages.find(runnable, scheduler, overtakes, found)) {
          place += 1
          continue
        }
        // A turn in which no code of anybody's runs. It leaves its place by that, and who is behind it comes there.
        this.hasMoved = true
        this.#run(runnable, scheduler)
      }
    }
    this.answers.find(this.now, found)
    this.outside.findReady(found)
    this.#turns.find(found)
    this.#timers.find(found, found.length === 0)
    return inOrder(found)
  }

  // -- what is done --------------------------------------------------------------------------------------------------

  /** What was sent since it was asked for last. */
  takeSent(): readonly Sent[] {
    const sent = this.#sent
    if (sent.length === 0) return NOTHING_SENT
    this.#sent = []
    return sent
  }

  /** Does it in the name of the scenario outside. */
  asOutside<Result>(work: () => Result): Result {
    return this.#acting.outside(work)
  }

  perform(candidate: Candidate): void {
    this.#turns.before(candidate)
    if (candidate instanceof Waiting) this.#handle(candidate)
    else if (candidate instanceof Turning) this.#run(candidate.runnable, candidate.scheduler)
    else if (candidate instanceof Answer) this.#deliver(candidate)
    else if (candidate instanceof Armed) this.#fire(candidate)
    else if (candidate instanceof Calling) this.#call(candidate)
    else if (candidate instanceof HostTurn) this.#goOn(candidate)
  }

  #handle(waiting: Waiting): void {
    const { envelope, inbox, runnable, scheduler } = waiting
    if (runnable === undefined || scheduler === undefined) return
    this.listener?.taken(waiting)
    if (inbox instanceof SimulatedInbox) inbox.choose(envelope)
    waiting.wasTaken = true
    this.#run(runnable, scheduler)
  }

  #run(runnable: Runnable, scheduler: Runner): void {
    this.#acting.begin(runnable instanceof Process ? runnable : undefined)
    try {
      scheduler.run(runnable)
    } finally {
      this.#acting.isInStep = false
    }
  }

  #deliver(answer: Answer): void {
    this.answers.take(answer)
    this.#timers.callOff(answer)
    this.#acting.stepIn(answer.asked.asker, answer.deliver)
  }

  #fire(armed: Armed): void {
    this.#timers.delete(armed)
    this.now = Math.max(this.now, armed.choice.at)
    this.#isClock = true
    try {
      this.#acting.step(undefined, armed.fire)
    } finally {
      this.#isClock = false
    }
  }

  #call(calling: Calling): void {
    this.outside.take(calling)
    this.#acting.step(undefined, calling.carryOut)
  }

  #goOn(turn: HostTurn): void {
    this.clearTurn(turn)
    this.#acting.step(undefined, turn.callback)
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
      yield: this.#turns.putOff,
      turn: (callback) => void this.turn(callback),
      random: () => this.random(),
      asyncContexts: this.#acting.contexts,
      isVirtual: true,
      machines: this.machines,
      begins: (topology, inspection) => {
        // The class of the second is none that a page which only starts an application would share with this.
        if (topology instanceof Topology) this.listener?.began(topology, inspection as Inspection)
      },
      makeKernel: (contextRule, host) => {
        const kernel = new SimulatedKernel(host as SceneHost, contextRule)
        this.kernels.push(kernel)
        this.#wheels.push(kernel.wheel)
        return kernel
      },
    }
  }
}
