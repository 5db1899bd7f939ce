/** In whose async context a process does what it does of itself. */

import { describe, expect, it } from "vitest"
import { type AsyncContextRule, actor, type Pid, registry, server } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { as, caller, NOBODY } from "../support/async-context.ts"

const USERS = ["red", "blue", "green"]

const RULES: readonly AsyncContextRule[] = ["sender", "runtime"]

/** What a handler or a process of that caller's sees by the rule. */
const by = (rule: AsyncContextRule, name: string): string => (rule === "sender" ? name : NOBODY)

/** Started by somebody, whose context must never be seen again. */
const open = (asyncContext: AsyncContextRule) => as("starter", () => bootApp({}, { asyncContext }))

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe.each(RULES)("with the rule %s, a process", (rule) => {
  it("runs what it does of itself in the context of whoever started it, or in none", async () => {
    const { runtime, time } = await open(rule)
    const seen: [what: string, context: string, owner: string][] = []
    const lobby = registry<number>({ keys: "unique" })
    const life = server({
      init: async (owner: string, self) => {
        const note = (what: string): void => void seen.push([what, caller(), owner])
        note("init")
        await null
        note("init, after a wait")
        self.trapExit(true)
        self.after(5, "after")
        self.every(7, "every", { key: "every" })
        self.groups.monitor("room")
        self.registry(lobby).listen()
        self.continue("go on")
        return { note, owner }
      },
      continue: (state) => state.note("continue"),
      idle: (state) => state.note("idle"),
      idleTimeoutMs: 50,
      call: {
        watch: (_state, pid: Pid, self) => {
          self.monitor(pid)
          self.link(pid)
        },
      },
      info: ({ note }, message, self) => {
        // Ticks are messages: with them it is never idle.
        if (message === "every") self.cancelTimer("every")
        note(typeof message === "string" ? message : (message as { type: string }).type)
      },
      terminate: async ({ note }) => {
        note("terminate")
        await null
        note("terminate, after a wait")
      },
    })
    const pids = USERS.map((user) => as(user, () => runtime.spawn(life, user)))
    await time.settle()
    const joiner = as("joiner", () =>
      runtime.spawn(
        actor(async (self) => {
          self.groups.join("room")
          self.registry(lobby).register("key", 1)
          await self.receive()
        }),
      ),
    )
    await time.settle()
    await Promise.all(pids.map((pid) => as("watcher", () => pid.call.watch(joiner))))
    as("killer", () => runtime.exit(joiner, "kill"))
    await as("time", () => time.advance(120))
    for (const pid of pids) as("killer", () => void runtime.stopProcess(pid))
    await time.settle()
    const wanted = new Set([
      "init",
      "init, after a wait",
      "continue",
      "after",
      "every",
      "idle",
      "DOWN",
      "EXIT",
      "terminate",
      "terminate, after a wait",
    ])
    for (const what of wanted) expect(new Set(seen.flatMap(([name, , owner]) => (name === what ? [owner] : [])))).toEqual(new Set(USERS))
    expect(new Set(seen.map(([what]) => what)).size).toBeGreaterThanOrEqual(wanted.size)
    expect(seen.filter(([, context, owner]) => context !== by(rule, owner))).toEqual([])
    await runtime.stop()
  })

  it("that is a plain function is in its starter's, whoever sends what it receives, also in `match` and between two receives", async () => {
    const { runtime, time } = await open(rule)
    const seen: string[] = []
    const match = (message: unknown): boolean => {
      seen.push(`match ${caller()}`)
      return message !== "no"
    }
    const reader = actor<undefined, string>(async (self) => {
      seen.push(caller())
      await self.receive(match)
      seen.push(caller())
      await self.receive(match)
      seen.push(caller())
      for await (const _message of self.inbox) seen.push(caller())
    })
    const pid = as("owner", () => runtime.spawn(reader))
    await time.settle()
    for (const message of ["no", "one", "two", "three", "four"]) as("red", () => runtime.tell(pid, message))
    await time.settle()
    expect(new Set(seen)).toEqual(new Set([by(rule, "owner"), `match ${by(rule, "owner")}`]))
    expect(seen.length).toBeGreaterThan(8)
    await runtime.stop()
  })

  it("that another one starts is in the context in which that was done", async () => {
    const { runtime, time } = await open(rule)
    const seen: string[] = []
    const noting = actor(() => void seen.push(caller()))
    const parent = server({ init: () => ({}), call: { start: (_state, _none: undefined, self) => void self.spawn(noting, undefined) } })
    const pid = as("owner", () => runtime.spawn(parent))
    await time.settle()
    await Promise.all(USERS.map((user) => as(user, () => pid.call.start())))
    await time.settle()
    expect(seen).toEqual(USERS.map((user) => by(rule, user)))
    await runtime.stop()
  })

  it("that is a task is in the context of whoever started it, and so are the tasks of a stream", async () => {
    const { runtime, time } = await open(rule)
    const work = async (_item: unknown) => {
      await null
      return caller()
    }
    const tasks = USERS.map((user) => as(user, () => runtime.async(work)))
    const owner = server({
      init: () => ({}),
      call: {
        task: async (_state, _none: undefined, self) => self.async(work).result(),
        stream: async (_state, _none: undefined, self) => all(self.asyncStream([1, 2, 3], work, { maxConcurrency: 2 })),
      },
    })
    const pid = as("owner", () => runtime.spawn(owner))
    await time.settle()
    const outcomes = (user: string): object[] => [1, 2, 3].map((item, index) => ({ ok: by(rule, user), item, index }))
    expect(await Promise.all(tasks.map((task) => task.result()))).toEqual(USERS.map((user) => by(rule, user)))
    expect(await Promise.all(USERS.map((user) => as(user, () => all(runtime.asyncStream([1, 2, 3], work)))))).toEqual(USERS.map(outcomes))
    expect(await Promise.all(USERS.map((user) => as(user, () => pid.call.task())))).toEqual(USERS.map((user) => by(rule, user)))
    expect(await Promise.all(USERS.map((user) => as(user, () => pid.call.stream())))).toEqual(USERS.map(outcomes))
    await runtime.stop()
  })
})
