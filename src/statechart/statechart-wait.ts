/**
 * What `waitFor` waits for: a state value, as XState's `matches` takes it, or what a function says of a snapshot.
 *
 * The state value is the caller's object: it is read once, into one of our own.
 */

import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, StateValue } from "xstate"
import { type Invalid, invalid, shown } from "../kernel/errors.ts"
import { entriesOf } from "../kernel/options.ts"
import { givenAtOnce } from "../kernel/thenable.ts"
import type { Subscriber } from "./statechart-subscriber.ts"

/** A state value is as deep as its machine. */
const DEEPEST = 64

type Predicate = (snapshot: AnyMachineSnapshot) => unknown

export class Wait {
  readonly #state: StateValue | Predicate
  /** Who came through a mailbox, and has to be allowed to hear of it when it comes, too. */
  readonly subscriber: Subscriber | undefined

  /** Throws `Invalid` for what is neither a state value nor a function. */
  constructor(state: unknown, subscriber?: Subscriber) {
    this.subscriber = subscriber
    this.#state = typeof state === "function" ? (state as Predicate) : stateValueOf(state, "state", 0)
  }

  /** What a trace shows. */
  get shown(): unknown {
    return typeof this.#state === "function" ? "a function" : this.#state
  }

  /** What is wrong with it for that machine. */
  problemIn({ root }: AnyStateMachine): Invalid | undefined {
    const state = this.#state
    if (typeof state === "function" || isIn(root, state)) return undefined
    return invalid("state", `is ${typeof state === "string" ? shown(state) : JSON.stringify(state)}, which the machine does not have`)
  }

  /** Whether it has come. Throws what the function throws, and `Invalid` where that gives a promise. */
  isMetBy(snapshot: AnyMachineSnapshot): boolean {
    const state = this.#state
    if (typeof state !== "function") return snapshot.matches(state as never)
    const promised = (): Invalid => invalid("state", "is a function that gave a promise: it must say at once whether the snapshot is meant")
    return Boolean(givenAtOnce(state(snapshot), promised))
  }
}

function stateValueOf(value: unknown, path: string, depth: number): StateValue {
  if (typeof value === "string" && value !== "") return value
  if (typeof value !== "object" || value === null || depth > DEEPEST)
    throw invalid(path, `must be a state value, as XState's matches takes it, or a function of a snapshot; got ${shown(value)}`)
  const entries = entriesOf(value, path)
  return Object.fromEntries(entries.map(([name, part]) => [name, stateValueOf(part, `${path}.${name}`, depth + 1)]))
}

function isIn(node: AnyStateNode, value: StateValue | undefined): boolean {
  if (value === undefined) return true
  if (typeof value === "string") return isPathIn(node, pathOf(value))
  return Object.entries(value).every(([key, part]) => {
    const below = childOf(node, key)
    return below !== undefined && isIn(below, part)
  })
}

function isPathIn(node: AnyStateNode, path: readonly string[]): boolean {
  let at: AnyStateNode | undefined = node
  for (const key of path) at = at === undefined ? undefined : childOf(at, key)
  return at !== undefined
}

function childOf(node: AnyStateNode, key: string): AnyStateNode | undefined {
  return Object.hasOwn(node.states, key) ? node.states[key] : undefined
}

/** As XState splits it: at dots that no backslash stands before. */
function pathOf(state: string): readonly string[] {
  const parts = state.match(/(?:\\.|[^.\\])+/gs) ?? []
  return parts.map((part) => part.replace(/\\(.)/gs, "$1"))
}
