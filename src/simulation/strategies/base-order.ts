/**
 * The order that schedules are told against: each runs until it waits. Who looks again and again whether something has come, without waiting, would never let it
 * come: it falls behind all others, each time that it has looked, until it does something else.
 *
 * A function of what came before, and of nothing else: a schedule that is replayed has the same.
 *
 * Source  Musuvathi and Qadeer, "Fair stateless model checking" (2008): who yields has a lower priority than those that it waits for. Ours do not say that they
 *         yield; it is seen.
 */

import type { Choice } from "../schedule/step.ts"
import { untilItWaits } from "./base-orders.ts"
import { doerOf } from "./strategies.ts"
import { words as wordsOf } from "./words.ts"

/**
 * Who does the same so often, and nothing else meanwhile, goes round in a circle: what it looks for has to come from somebody else. Work goes on row by row, too:
 * where eight were enough, the race behind twenty rows took three times as many schedules (`settingComesLast`); with more, who looks again takes some more.
 */
export const ROUNDS = 24

/** How often something was done since who does it did something else: that was its so many-th turn. */
interface Done {
  readonly by: Round
  times: number
  turn: number
}

/** What somebody does again and again. */
interface Round {
  /** How often it has done something else than before. */
  turns: number
  /** When it fell behind last: the how many-th that did. 0: it has not. */
  fell: number
}

export class BaseOrder {
  readonly #rounds = new Map<string, Round>()
  /** By its words, which say whose it is; forgotten of who falls behind, but for what that goes round by. */
  readonly #done = new Map<string, Done>()
  /** What came before any kind came too often: what it says of rounds is found out then. */
  #early: Choice[] | undefined = []
  /** By what it is: how often. It costs less than its words. */
  readonly #kinds = new Map<string, number>()
  #fallen = 0
  #isAnyBehind = false
  /** Who went on last. */
  last: string | undefined = undefined

  /** The index of what comes next. `isQuiet`: nothing is explored any more; then nobody is behind, and time passes for none who could go on. */
  of(choices: readonly Choice[], isQuiet = false): number {
    if (isQuiet || !this.#isAnyBehind) return untilItWaits(choices, this.last)
    const others = choices.filter((choice) => this.#fellAt(choice) === 0)
    return choices.indexOf(others.length > 0 ? (others[untilItWaits(others, this.last)] as Choice) : this.#longestBehind(choices))
  }

  /** That came next. */
  went(choice: Choice): void {
    this.last = choice.actor
    const early = this.#early
    if (early === undefined) return this.#did(choice)
    early.push(choice)
    const times = (this.#kinds.get(choice.what) ?? 0) + 1
    this.#kinds.set(choice.what, times)
    if (times <= ROUNDS) return
    this.#early = undefined
    for (const each of early) this.#did(each)
  }

  #did(choice: Choice): void {
    const words = wordsOf(choice)
    const done = this.#done.get(words)
    if (done === undefined) return this.#goOn(words, doerOf(choice))
    const { by } = done
    const times = timesOf(done)
    done.times = times + 1
    done.turn = by.turns
    if (by.fell === 0 && times < ROUNDS) return
    if (by.fell === 0) for (const [each, other] of this.#done) if (other.by === by && timesOf(other) < ROUNDS) this.#done.delete(each)
    by.fell = this.#fall()
  }

  /** It does something else: what it went round by begins anew. */
  #goOn(words: string, doer: string): void {
    const by = this.#rounds.get(doer) ?? this.#begin(doer)
    by.fell = 0
    by.turns += 1
    this.#done.set(words, { by, times: 1, turn: by.turns })
  }

  #begin(doer: string): Round {
    const round = { turns: 0, fell: 0 }
    this.#rounds.set(doer, round)
    return round
  }

  #fall(): number {
    this.#isAnyBehind = true
    this.#fallen += 1
    return this.#fallen
  }

  #fellAt(choice: Choice): number {
    return this.#rounds.get(doerOf(choice))?.fell ?? 0
  }

  #longestBehind(choices: readonly Choice[]): Choice {
    return choices.reduceRight((first, choice) => (this.#fellAt(choice) < this.#fellAt(first) ? choice : first))
  }
}

function timesOf({ by, times, turn }: Done): number {
  return turn === by.turns ? times : 0
}
