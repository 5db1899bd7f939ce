/**
 * What could happen next, with what carries it out: a choice as the strategies see it, and beside it the process, the message, the answer or the
 * timer that it stands for.
 */

import type { Envelope, Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { isA } from "../../kernel/instance.ts"
import { ProcessTimer, Tick } from "../../kernel/process-timer.ts"
import type { Runnable } from "../../kernel/scheduler.ts"
import type { TimerNode } from "../../kernel/timer-wheel.ts"
import { isDown } from "../../topology/monitors.ts"
import { type Choice, type ChoiceKind, OUTSIDE } from "../schedule/step.ts"
import { actorBehind, actorOf } from "./actor.ts"

export abstract class Candidate {
  /** Data alone: what was decided is remembered when its world is gone, and must not hold it. */
  readonly choice: Choice

  constructor(id: number, kind: ChoiceKind, actor: string, from: string, what: string, at = 0, about: string | undefined = undefined) {
    this.choice = { id, kind, actor, from, what, at, about }
  }

  get id(): number {
    return this.choice.id
  }
}

/** As strategies see them. */
export function choicesOf(candidates: readonly Candidate[]): readonly Choice[] {
  const choices: Choice[] = []
  for (let at = 0; at < candidates.length; at += 1) choices.push((candidates[at] as Candidate).choice)
  return choices
}

/** Whether something that was sent is taken in it: a message, an answer, a call. */
export function isTaking(candidate: Candidate): boolean {
  return candidate instanceof Waiting || candidate instanceof Answer || candidate instanceof Calling
}

export function isOfTime({ choice }: Candidate): boolean {
  return choice.kind === "timer"
}

/** Gives a turn: a scheduler. */
export interface Runner {
  run(runnable: Runnable): void
}

/** Whoever sends: a process by its inbox, which outlives its incarnations, or one of the scene's own. */
export type Sender = object

/** A message that waits, from when it was posted. */
export class Waiting extends Candidate {
  readonly envelope: Envelope
  readonly inbox: Inbox
  readonly sender: Sender
  /** It was handled and put aside: what is put back comes before all others. */
  wasTaken = false
  /** Its process and scheduler, where that could handle it now. */
  runnable: Runnable | undefined = undefined
  scheduler: Runner | undefined = undefined

  constructor(id: number, from: string, sender: Sender, envelope: Envelope, inbox: Inbox) {
    super(id, "message", actorBehind(inbox), from, nameOf(envelope), 0, aboutOf(envelope))
    this.sender = sender
    this.envelope = envelope
    this.inbox = inbox
  }
}

/** A turn of a process that needs no message: it starts, or is told to stop; or of what is no process. */
export class Turning extends Candidate {
  readonly runnable: Runnable
  readonly scheduler: Runner

  constructor(id: number, kind: ChoiceKind, actor: string, from: string, what: string, runnable: Runnable, scheduler: Runner) {
    super(id, kind, actor, from, what)
    this.runnable = runnable
    this.scheduler = scheduler
  }
}

/** A request whose answer has not reached its asker. */
export interface Asked {
  readonly asker: Party | undefined
  /** Whom it was posted to; `undefined` where it is no process. */
  readonly inbox: Inbox | undefined
  /** How that is called. */
  readonly target: string
  /** As it was posted. */
  readonly request: Waiting | undefined
  /** Where it is a call of the world outside: as it goes there. */
  readonly called?: Candidate | undefined
  readonly operation: string
  /** How long it waits at most, in ms; 0 where it has no limit. */
  readonly limitMs: number
  /** When its time is over, in ms of the clock; `Infinity` where it has no limit. */
  readonly until: number
  /** Its time is over. */
  expire(): void
  /** Where it is a call of the world outside: what it is of, how its caller is told of a failure, and how what it is to find there is damaged before. */
  readonly outside?: { readonly sort: OutsideSort; readonly reject: (error: unknown) => void; readonly tear?: (() => void) | undefined }
}

/** What is called outside: whatever the application calls there, a simulated database, or a file on a simulated disk. */
export type OutsideSort = "external" | "database" | "file"

/** An answer that was given, and has not reached its asker. */
export class Answer extends Candidate {
  readonly asked: Asked
  isFailure: boolean
  deliver: () => void
  /** Its asker waits no longer than that: the number under which that is armed, 0 where nothing is, and the timer, once it is looked at. */
  limitId = 0
  limit: Armed | undefined = undefined
  /** It is held up until then, in ms of the clock: a fault. */
  heldUntil = 0

  constructor(id: number, asked: Asked, isFailure: boolean, deliver: () => void) {
    super(id, "reply", actorOf(asked.asker), asked.target, asked.request?.choice.what ?? asked.operation)
    this.asked = asked
    this.isFailure = isFailure
    this.deliver = deliver
  }
}

/** A timer of the runtime's, or of the program's own. */
export class Armed extends Candidate {
  readonly fire: () => void
  /** A limit that is long: it runs out only where nothing else can happen. */
  isPatient = false

  constructor(id: number, actor: string, what: string, at: number, fire: () => void) {
    super(id, "timer", actor, CLOCK, what, at)
    this.fire = fire
  }
}

/** A call of the world outside has come there, and is carried out. */
export class Calling extends Candidate {
  readonly asked: Asked
  readonly carryOut: () => void
  readonly isReady: () => boolean

  constructor(id: number, from: string, asked: Asked, carryOut: () => void, isReady: () => boolean) {
    super(id, "message", asked.target, from, asked.operation)
    this.isReady = isReady
    this.asked = asked
    this.carryOut = carryOut
  }
}

/** What the program waits for with `setImmediate`. */
export class HostTurn extends Candidate {
  readonly callback: () => void

  constructor(id: number, actor: string, callback: () => void) {
    super(id, "turn", actor, CLOCK, "setImmediate")
    this.callback = callback
  }
}

export { OUTSIDE }
export const CLOCK = "clock"

/** What a message is called: its operation, or what it says of itself; an event by its type, however it is sent. */
export function nameOf(envelope: Envelope): string {
  const { kind, route, argument } = envelope
  if (route !== undefined) return route.isOfEvents === true ? named(argument, route.name) : route.name
  if (kind === "marker") return "detach"
  if (kind === "system") return "system request"
  if (isA(argument, Tick)) return named(argument.message, "tick")
  if (isDown(argument)) return "DOWN"
  return named(argument, kind)
}

/** What a timer is for: its key, or what its message says of itself. */
export function purposeOf(node: TimerNode): string {
  const { purpose } = node
  return node instanceof ProcessTimer && node.key === undefined ? named(node.message, purpose) : purpose
}

function named(message: unknown, otherwise: string): string {
  if (typeof message === "string") return message
  return ownText(message, "type") ?? ownText(message, "kind") ?? ownText(message, "name") ?? eventIn(message) ?? otherwise
}

/** What it brings: a machine's event that comes later. */
function eventIn(message: unknown): string | undefined {
  return ownText(ownField(message, "event"), "type")
}

/** What a message names: a key, mostly. */
function aboutOf({ kind, argument }: Envelope): string | undefined {
  if (kind !== "message") return undefined
  return typeof argument === "string" ? argument : ownText(argument, "key")
}

/** Looked at without a getter of its being run; what resists a look says nothing of itself. */
function ownText(message: unknown, field: string): string | undefined {
  const value = ownField(message, field)
  return typeof value === "string" ? value : undefined
}

function ownField(message: unknown, field: string): unknown {
  if (typeof message !== "object" || message === null) return undefined
  try {
    return Object.getOwnPropertyDescriptor(message, field)?.value
  } catch {
    return undefined
  }
}
