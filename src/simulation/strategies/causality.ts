/**
 * What followed from what in a schedule: each thing that happened to a process follows from the one before it there, and from the step in which it was
 * sent, armed or begun. Two processes of which nothing follows from the other could have gone on in either order.
 *
 * It knows nothing of what processes share by other means than messages.
 */

import type { Decided } from "../schedule/decider.ts"
import { type Choice, OUTSIDE, type Sent, type Step } from "../schedule/step.ts"
import { MOST_EVENTS } from "./orders.ts"
import { Places } from "./places.ts"
import { Reasons } from "./reasons.ts"
import { type Happening, happeningOf, hashOf, type Somebody, type Spelling, somebody, spellingOf, spellingsOf } from "./words.ts"

/** What a schedule shows. */
export interface Shown {
  readonly decisions: readonly Decided[]
  readonly steps: readonly Step[]
  /** So many of them were explored: what was looked at in the end is not among them. */
  readonly explored: number
}

/** What had been sent to a process, and did not come any more, as that had ended: it could have come before. */
export interface Lost {
  readonly happening: Happening
  /** The step in which it was sent. */
  readonly sender: number
  /** The step with which its receiver ended, and the one in which that was bound to be: who has been told to stop takes nothing any more. */
  readonly end: number
  readonly cause: number
  /** As `events` has it of what happened. */
  readonly event: number
}

/** A timer that could have fired, and was called off. */
export interface CalledOff {
  readonly happening: Happening
  /** The step in which it was armed. */
  readonly sender: number | undefined
  /** The step of its process's before which it could fire, and the one in which what came to it then was sent: before that nobody can have known. */
  readonly before: number
  readonly cause: number
  /** As `events` has it of what happened. */
  readonly event: number
}

/** Where nothing is: no step. */
const NONE = -1

/** What happened in a schedule, and what of what: as much of it as is kept for later. */
export interface Course {
  readonly happenings: readonly Happening[]
  readonly reasons: Reasons
}

/** So many schedules were gone through: what `Spelling` and `Somebody` know of one is of the one with that number. */
let marks = 0

/** By the numbers of choices and of what is sent, for the schedule that is gone through: at which step each could be taken first, and in which it was sent. */
const firstSeen = new Places()
const sentIn = new Places()
/** Those that somebody has sent: requests and messages, no signals. */
const isMessage = new Places()
/** And those that were taken, or will not be. */
const isOver = new Places()

export class Causality implements Course {
  readonly happenings: Happening[] = []
  readonly #steps: number
  #reasons: Reasons | undefined = undefined
  /** Of so many steps they are known. */
  #reasoned = 0
  /** By whom it happened to: the steps. */
  readonly linesOf = new Map<string, number[]>()
  /** Of each step: what had happened to its actor, and what happened, with all that it follows from; alike in two schedules, it is the same number. */
  readonly pasts: number[] = []
  readonly events: number[] = []
  readonly lost: Lost[] = []
  readonly calledOff: CalledOff[] = []
  /** Of each step, what had happened to its actor once it was over. */
  readonly #ends: number[] = []
  /** The step before it of the same actor, and the one in which it was sent. */
  readonly #previous: number[] = []
  readonly #senders: number[] = []
  readonly #messages: boolean[] = []
  readonly #offered: (readonly Choice[] | undefined)[] = []
  /** What was sent, in that order; much of it was taken since. */
  #underWay: Sent[] = []
  /** Timers, each beside the steps of its process's before which it could fire. */
  readonly #timers: { readonly choice: Choice; readonly before: number }[] = []

  /** `spellings`: of its steps. */
  constructor(shown: Shown, spellings: readonly (Spelling | undefined)[] = spellingsOf(shown.steps)) {
    const { steps, explored } = shown
    marks += 1
    const places = placesOf(steps)
    const length = Math.min(places.length < explored ? steps.length : (places[explored - 1] ?? NONE) + 1, MOST_EVENTS)
    this.#seeDecisions(shown, places)
    this.#steps = length
    for (let at = 0; at < length; at += 1) this.#add(steps[at] as Step, spellings[at])
    for (const { choice, before } of this.#timers) if (before < length && isOver.of(choice.id) === NONE) this.#callOff(choice, before)
    this.#underWay = []
    for (const each of [firstSeen, sentIn, isMessage, isOver]) each.clear()
  }

  get length(): number {
    return this.happenings.length
  }

  /** Those of the steps so far, found when they are asked for: where all has been gone through before, nobody asks. */
  get reasons(): Reasons {
    this.#reasons ??= new Reasons(this.#steps)
    for (; this.#reasoned < this.length; this.#reasoned += 1) {
      const at = this.#reasoned
      this.#reasons.add(at, this.#previous[at] as number, this.#senders[at] as number)
    }
    return this.#reasons
  }

  /** Whether it could have been taken then. */
  wasOpen({ id }: Choice, then: number): boolean {
    return this.#offered[then]?.some((choice) => choice.id === id) === true
  }

  /** Whether it had been sent before, or armed or begun. */
  wasSent(later: number, then: number): boolean {
    return (this.senderOf(later) ?? then) < then
  }

  /** The step in which it was sent, armed or begun. */
  senderOf(at: number): number | undefined {
    const sender = this.#senders[at]
    return sender === NONE ? undefined : sender
  }

  /** Whether it takes what somebody has sent, however that is called: no signal, no end. */
  isOfMessage(at: number): boolean {
    return this.#messages[at] === true
  }

  /** Whether the later one was sent, armed or begun in consequence of the earlier one. */
  isSentAfter(later: number, earlier: number): boolean {
    const sender = this.senderOf(later)
    return sender !== undefined && this.reasons.follows(sender, earlier)
  }

  /** At which step each choice could be taken first, where there was another one, and what could be taken at each. */
  #seeDecisions({ decisions, steps }: Shown, places: readonly number[]): void {
    for (const { kind, choices, after } of decisions) {
      const at = places[after] ?? NONE
      if (at === NONE) continue
      if (kind === "step") this.#offered[at] = choices
      if (choices[0]?.kind === "fault") continue
      const next = steps[at]?.choice?.actor
      for (const choice of choices) {
        if (firstSeen.of(choice.id) === NONE) firstSeen.put(choice.id, at)
        if (choice.kind === "timer" && choice.actor === next) this.#timers.push({ choice, before: at })
      }
    }
  }

  #add(step: Step, spelling: Spelling | undefined): void {
    if (spelling === undefined) this.#fall(step)
    else this.#happen(step, spelling)
    this.#lose(step, this.length - 1)
    for (const each of step.sent) {
      sentIn.put(each.id, this.length - 1)
      if (each.kind !== "request" && each.kind !== "message") continue
      isMessage.put(each.id, 1)
      this.#underWay.push(each)
    }
  }

  #happen({ choice }: Step, spelling: Spelling): void {
    const { id } = choice as Choice
    const { whose } = spelling
    const sent = sentIn.of(id)
    const sender = sent === NONE ? this.#beganIn(spelling.beginner, firstSeen.of(id)) : sent
    isOver.put(id, 1)
    this.#messages.push(isMessage.of(id) !== NONE)
    this.#keep(happeningOf(spelling, timeOf(spelling)), whose, sender, this.#eventOf(sender, spelling))
  }

  #fall({ fault }: Step): void {
    this.#messages.push(false)
    const words = faultName(fault?.kind, fault?.actor)
    const whose = somebody(fault?.actor ?? "")
    const count = this.happenings.reduce((sum, happening) => (happening.words === words ? sum + 1 : sum), 1)
    this.#keep({ words, count, actor: whose.name, isFault: true }, whose, NONE, mixed(0, hashOf(words)))
  }

  #keep(happening: Happening, whose: Somebody, sender: number, event: number): void {
    const at = this.happenings.push(happening) - 1
    const line = whose.mark === marks ? whose.line : this.#begin(whose)
    const previous = line.at(-1) ?? NONE
    this.#previous.push(previous)
    this.#senders.push(sender)
    const past = previous === NONE ? mixed(0, whose.hash) : (this.#ends[previous] as number)
    this.pasts.push(past)
    this.events.push(event)
    this.#ends.push(mixed(past ^ event, DOT))
    line.push(at)
  }

  #begin(whose: Somebody): number[] {
    whose.mark = marks
    whose.line = []
    this.linesOf.set(whose.name, whose.line)
    return whose.line
  }

  /** A process has ended: what was on its way to it is handed back, or waits in vain. */
  #lose({ choice, sent }: Step, at: number): void {
    const { actor } = this.happenings[at] as Happening
    const isTold = choice?.what === "exit" && !this.isOfMessage(at)
    const handedBack = handedBackBy(actor, sent)
    if (!isTold && handedBack.length === 0) return
    const cause = (isTold ? this.senderOf(at) : undefined) ?? at
    this.#underWay = this.#underWay.filter(({ id }) => isOver.of(id) === NONE)
    for (const each of this.#underWay) {
      if (each.to === actor && (isTold || handedBack.includes(each.id))) this.#keepLost(each, at, cause)
    }
  }

  #keepLost({ id, from, to, what }: Sent, end: number, cause: number): void {
    isOver.put(id, 1)
    const sender = sentIn.of(id)
    if (this.reasons.follows(sender, cause)) return
    const spelling = spellingOf({ kind: "message", actor: to, from, what })
    const count = (spelling.mark === marks ? spelling.count : 0) + 1
    this.lost.push({
      happening: happeningOf(spelling, count),
      sender,
      end,
      cause,
      event: this.#eventOf(sender, spelling),
    })
  }

  #callOff(choice: Choice, before: number): void {
    const spelling = spellingOf(choice)
    const sender = this.#beganIn(spelling.beginner, firstSeen.of(choice.id))
    const sent = this.senderOf(before) ?? before
    const cause = sender !== NONE && this.reasons.follows(sender, sent) ? before : sent
    const fired = this.happenings.slice(0, cause).filter(({ words }) => words === spelling.words)
    this.calledOff.push({
      happening: happeningOf(spelling, fired.length + 1),
      sender: sender === NONE ? undefined : sender,
      before,
      cause,
      event: this.#eventOf(sender, spelling),
    })
  }

  #eventOf(sender: number, { hash }: Spelling): number {
    return mixed(sender === NONE ? 0 : (this.#ends[sender] as number), hash)
  }

  /** What was not sent was begun, or armed, before it was seen first: by default now. What is begun outside is there as soon as the step in which that was is over. */
  #beganIn({ name, mark, line }: Somebody, seen: number): number {
    const before = seen === NONE ? this.length : seen
    if (name === OUTSIDE) return before - 1
    if (mark !== marks) return NONE
    return line.findLast((step) => step < before) ?? NONE
  }
}

export function faultName(kind: string | undefined, actor: string | undefined): string {
  return `fault ${kind} ${actor}`
}

/** Where those steps stand that are no faults. */
function placesOf(steps: readonly Step[]): readonly number[] {
  const places: number[] = []
  for (let index = 0; index < steps.length; index += 1) if (steps[index]?.choice !== undefined) places.push(index)
  return places
}

const NOTHING: readonly number[] = []

/** The requests that somebody has given back. */
function handedBackBy(actor: string, sent: readonly Sent[]): readonly (number | undefined)[] {
  if (!sent.some(({ isFailure }) => isFailure === true)) return NOTHING
  return sent.flatMap(({ isFailure, answers, from }) => (isFailure === true && from === actor ? [answers] : []))
}

/** Which of its kind it is, in the schedule that is gone through. */
function timeOf(spelling: Spelling): number {
  if (spelling.mark !== marks) {
    spelling.mark = marks
    spelling.count = 0
  }
  spelling.count += 1
  return spelling.count
}

function mixed(past: number, hash: number): number {
  let next = Math.imul(past ^ hash, 0x01000193)
  next = Math.imul(next ^ (next >>> 15), 0x85ebca6b)
  return (next ^ (next >>> 13)) >>> 0
}

const DOT = hashOf(".")
