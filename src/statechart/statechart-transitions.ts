/**
 * Tells who counts them which transitions machines take: those of a process's machine, and of the machines below it. It is told by XState's
 * own inspection, which costs something, so that nothing is inspected where nobody counts.
 *
 * A transition is called by the state it leaves, its event, its guard where that has a name, and the states it leads to: `off PRESS → on`. A second
 * one of that name has `(2)` behind it. What XState does without one of the machine's transitions (its start, its end) is none.
 */

import type { AnyActorRef, AnyStateMachine, InspectionEvent } from "xstate"
import { isA } from "../kernel/instance.ts"
import type { MachineWatch } from "../kernel/kernel-host.ts"
import type { StatechartCallbacks } from "./statechart-callbacks.ts"
import { StateMachine, toObserver } from "./xstate-peer.ts"

type Node = AnyStateMachine["root"]
type Transition = NonNullable<Node["always"]>[number]

/** How each transition of a machine is called. */
type Names = ReadonlyMap<Transition, string>

const namesOf = new WeakMap<AnyStateMachine, Names>()

/** What XState calls a machine that was given no id. */
const NAMELESS = "(machine)"

/** Those callbacks, with `watch` told beside the inspector; themselves where nobody counts. `label`: of the process. */
export function watched(callbacks: StatechartCallbacks, watch: MachineWatch | undefined, label: string): StatechartCallbacks {
  if (watch === undefined) return callbacks
  const { inspect } = callbacks
  const own = inspect === undefined ? undefined : toObserver(inspect)
  return {
    ...callbacks,
    inspect: (event) => {
      tell(event, watch, label)
      own?.next?.(event)
    },
  }
}

function tell(event: InspectionEvent, watch: MachineWatch, label: string): void {
  if (event.type !== "@xstate.actor" && event.type !== "@xstate.microstep") return
  const machine = machineOf(event.actorRef)
  if (machine === undefined) return
  const names = transitionNames(machine)
  const called = machine.id === NAMELESS ? label : machine.id
  if (event.type === "@xstate.actor") return watch.knows(called, [...names.values()])
  for (const transition of event._transitions) {
    const name = names.get(transition)
    if (name !== undefined) watch.took(called, name)
  }
}

function machineOf(actor: object): AnyStateMachine | undefined {
  const { logic } = actor as Partial<Pick<AnyActorRef & { logic: unknown }, "logic">>
  return isA(logic, StateMachine) ? logic : undefined
}

// -- names -------------------------------------------------------------------------------------------------------------

function transitionNames(machine: AnyStateMachine): Names {
  const known = namesOf.get(machine)
  if (known !== undefined) return known
  const names = new Map<Transition, string>()
  const times = new Map<string, number>()
  for (const transition of transitionsBelow(machine.root)) {
    const name = nameOf(transition)
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    names.set(transition, time === 1 ? name : `${name} (${time})`)
  }
  namesOf.set(machine, names)
  return names
}

function transitionsBelow(node: Node): readonly Transition[] {
  const own = [...[...node.transitions.values()].flat(), ...(node.always ?? [])]
  return [...own.filter(doesSomething), ...Object.values(node.states).flatMap((child) => transitionsBelow(child))]
}

/** One that does nothing keeps an event from the states around it, and XState itself counts no such event among the machine's. */
function doesSomething({ target, actions, reenter }: Transition): boolean {
  return target !== undefined || actions.length > 0 || reenter
}

function nameOf({ source, eventType, guard, target = [] }: Transition): string {
  const to = target.length === 0 ? "" : ` → ${target.map((node: Node) => stateText(node)).join(", ")}`
  return `${stateText(source)} ${eventText(eventType, source)}${guardText(guard)}${to}`
}

function stateText({ path, machine }: Node): string {
  return path.length === 0 ? machine.id : path.join(".")
}

/** XState's own events by what they tell: `always`, `after 1000`, `done`, and of an actor below by its id, `done heat`. */
function eventText(type: string, { id }: Node): string {
  if (type === "") return "always"
  const [, what = "", of = ""] = /^xstate\.(after|done|error|snapshot)\.(?:actor\.|state\.)?(.+)$/.exec(type) ?? []
  if (what === "") return type
  if (of === id) return what
  return `${what} ${of.endsWith(`.${id}`) ? of.slice(0, -id.length - 1) : of}`
}

function guardText(guard: unknown): string {
  const name = typeof guard === "object" && guard !== null && "type" in guard ? guard.type : guard
  return typeof name === "string" ? ` if ${name}` : ""
}
