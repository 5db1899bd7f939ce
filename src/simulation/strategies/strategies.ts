/**
 * Strategies that draw: each finds what others miss. All are functions of what they are asked and of the numbers they draw.
 *
 * Source  PCT: Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs" (2010). POS: Yuan et al., "Partial order
 *         aware concurrency sampling" (2018). URW: Zhao et al., "Selectively uniform concurrency testing" (2025). The weighted walk is ours.
 */

import { inBaseOrder, type Strategy } from "../schedule/decider.ts"
import type { Choice } from "../schedule/step.ts"
import { inProductionOrder } from "./base-orders.ts"

/** Numbers in [0, 1). */
export type Draw = () => number

/** What earlier schedules of the same program have shown. */
export interface Experience {
  /** Decisions that a long one has; one that is far longer than all others counts for little. */
  readonly decisions: number
  /** Those of them at which no answer could arrive. */
  readonly prompt: number
  /** Of the longest one, by who did them (`doerOf`): its steps. */
  readonly steps: ReadonlyMap<string, number>
  /** The same by what one has for another (`channelOf`). */
  readonly channels: ReadonlyMap<string, number>
}

/** Makes a strategy for one schedule. */
export type StrategyMaker = (draw: Draw, experience: Experience) => Strategy

export const production: StrategyMaker = () => ({ choose: ({ choices }) => inProductionOrder(choices) })

/** Each runs until it waits. */
export const runOn: StrategyMaker = () => inBaseOrder

/** Each choice is as likely as any other. */
export const random: StrategyMaker = (draw) => ({ choose: ({ choices }) => below(draw, choices.length) })

/** Who goes on by priority; at some places who would go on falls behind all others. */
export function pct(changePoints: (draw: Draw) => number): StrategyMaker {
  return (draw, { decisions }) => {
    const places = drawnPlaces(changePoints(draw), draw, decisions)
    const priorities = new Map<string, number>()
    let lowest = 0
    const priorityOf = (key: string): number => {
      const known = priorities.get(key)
      if (known !== undefined) return known
      const drawn = draw()
      priorities.set(key, drawn)
      return drawn
    }
    const rank = (choice: Choice): number => priorityOf(actorOf(choice))
    return {
      choose({ choices, number }) {
        let index = greatest(choices, rank)
        if (places.has(number)) {
          lowest -= 1
          priorities.set(actorOf(choices[index] as Choice), lowest)
          index = greatest(choices, rank)
        }
        return amongOnesOwn(choices, index, (choice) => priorityOf(`${choice.from} > ${choice.actor}`))
      },
    }
  }
}

/** Each event has a priority of its own; once one has happened, those that it competed with draw anew. */
export const pos: StrategyMaker = (draw) => {
  const priorities = new Map<number, number>()
  const rank = ({ id }: Choice): number => {
    const known = priorities.get(id)
    if (known !== undefined) return known
    const drawn = draw()
    priorities.set(id, drawn)
    return drawn
  }
  return {
    choose({ choices }) {
      const index = greatest(choices, rank)
      const chosen = choices[index] as Choice
      for (const { id, actor } of choices) if (actor === chosen.actor) priorities.delete(id)
      return index
    },
  }
}

/** Who has much to do yet is chosen as much more often: each order of the whole is about as likely as any other. What others do for somebody is theirs who asked. */
export const urw: StrategyMaker = (draw, { steps }) => {
  const left = new Map(steps)
  const weigh = (choice: Choice): number => Math.max(left.get(doerOf(choice)) ?? 1, 0.5)
  const went = (choice: Choice): void => void left.set(doerOf(choice), (left.get(doerOf(choice)) ?? 1) - 1)
  return {
    choose({ choices }) {
      const index = weighted(draw, choices, weigh)
      went(choices[index] as Choice)
      return index
    },
    went,
  }
}

/** Each actor has a weight over three decades, and all draw anew once: near PCT and near random at a time. */
export const weightedWalk: StrategyMaker = (draw, { decisions }) => {
  const weights = new Map<string, number>()
  const redrawn = below(draw, Math.max(decisions, 1))
  const weigh = (choice: Choice): number => {
    const actor = actorOf(choice)
    const known = weights.get(actor)
    if (known !== undefined) return known
    const drawn = 1000 ** draw()
    weights.set(actor, drawn)
    return drawn
  }
  return {
    choose({ choices, number }) {
      if (number === redrawn) weights.clear()
      return weighted(draw, choices, weigh)
    },
  }
}

/** The base order, but for some places that are drawn: there somebody else goes on. */
export function deviating(places: (draw: Draw) => number): StrategyMaker {
  return (draw, { decisions }) => {
    const left = drawnPlaces(places(draw), draw, decisions)
    return {
      choose: ({ choices, base, number }) => (left.has(number) ? (base + 1 + below(draw, choices.length - 1)) % choices.length : base),
    }
  }
}

/** Whom a choice lets go on; time is an actor of its own for each whom it concerns. */
export function actorOf({ kind, actor }: Pick<Choice, "kind" | "actor">): string {
  return kind === "timer" ? `clock of ${actor}` : actor
}

/** Whose work it is: a server that handles a message does its sender's. */
export function doerOf(choice: Choice): string {
  return choice.kind === "message" ? choice.from : actorOf(choice)
}

export function below(draw: Draw, limit: number): number {
  return Math.min(Math.floor(draw() * limit), limit - 1)
}

/** So many places at most among that many decisions. */
export function drawnPlaces(count: number, draw: Draw, decisions: number): ReadonlySet<number> {
  const places = new Set<number>()
  for (let drawn = 0; drawn < count; drawn += 1) places.add(below(draw, Math.max(decisions, 1)))
  return places
}

/** Takes one that is drawn off the list; those left change their places. */
export function takeDrawn<Item>(items: Item[], draw: Draw): Item {
  return takeOff(items, below(draw, items.length))
}

/** Takes that one off the list; the last one has its place then. */
export function takeOff<Item>(items: Item[], at: number): Item {
  const item = items[at] as Item
  items[at] = items.at(-1) as Item
  items.pop()
  return item
}

/** The index of the first one of the greatest rank. */
export function greatest(choices: readonly Choice[], rank: (choice: Choice) => number): number {
  let best = 0
  let bestRank = Number.NEGATIVE_INFINITY
  for (let index = 0; index < choices.length; index += 1) {
    const own = rank(choices[index] as Choice)
    if (own > bestRank) {
      best = index
      bestRank = own
    }
  }
  return best
}

/** Of all choices of the same actor, the one of the greatest rank. */
function amongOnesOwn(choices: readonly Choice[], index: number, rank: (choice: Choice) => number): number {
  const actor = actorOf(choices[index] as Choice)
  return greatest(choices, (choice) => (actorOf(choice) === actor ? rank(choice) : Number.NEGATIVE_INFINITY))
}

function weighted(draw: Draw, choices: readonly Choice[], weigh: (choice: Choice) => number): number {
  const weights = choices.map(weigh)
  let left = draw() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return index
  }
  return choices.length - 1
}
