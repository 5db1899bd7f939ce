/**
 * Texts that come again in each schedule, made once: the words by which a thing is known, whose it is, and a number for each. To put them together costs more
 * than all else that is done with them.
 *
 * They are the program's, as the texts are: what is kept is forgotten where there are too many, and made anew.
 */

import type { Choice, Step } from "../schedule/step.ts"
import { actorOf } from "./strategies.ts"

/** So many are kept. */
const MOST_KEPT = 20_000

type Spelled = Pick<Choice, "kind" | "actor" | "from" | "what"> & Partial<Pick<Choice, "id">>

/** Somebody, or a clock: whom something happens to. */
export interface Somebody {
  readonly name: string
  readonly hash: number
  /** For who goes through a schedule: of which schedule, and what had happened there to that one. */
  mark: number
  line: number[]
}

/** Something that happened, known again in another schedule by its words and which of that kind it is: 1 for the first. */
export interface Happening {
  readonly words: string
  readonly count: number
  readonly actor: string
  readonly isFault: boolean
}

/** Some words, and what is known of them wherever they come again. */
export interface Spelling {
  readonly words: string
  readonly hash: number
  /** What one has for another, of one kind. */
  readonly channel: string
  /** No other spelling has it. */
  readonly index: number
  /** Whom it happens to, … */
  readonly whose: Somebody
  /** … and who was at something when it was begun, where it was not sent. */
  readonly beginner: Somebody
  /** What happens by those words: the first of them, the second … */
  readonly happenings: Happening[]
  /** For who goes through a schedule: of which schedule, and how many of them it had. */
  mark: number
  count: number
}

/** By actor, sender, what it is and of what kind. */
const spelled = new Map<string, Map<string, Map<string, Map<string, Spelling>>>>()
const hashes = new Map<string, number>()
const everybody = new Map<string, Somebody>()
let kept = 0
let spellings = 0

/** Those that were asked for last, each at a place by its number: a choice is asked for several times while its schedule goes on, and once more when that is over. */
const LAST = 512
const lastAsked: (Spelled | undefined)[] = new Array(LAST).fill(undefined)
const lastFound: (Spelling | undefined)[] = new Array(LAST).fill(undefined)

/** Who, from whom, what. */
export function words(choice: Spelled): string {
  tidy()
  return spellingOf(choice).words
}

/** Those of the steps of a schedule; `undefined` for a fault. There a text has one spelling: in the middle of it nothing is forgotten. */
export function spellingsOf(steps: readonly Step[]): readonly (Spelling | undefined)[] {
  tidy()
  const all: (Spelling | undefined)[] = []
  for (let at = 0; at < steps.length; at += 1) {
    const choice = steps[at]?.choice
    all.push(choice === undefined ? undefined : spellingOf(choice))
  }
  return all
}

/** One. By this alone nothing is forgotten. */
export function spellingOf(choice: Spelled): Spelling {
  const place = (choice.id ?? 0) % LAST
  if (lastAsked[place] === choice) return lastFound[place] as Spelling
  const { kind, actor, from, what } = choice
  const found = spelled.get(actor)?.get(from)?.get(what)?.get(kind) ?? spell(choice)
  lastAsked[place] = choice
  lastFound[place] = found
  return found
}

function spell(choice: Spelled): Spelling {
  const { kind, actor, from, what } = choice
  kept += 1
  spellings += 1
  const text = `${kind} ${actor} ${from} ${what}`
  const whose = somebody(actorOf(choice))
  const beginner = somebody(kind === "timer" ? actor : from)
  const channel = `${kind} ${from} > ${actor}`
  const made: Spelling = { words: text, hash: hashOf(text), channel, index: spellings, whose, beginner, happenings: [], mark: 0, count: 0 }
  under(under(under(spelled, actor), from), what).set(kind, made)
  return made
}

/** The how many-th of them: the same in each schedule. */
export function happeningOf({ words, whose, happenings }: Spelling, count: number): Happening {
  const known = happenings[count - 1]
  if (known !== undefined) return known
  kept += 1
  const made: Happening = { words, count, actor: whose.name, isFault: false }
  happenings[count - 1] = made
  return made
}

/** Known by that name. */
export function somebody(name: string): Somebody {
  const known = everybody.get(name)
  if (known !== undefined) return known
  const made: Somebody = { name, hash: hashOf(name), mark: 0, line: [] }
  everybody.set(name, made)
  return made
}

function under<Value extends Map<string, unknown>>(table: Map<string, Value>, key: string): Value {
  const known = table.get(key)
  if (known !== undefined) return known
  // Each table has tables, or spellings, under its keys: an empty one is both.
  const made = new Map() as Value
  table.set(key, made)
  return made
}

/** FNV-1a. */
export function hashOf(text: string): number {
  const known = hashes.get(text)
  if (known !== undefined) return known
  kept += 1
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hashes.set(text, hash)
  return hash
}

/** Before anything is spelled. */
function tidy(): void {
  if (kept < MOST_KEPT) return
  spelled.clear()
  lastAsked.fill(undefined)
  lastFound.fill(undefined)
  hashes.clear()
  everybody.clear()
  kept = 0
}
