import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { type GroupRef, isGroupChange } from "../../src/topology/groups.ts"
import { Topology } from "../../src/topology/topology.ts"
import { GroupsModel, type Told } from "../models/groups-model.ts"
import { member } from "../support/member.ts"
import { seeds } from "../support/seeds.ts"

const PROCESSES = 5
const GROUPS = ["a", "b", "c"]

type Command =
  | { readonly op: "join" | "leave"; readonly group: string; readonly who: readonly number[] }
  | { readonly op: "monitor"; readonly watcher: number; readonly group: string }
  | { readonly op: "demonitor"; readonly watch: number }
  | { readonly op: "die"; readonly who: number }
  | { readonly op: "settle" }

const process = fc.nat({ max: PROCESSES - 1 })
const group = fc.constantFrom(...GROUPS)
const who = fc.array(process, { maxLength: 3 })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("join" as const), group, who }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("leave" as const), group, who }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("monitor" as const), watcher: process, group }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("demonitor" as const), watch: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("die" as const), who: process }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
)

describe("Groups", () => {
  it("do what a list of memberships does, whoever joins, leaves, watches and dies in whatever order", async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), agree), seeds(300, 8))
  })
})

async function agree(commands: readonly Command[]): Promise<void> {
  const time = virtualTime({ unseenMs: 0 })
  const topology = new Topology(new Kernel(time))
  const { groups, kernel } = topology
  const processes = Array.from({ length: PROCESSES }, () => member(kernel))
  const pids = processes.map(({ pid }) => pid)
  const numbers = (of: readonly unknown[]): number[] => of.map((pid) => pids.indexOf(pid as (typeof pids)[number]))
  const pidsOf = (of: readonly number[]) => of.map((each) => pids[each] as (typeof pids)[number])
  const model = new GroupsModel()
  const refs: GroupRef[] = []
  await time.settle()

  /** What both gave; what settles takes its turn, and nothing else does. */
  const perform = (step: Command): readonly [unknown, unknown] | Promise<readonly [unknown, unknown]> => {
    switch (step.op) {
      case "join":
        return [groups.join(step.group, pidsOf(step.who)), model.join(step.group, step.who)]
      case "leave":
        return [groups.leave(step.group, pidsOf(step.who)), model.leave(step.group, step.who)]
      case "monitor": {
        const { ref, members } = groups.monitor((processes[step.watcher] as (typeof processes)[number]).process, step.group)
        refs.push(ref)
        model.monitor(step.watcher, step.group)
        return [numbers(members), model.watches.at(-1)?.members]
      }
      case "demonitor": {
        const [ref, watch] = [refs[step.watch], model.watches[step.watch]]
        return ref === undefined || watch === undefined ? [0, 0] : [groups.demonitor(ref), model.demonitor(watch)]
      }
      case "die":
        processes[step.who]?.end()
        model.die(step.who)
    }
    return time.settle().then(() => [0, model.settle()])
  }

  for (const step of [...commands, { op: "settle" } as const]) {
    const outcome = perform(step)
    const [got, expected] = outcome instanceof Promise ? await outcome : outcome
    if (expected !== undefined) expect(got).toEqual(expected)
    for (const name of GROUPS) expect(numbers(groups.members(name))).toEqual(model.members(name))
    expect(new Set(groups.names())).toEqual(model.groups())
  }

  for (const [index, watch] of model.watches.entries()) {
    const told = (processes[watch.watcher]?.seen ?? []).filter(isGroupChange).filter(({ ref }) => ref === refs[index])
    expect(told.map(({ action, group, pids }): Told => [action, String(group), numbers(pids)])).toEqual(watch.told)
    if (watch.isActive) expect(sum(watch.members, watch.told)).toEqual(model.members(watch.group).toSorted())
  }
}

/** Who is in a group, as a watcher can tell. */
function sum(members: readonly number[], told: readonly Told[]): number[] {
  const present = [...members]
  for (const [action, , who] of told) {
    if (action === "join") present.push(...who)
    else for (const each of who) present.splice(present.indexOf(each), 1)
  }
  return present.toSorted()
}
