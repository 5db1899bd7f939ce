import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { AlreadyExists, Unavailable } from "../../src/kernel/errors.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { isRegistryChange, type RegistryRef } from "../../src/topology/registry-change.ts"
import type { RegistryKeys } from "../../src/topology/registry-definition.ts"
import { registry } from "../../src/topology/registry-maker.ts"
import { Topology } from "../../src/topology/topology.ts"
import { type Refusal, RegistryModel, type Told } from "../models/registry-model.ts"
import { type Member, member } from "../support/member.ts"
import { seeds } from "../support/seeds.ts"

const PROCESSES = 4
const KEYS = ["a", "b", "c"]

type Command =
  | { readonly op: "register"; readonly who: number; readonly key: string; readonly value: number }
  | { readonly op: "unregister" | "increase"; readonly who: number; readonly key: string }
  | { readonly op: "listen" | "die"; readonly who: number }
  | { readonly op: "unlisten"; readonly index: number }
  | { readonly op: "settle" }

const who = fc.nat({ max: PROCESSES - 1 })
const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("register" as const), who, key, value: fc.nat({ max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom("unregister" as const, "increase" as const), who, key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("listen" as const), who }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("die" as const), who }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("unlisten" as const), index: fc.nat({ max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
)

describe("Registry", () => {
  it.each<RegistryKeys>(["unique", "duplicate"])(
    "does what a list of entries does with %s keys, whoever does what in whatever order",
    async (keys) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), (commands) => agree(keys, commands)),
        seeds(200, 8),
      )
    },
  )
})

async function agree(keys: RegistryKeys, commands: readonly Command[]): Promise<void> {
  const time = virtualTime({ unseenMs: 0 })
  const topology = new Topology(new Kernel(time))
  const [under, beside] = [topology.registries.of(registry<number>({ keys })), topology.registries.of(registry<number>({ keys }))]
  const processes = Array.from({ length: PROCESSES }, () => member(topology.kernel))
  const pids = processes.map(({ pid }) => pid)
  const the = (index: number): Member["process"] => (processes[index] as Member).process
  const model = new RegistryModel(keys === "unique")
  const refs: RegistryRef[] = []
  await time.settle()
  // Another registry of the same processes, which nothing of this may touch.
  for (const [index, name] of KEYS.entries()) beside.register(the(index), name, index)

  /** What both gave; what settles takes its turn, and nothing else does. */
  const perform = (step: Command): readonly [unknown, unknown] | Promise<readonly [unknown, unknown]> => {
    switch (step.op) {
      case "register":
        return [refusalOf(() => under.register(the(step.who), step.key, step.value)), model.register(step.who, step.key, step.value)]
      case "unregister":
        return [under.unregister(the(step.who), step.key), model.unregister(step.who, step.key)]
      case "increase":
        if (keys === "duplicate") return [0, 0]
        return [under.updateValue(the(step.who), step.key, (value) => value + 1)?.newValue, model.increase(step.who, step.key)]
      case "listen":
        return [refs.push(under.listen(the(step.who))) && 0, model.listen(step.who) ?? 0]
      case "unlisten": {
        const [ref, listening] = [refs[step.index], model.listenings[step.index]]
        return ref === undefined || listening === undefined ? [0, 0] : [under.unlisten(ref), model.unlisten(listening)]
      }
      case "die":
        processes[step.who]?.end()
        model.die(step.who)
    }
    return time.settle().then(() => [0, model.settle() ?? 0])
  }

  for (const step of [...commands, { op: "settle" } as const]) {
    const outcome = perform(step)
    const [got, expected] = outcome instanceof Promise ? await outcome : outcome
    expect(got).toEqual(expected)
    for (const name of KEYS) expect(under.lookup(name).map(({ pid, value }) => [pids.indexOf(pid), value])).toEqual(model.lookup(name))
    for (const index of processes.keys()) expect(under.keysOf(the(index))).toEqual(model.keys(index))
    expect(under.count).toBe(model.count)
    expect(beside.count).toBe(KEYS.filter((_name, index) => !model.dead.has(index)).length)
  }

  for (const [index, listening] of model.listenings.entries()) {
    const told = (processes[listening.listener] as Member).seen.filter(isRegistryChange).filter(({ ref }) => ref === refs[index])
    expect(told.map(({ action, key, value, pid }) => [action, key, value, pids.indexOf(pid)] as unknown as Told)).toEqual(listening.told)
  }
}

function refusalOf(action: () => void): Refusal | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof AlreadyExists) return "taken"
    if (error instanceof Unavailable) return "ended"
    throw error
  }
}
