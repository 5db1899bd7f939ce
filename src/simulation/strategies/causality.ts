/**
 * What followed from what in a schedule: each thing that happened to a process follows from the one before it there, and from the step in which it was
 * sent, armed or begun. Two processes of which nothing follows from the other could have gone on in either order.
 *
 * It knows nothing of what processes share by other means than messages.
 */

import type { Decided } from "../schedule/decider.ts"
import type { Choice, Sent, Step } from "../schedule/step.ts"
import { MOST_EVENTS, wordsOf } from "./orders.ts"
import { actorOf } from "./strategies.ts"
import { hashOf } from "./words.ts"

/** Something that happened, known again in another schedule by its words and which of that kind it is: 1 for the first. */
export interface Happening {
  readonly words: string
  readonly count: number
  readonly actor: string
  readonly isFault: boolean
}

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

/** What is known of a schedule while it is gone through. */
interface Going {
  /** Of each choice: at which step it could be taken first. */
  readonly firstSeen: ReadonlyMap<number, number>
  readonly sentIn: Map<number, number>
  /** What somebody has sent: requests and messages, no signals. */
  readonly messages: Set<number>
  readonly counts: Map<string, number>
  /** Of each step, what had happened to its actor once it was over. */
  readonly ends: number[]
  /** What was sent and has not been taken. */
  readonly underWay: Map<number, Sent>
}

export class Causality {
  readonly happenings: Happening[] = []
  /** By whom it happened to: the steps. */
  readonly linesOf = new Map<string, number[]>()
  /** Of each step: what had happened to its actor, and what happened, with all that it follows from; alike in two schedules, it is the same number. */
  readonly pasts: number[] = []
  readonly events: number[] = []
  readonly lost: Lost[] = []
  readonly #senders: (number | undefined)[] = []
  readonly #messages: boolean[] = []
  readonly #offered = new Map<number, readonly Choice[]>()
  readonly #reasons: Uint32Array
  readonly #words: number

  constructor(shown: Shown) {
    const places = placesOf(shown)
    const length = Math.min(places.length < shown.explored ? shown.steps.length : (places[shown.explored - 1] ?? -1) + 1, MOST_EVENTS)
    for (const { kind, choices, after } of shown.decisions) if (kind === "step") this.#offered.set(places[after] ?? -1, choices)
    this.#words = (length + 31) >> 5
    this.#reasons = new Uint32Array(length * this.#words)
    const going: Going = {
      firstSeen: firstSeenIn(shown, places),
      sentIn: new Map(),
      messages: new Set(),
      counts: new Map(),
      ends: [],
      underWay: new Map(),
    }
    for (let at = 0; at < length; at += 1) this.#add(shown.steps[at] as Step, going)
  }

  get length(): number {
    return this.happenings.length
  }

  /** Whether it could have been taken then. */
  wasOpen({ id }: Choice, then: number): boolean {
    return this.#offered.get(then)?.some((choice) => choice.id === id) === true
  }

  /** Whether it had been sent before, or armed or begun. */
  wasSent(later: number, then: number): boolean {
    return (this.#senders[later] ?? then) < then
  }

  /** The step in which it was sent, armed or begun. */
  senderOf(at: number): number | undefined {
    return this.#senders[at]
  }

  /** Whether it takes what somebody has sent, however that is called: no signal, no end. */
  isOfMessage(at: number): boolean {
    return this.#messages[at] === true
  }

  /** Whether the later one was sent, armed or begun in consequence of the earlier one. */
  isSentAfter(later: number, earlier: number): boolean {
    const sender = this.#senders[later]
    return sender !== undefined && this.follows(sender, earlier)
  }

  /** Whether one step comes of another, or is it. */
  follows(later: number, earlier: number): boolean {
    return (((this.#reasons[later * this.#words + (earlier >> 5)] as number) >> (earlier & 31)) & 1) === 1
  }

  #add(step: Step, going: Going): void {
    const { firstSeen, sentIn, messages, counts, ends, underWay } = going
    const { choice, fault, sent } = step
    const at = this.length
    const words = choice === undefined ? faultName(fault?.kind, fault?.actor) : wordsOf(choice)
    const actor = choice === undefined ? (fault?.actor ?? "") : actorOf(choice)
    const line = this.linesOf.get(actor) ?? []
    const previous = line.at(-1)
    const sender = choice === undefined ? undefined : (sentIn.get(choice.id) ?? this.#beginnerOf(choice, firstSeen.get(choice.id) ?? at))
    const count = (counts.get(words) ?? 0) + 1
    counts.set(words, count)
    this.happenings.push({ words, count, actor, isFault: choice === undefined })
    this.linesOf.set(actor, line)
    this.#senders.push(sender)
    this.#messages.push(choice !== undefined && messages.has(choice.id))
    this.#follow(at, [previous, sender])
    const past = previous === undefined ? mixed(0, actor) : (ends[previous] as number)
    const event = mixed(sender === undefined ? 0 : (ends[sender] as number), words)
    this.pasts.push(past)
    this.events.push(event)
    ends.push(mixed(past ^ event, "."))
    line.push(at)
    if (choice !== undefined) underWay.delete(choice.id)
    this.#lose(step, at, going)
    for (const each of sent) {
      sentIn.set(each.id, at)
      if (each.kind !== "request" && each.kind !== "message") continue
      messages.add(each.id)
      underWay.set(each.id, each)
    }
  }

  /** A process has ended: what was on its way to it is handed back, or waits in vain. */
  #lose({ choice, sent }: Step, at: number, going: Going): void {
    const { actor } = this.happenings[at] as Happening
    const isTold = choice?.what === "exit" && !this.isOfMessage(at)
    const handedBack = new Set(sent.flatMap(({ isFailure, answers, from }) => (isFailure === true && from === actor ? [answers] : [])))
    if (!isTold && handedBack.size === 0) return
    const cause = (isTold ? this.#senders[at] : undefined) ?? at
    for (const each of going.underWay.values()) {
      if (each.to === actor && (isTold || handedBack.has(each.id))) this.#keepLost(each, { end: at, cause }, going)
    }
  }

  #keepLost({ id, from, to, what }: Sent, { end, cause }: Pick<Lost, "end" | "cause">, { sentIn, counts, ends, underWay }: Going): void {
    underWay.delete(id)
    const sender = sentIn.get(id) as number
    if (this.follows(sender, cause)) return
    const words = wordsOf({ kind: "message", actor: to, from, what })
    const happening = { words, count: (counts.get(words) ?? 0) + 1, actor: to, isFault: false }
    this.lost.push({ happening, sender, end, cause, event: mixed(ends[sender] as number, words) })
  }

  /** What was not sent was begun, or armed, before it was seen first. */
  #beginnerOf({ kind, actor, from }: Choice, seen: number): number | undefined {
    return this.linesOf.get(kind === "timer" ? actor : from)?.findLast((step) => step < seen)
  }

  #follow(at: number, reasons: readonly (number | undefined)[]): void {
    const row = at * this.#words
    for (const reason of reasons) {
      if (reason === undefined) continue
      for (let word = 0; word < this.#words; word += 1) {
        this.#reasons[row + word] = (this.#reasons[row + word] as number) | (this.#reasons[reason * this.#words + word] as number)
      }
    }
    this.#reasons[row + (at >> 5)] = (this.#reasons[row + (at >> 5)] as number) | (1 << (at & 31))
  }
}

export function faultName(kind: string | undefined, actor: string | undefined): string {
  return `fault ${kind} ${actor}`
}

/** Where those steps stand that are no faults. */
function placesOf({ steps }: Shown): readonly number[] {
  return steps.flatMap(({ choice }, index) => (choice === undefined ? [] : [index]))
}

/** At which step each choice could be taken first, where there was another one. */
function firstSeenIn({ decisions }: Shown, places: readonly number[]): ReadonlyMap<number, number> {
  const first = new Map<number, number>()
  for (const { choices, after } of decisions) {
    const at = places[after]
    if (at === undefined || choices[0]?.kind === "fault") continue
    for (const { id } of choices) if (!first.has(id)) first.set(id, at)
  }
  return first
}

function mixed(hash: number, text: string): number {
  let next = Math.imul(hash ^ hashOf(text), 0x01000193)
  next = Math.imul(next ^ (next >>> 15), 0x85ebca6b)
  return (next ^ (next >>> 13)) >>> 0
}
