/** Random trees of supervisors, and random things that happen to them, for fast-check. */

import fc from "fast-check"
import type { Plan, SupervisorPlan, WorkerPlan } from "../models/supervision-model.ts"

/** Without ids. */
export type Unnamed = UnnamedWorker | UnnamedSupervisor
/** `requires`: one of those before it, by a number; with none, nobody. */
type UnnamedWorker = Omit<WorkerPlan, "id" | "requires"> & { readonly requires: number | undefined }
type UnnamedSupervisor = Omit<SupervisorPlan, "id" | "children"> & { readonly children: readonly Unnamed[] }

const PARTITIONS = 2

const often0 = (max: number) => fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 1, max }) })

/** `false` one time in five. */
const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) })

const keep = {
  restart: fc.constantFrom("permanent" as const, "transient" as const, "temporary" as const),
  significant: fc.boolean(),
  shutdown: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constantFrom("brutal_kill" as const, "infinity" as const, 5000)),
  backoff: fc.record({
    initialMs: often0(200),
    factor: fc.integer({ min: 1, max: 3 }),
    maxMs: fc.integer({ min: 0, max: 1000 }),
    stableAfterMs: fc.oneof(fc.constant(10_000), fc.integer({ min: 0, max: 300 })),
    maxAttempts: often0(3),
  }),
}

const requires = fc.option(fc.nat({ max: 1000 }), { freq: 2, nil: undefined })
const worker = fc.record({
  kind: fc.constant("worker" as const),
  initMs: often0(100),
  clearUpMs: often0(100),
  autoStart: seldom,
  requires,
  ...keep,
})

function supervisorOf(kind: SupervisorPlan["kind"], children: fc.Arbitrary<Unnamed[]>): fc.Arbitrary<UnnamedSupervisor> {
  return fc.record({
    kind: fc.constant(kind),
    strategy: fc.constantFrom("one_for_one" as const, "one_for_all" as const, "rest_for_one" as const),
    autoShutdown: fc.constantFrom("never" as const, "any_significant" as const, "all_significant" as const),
    intensity: fc.integer({ min: 0, max: 6 }),
    periodMs: fc.constantFrom(40, 400, 4000),
    maxChildren: fc.integer({ min: 1, max: 4 }),
    children,
    ...keep,
  })
}

function children(few: number, ...kinds: readonly fc.WeightedArbitrary<Unnamed>[]): fc.Arbitrary<Unnamed[]> {
  return fc.array(fc.oneof(...kinds), { maxLength: few })
}

const leaf: fc.Arbitrary<Unnamed> = fc.oneof(
  { weight: 6, arbitrary: worker },
  { weight: 1, arbitrary: supervisorOf("dynamic", fc.constant([])) },
  { weight: 1, arbitrary: supervisorOf("partition", fc.array(worker, { minLength: 1, maxLength: 1 })) },
)
const branch = supervisorOf("supervisor", children(4, { weight: 1, arbitrary: leaf }))
const limb = supervisorOf("supervisor", children(4, { weight: 4, arbitrary: leaf }, { weight: 1, arbitrary: branch }))
const unnamedTree = supervisorOf("supervisor", children(4, { weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: limb }))

/** A tree down to four levels. */
export const tree: fc.Arbitrary<SupervisorPlan> = unnamedTree.map((plan) => namedSupervisor(plan, "root", "never"))

/** Gives ids, and takes back what a definition must not say. */
export function named(plan: Unnamed, id: string, above: SupervisorPlan["autoShutdown"], before: readonly string[] = []): Plan {
  return plan.kind === "worker" ? namedWorker(plan, id, above, before) : namedSupervisor(plan, id, above)
}

/** `before`: whom it may require. */
function namedWorker(plan: UnnamedWorker, id: string, above: SupervisorPlan["autoShutdown"], before: readonly string[]): WorkerPlan {
  const required = plan.requires === undefined || !plan.autoStart ? undefined : before[plan.requires % Math.max(before.length, 1)]
  const significant = plan.significant && plan.restart !== "permanent" && above !== "never"
  return { ...plan, id, significant, requires: required === undefined ? [] : [required] }
}

/** With its supervisor. */
function started(plan: Unnamed): Unnamed {
  return plan.kind === "worker" ? { ...plan, autoStart: true } : plan
}

function namedSupervisor(plan: UnnamedSupervisor, id: string, above: SupervisorPlan["autoShutdown"]): SupervisorPlan {
  const isPlain = plan.kind === "supervisor"
  const autoShutdown = isPlain ? plan.autoShutdown : "never"
  const below = plan.kind === "partition" ? Array.from({ length: PARTITIONS }, () => plan.children).flat() : plan.children
  return {
    ...plan,
    id,
    autoShutdown,
    strategy: isPlain ? plan.strategy : "one_for_one",
    significant: plan.significant && plan.restart !== "permanent" && above !== "never",
    children: below.map((child, index) =>
      isPlain
        ? named(child, `${id}.${index}`, autoShutdown, workersBefore(id, below, index))
        : named(started(child), `${id}#${index}`, autoShutdown),
    ),
  }
}

/** Those that are started with their supervisor. */
function workersBefore(id: string, children: readonly Unnamed[], index: number): readonly string[] {
  return children.slice(0, index).flatMap((child, place) => (child.kind === "worker" && child.autoStart ? [`${id}.${place}`] : []))
}

// -- commands -----------------------------------------------------------------------------------------------------

export type Ending = "normal" | "shutdown" | "error" | "kill"

/** Numbers pick one of those there are, whatever their number: a smaller tree does not change what a command means. */
export type Command =
  | { readonly type: "end"; readonly who: readonly number[]; readonly ending: Ending }
  | { readonly type: "fail"; readonly who: number; readonly times: number }
  | { readonly type: "terminateChild" | "restartChild" | "deleteChild"; readonly supervisor: number; readonly who: number }
  | { readonly type: "startChild"; readonly supervisor: number; readonly plan: Unnamed; readonly name: number }
  | { readonly type: "whichChildren" | "countChildren"; readonly supervisor: number }
  /** Of a service. */
  | { readonly type: "ping"; readonly who: number }
  | { readonly type: "advance"; readonly ms: number }
  /** To the next moment at which something happens by itself. */
  | { readonly type: "next" }

const some = fc.nat({ max: 1000 })
const added = fc.oneof(
  { weight: 3, arbitrary: worker.map(started) },
  { weight: 1, arbitrary: supervisorOf("supervisor", fc.array(leaf, { maxLength: 2 })) },
)
const endings = fc.constantFrom<Ending>("error", "error", "error", "kill", "normal", "shutdown")

export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("end" as const), who: fc.array(some, { minLength: 1, maxLength: 3 }), ending: endings }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("fail" as const), who: some, times: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("terminateChild" as const, "restartChild" as const, "deleteChild" as const),
      supervisor: some,
      who: some,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("startChild" as const), supervisor: some, plan: added, name: fc.nat({ max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("whichChildren" as const, "countChildren" as const), supervisor: some }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("ping" as const), who: some }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 4, arbitrary: fc.constant({ type: "next" as const }) },
)
