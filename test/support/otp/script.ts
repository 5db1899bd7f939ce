/**
 * Trees and scripts as Erlang and this runtime can both carry them out, made of drawn ones: all happens at once, as OTP knows no backoff and its
 * time is the machine's; what is left out is what ARCHITECTURE.md says to be otherwise here.
 */

import fc from "fast-check"
import type { Plan, SupervisorPlan, WorkerPlan } from "../../models/supervision-model.ts"
import { type Command, command, type Ending, named, tree, type Unnamed } from "../random-tree.ts"

/** What is done to somebody by its id; where nobody of that id lives, nothing. */
export type Step =
  | { readonly type: "fail"; readonly id: string; readonly times: number }
  | { readonly type: "end"; readonly id: string; readonly isSupervisor: boolean; readonly ending: Ending }
  | { readonly type: "start"; readonly id: string; readonly plan: Plan }
  | { readonly type: "terminate" | "restart" | "delete"; readonly id: string; readonly child: string }
  /** Below a dynamic supervisor: the children are like each other, and known by their names to the script alone. */
  | { readonly type: "start_dynamic"; readonly id: string; readonly plan: WorkerPlan }
  | { readonly type: "terminate_dynamic"; readonly id: string; readonly child: string }
  | { readonly type: "which" | "count"; readonly id: string }

export interface Script {
  readonly tree: SupervisorPlan
  /** By worker: how many of its starts fail, from the beginning. */
  readonly failures: Readonly<Record<string, number>>
  readonly steps: readonly Step[]
}

/** One that does not clear up in time is killed; all others are quick. */
const STUCK_MS = 20
/** Longer than any script. */
const PERIOD_MS = 3_600_000
const NO_BACKOFF = { initialMs: 0, factor: 1, maxMs: 0, stableAfterMs: PERIOD_MS, maxAttempts: 0 }

const failure = fc.record({ who: fc.nat({ max: 1000 }), times: fc.integer({ min: 1, max: 2 }) })
const seldom = fc.option(failure, { freq: 5, nil: undefined })

export const script: fc.Arbitrary<Script> = fc
  .record({ drawn: tree, commands: fc.array(command, { maxLength: 25 }), atBoot: seldom })
  .map(({ drawn, commands, atBoot }) => {
    const planned = atOnce(drawn)
    const everybody = membersOf(planned)
    const workers = everybody.filter(({ kind }) => kind === "worker")
    const failing = atBoot === undefined ? [] : pick(workers, atBoot.who).map(({ id }) => [id, atBoot.times] as const)
    return { tree: planned, failures: Object.fromEntries(failing), steps: stepsOf(everybody, commands) }
  })

// -- the tree -----------------------------------------------------------------------------------------------------

function atOnce(plan: SupervisorPlan): SupervisorPlan {
  const children =
    plan.kind === "dynamic" ? [template(plan)] : plan.children.map((child) => (child.kind === "worker" ? quick(child) : atOnce(child)))
  return { ...plan, shutdown: "infinity", periodMs: PERIOD_MS, maxChildren: 1000, backoff: NO_BACKOFF, children }
}

function quick(plan: WorkerPlan): WorkerPlan {
  const isStuck = plan.clearUpMs > 80
  const shutdown = isStuck ? STUCK_MS : typeof plan.shutdown === "number" ? 5000 : plan.shutdown
  return { ...plan, initMs: 0, autoStart: true, requires: [], backoff: NO_BACKOFF, shutdown, clearUpMs: isStuck ? PERIOD_MS : 0 }
}

function neverStuck<Of extends Plan>(plan: Of): Of {
  return plan.kind === "worker" ? { ...plan, clearUpMs: 0 } : { ...plan, children: plan.children.map(neverStuck) }
}

/** What each child of a dynamic supervisor is like. */
function template({ id, restart, backoff }: SupervisorPlan): WorkerPlan {
  const shutdown = backoff.initialMs > 0 ? "brutal_kill" : 5000
  return {
    kind: "worker",
    id: `${id}*`,
    restart,
    significant: false,
    shutdown,
    backoff: NO_BACKOFF,
    initMs: 0,
    clearUpMs: 0,
    autoStart: true,
    requires: [],
  }
}

/** All that have an id from the beginning, the template of a dynamic supervisor not among them. */
function membersOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.kind === "worker" || plan.kind === "dynamic" ? [] : plan.children.flatMap(membersOf))]
}

// -- the script ---------------------------------------------------------------------------------------------------

const NAMES = 3

function stepsOf(everybody: readonly Plan[], commands: readonly Command[]): readonly Step[] {
  const supervisors = everybody.filter((plan): plan is SupervisorPlan => plan.kind !== "worker")
  // Those that may be added are named, too.
  const all = [...everybody, ...supervisors.flatMap(additionsTo)]
  return commands.flatMap((drawn): readonly Step[] => {
    switch (drawn.type) {
      case "fail":
        return pick(all, drawn.who).flatMap((plan): Step[] =>
          plan.kind === "worker" ? [{ type: "fail", id: plan.id, times: drawn.times }] : [],
        )
      case "end":
        return pick(all, drawn.who[0] ?? 0).map((plan): Step => {
          return { type: "end", id: plan.id, isSupervisor: plan.kind !== "worker", ending: endingOf(plan, drawn.ending) }
        })
      case "startChild":
        return pick(supervisors, drawn.supervisor).flatMap((plan) => startBelow(plan, drawn.plan, drawn.name))
      case "terminateChild":
      case "restartChild":
      case "deleteChild":
        return pick(supervisors, drawn.supervisor).flatMap((plan) => requestOf(plan, drawn.type, drawn.who))
      case "whichChildren":
      case "countChildren":
        return pick(supervisors, drawn.supervisor).flatMap((plan): Step[] =>
          plan.kind === "supervisor" ? [{ type: drawn.type === "whichChildren" ? "which" : "count", id: plan.id }] : [],
        )
      default:
        return []
    }
  })
}

/** By their names: a supervisor that is added has a name of its own, so that it is known what has it. */
function additionsTo(plan: SupervisorPlan): readonly Plan[] {
  if (plan.kind === "partition") return []
  const names = Array.from({ length: NAMES }, (_, name) => nameBelow(plan, name))
  const [each] = plan.children
  if (plan.kind === "dynamic") return names.map((id) => ({ ...(each as WorkerPlan), id }))
  return names.flatMap((id): Plan[] => [
    { ...template(plan), id },
    { ...plan, children: [], id: `${id}s` },
  ])
}

function nameBelow({ id, kind }: SupervisorPlan, name: number): string {
  return `${id}${kind === "dynamic" ? "*" : "+"}${name}`
}

/** Who is stuck when it clears up can be killed alone; a supervisor stops, and says why, or is killed with nobody below who is stuck. */
function endingOf(plan: Plan, ending: Ending): Ending {
  if (plan.kind === "worker") return plan.clearUpMs > 0 ? "kill" : ending
  if (ending === "error") return "shutdown"
  return ending === "kill" && membersOf(plan).some((each) => each.kind === "worker" && each.clearUpMs > 0) ? "normal" : ending
}

function startBelow(above: SupervisorPlan, drawn: Unnamed, name: number): readonly Step[] {
  const id = nameBelow(above, name)
  const [each] = above.children
  if (above.kind === "dynamic") return each?.kind === "worker" ? [{ type: "start_dynamic", id: above.id, plan: { ...each, id } }] : []
  if (above.kind === "partition") return []
  if (drawn.kind === "worker")
    return [{ type: "start", id: above.id, plan: quick(neverStuck(named(drawn, id, above.autoShutdown) as WorkerPlan)) }]
  const plan = named(drawn, `${id}s`, above.autoShutdown) as SupervisorPlan
  return [{ type: "start", id: above.id, plan: atOnce(neverStuck(plan)) }]
}

function requestOf(above: SupervisorPlan, type: "terminateChild" | "restartChild" | "deleteChild", who: number): readonly Step[] {
  if (above.kind === "partition") return []
  const children = above.kind === "dynamic" ? additionsTo(above) : [...above.children, ...additionsTo(above)]
  const [child] = pick(children, who)
  if (child === undefined) return []
  if (above.kind === "dynamic") return [{ type: "terminate_dynamic", id: above.id, child: child.id }]
  const word = type === "terminateChild" ? "terminate" : type === "restartChild" ? "restart" : "delete"
  return [{ type: word, id: above.id, child: child.id }]
}

/** One of those there are, or none. */
function pick<Item>(items: readonly Item[], number: number): readonly Item[] {
  return items.length === 0 ? [] : [items[number % items.length] as Item]
}
