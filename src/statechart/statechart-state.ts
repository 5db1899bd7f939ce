/** What of an address or a mailbox of a machine is typed by its states and by what it emits, and whether two states are the same. */

import type { AnyStateMachine, EmittedFrom, SnapshotFrom, StateValue } from "xstate"
import { text } from "../kernel/option-fields.ts"

/**
 * What the machine takes. Not XState's `EventFrom`, which knows the very class of a machine alone, and not what extends it.
 *
 * @example
 * import { createMachine } from "xstate"
 * const door = createMachine({ initial: "shut", states: { shut: { on: { OPEN: "open" } }, open: {} } })
 * const open: EventOf<typeof door> = { type: "OPEN" }
 * runtime.spawn(statechart(door)).send(open) // => true
 */
export type EventOf<M extends AnyStateMachine> = Parameters<M["transition"]>[1]

/**
 * A state of the machine, or a part of it, as XState's `matches` takes it.
 *
 * @example
 * import { setup } from "xstate"
 * const door = setup({}).createMachine({ initial: "shut", states: { shut: {}, open: {} } })
 * const wanted: StateOf<typeof door> = "shut"
 * const { value } = await runtime.spawn(statechart(door), undefined).waitFor(wanted)
 * value // => "shut"
 */
export type StateOf<M extends AnyStateMachine> = SnapshotFrom<M> extends { matches: (state: infer State) => boolean } ? State : never

/** What `waitFor` waits for: a state, or whatever a function says of a snapshot. */
export type WaitedFor<M extends AnyStateMachine> = StateOf<M> | ((snapshot: SnapshotFrom<M>) => boolean)

/** The types of what the machine emits; `*` stands for all. */
export type EmittedType<M extends AnyStateMachine> = EmittedFrom<M>["type"] | "*"

/** Reads one of them. */
export const emittedType = text

/** What comes of that type. */
export type Emitted<M extends AnyStateMachine, Type> = EmittedFrom<M> & (Type extends "*" ? unknown : { readonly type: Type })

/** Whether a machine has stayed in its state: of all its regions, whatever has become of its context. */
export function isSameState(one: StateValue | undefined, other: StateValue | undefined): boolean {
  if (one === other) return true
  if (typeof one !== "object" || typeof other !== "object") return false
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => isSameState(one[name], other[name]))
}
