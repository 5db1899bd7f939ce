/** Ends: links and monitors, and what is free before anybody hears of an end: names, keys of registries, places in groups. */

import type { Application } from "pigeonhole/simulation"
import { actor, isDown, isExit, type Pid, type ProcessSelf, registry } from "../../../actors/index.ts"
import { type OwnScenario, Verdict } from "./scenario.ts"

const keys = registry({ keys: "unique" })

function make(): Application {
  const verdict = new Verdict()
  const ended = new Set<Pid>()
  let [downs, watched] = [0, 0]

  /** Has a name, a key and a place; ends as it is told to, or with its neighbour. */
  const member = actor<{ readonly name: string; readonly next: Pid | undefined }, string>(async (self, { name, next }) => {
    self.register(name)
    self.registry(keys).register(name)
    self.groups.join("members")
    if (next !== undefined) self.link(next)
    const order = await self.receive()
    ended.add(self.pid)
    if (order === "crash") throw new Error("boom")
  })

  /** Whatever is heard of an end, all that the process had is free, and nobody finds it. */
  const isFree = (self: ProcessSelf<unknown>, name: string, pid: Pid): void => {
    verdict.expect(self.whereis(name) !== pid, `${name} still had its name when its end was heard of`)
    verdict.expect(
      self
        .registry(keys)
        .lookup(name)
        .every((entry) => entry.pid !== pid),
      `${name} still had its key`,
    )
    verdict.expect(!self.groups.members("members").includes(pid), `${name} was still in its group`)
  }

  const watcher = (members: ReadonlyMap<Pid, string>) =>
    actor<undefined, unknown>(async (self) => {
      self.trapExit(true)
      const refs = new Map([...members.keys()].map((pid) => [self.monitor(pid), pid] as const))
      for (const pid of members.keys()) if (members.get(pid) !== "a") self.link(pid)
      watched += refs.size
      for (let left = refs.size; left > 0; ) {
        const message = await self.receive()
        if (isExit(message)) isFree(self, members.get(message.from) ?? "", message.from)
        if (!isDown(message)) continue
        left -= 1
        downs += 1
        verdict.expect(refs.delete(message.ref), "an end was told twice")
        isFree(self, members.get(message.pid) ?? "", message.pid)
      }
    })

  return {
    tree: {},
    async run(runtime, world) {
      const pids = new Map<Pid, string>()
      let next: Pid | undefined
      for (const name of ["a", "b", "c"]) {
        next = runtime.spawn(member, { name, next })
        pids.set(next, name)
      }
      const watchers = [1, 2].map(() => runtime.spawn(watcher(pids)))
      for (const pid of pids.keys()) {
        const chance = world.random()
        if (chance < 0.3) runtime.exit(pid, "kill")
        else if (chance < 0.5) runtime.exit(pid, { error: new Error("from outside") })
        else runtime.tell(pid, chance < 0.8 ? "leave" : "crash")
      }
      await Promise.all([...pids.keys(), ...watchers].map((pid) => runtime.whenEnded(pid)))
      verdict.expect(runtime.registered().length === 0, `names are left: ${runtime.registered().join()}`)
    },
    check: () => {
      verdict.expect(downs === watched, `of ${watched} ends ${downs} were told`)
      return verdict.look()
    },
  }
}

export const ends: OwnScenario = { promises: [6, 20], make, options: {} }
