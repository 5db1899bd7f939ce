/** A message that throws when it is looked at, or answers each look otherwise, ends nobody by being looked at by the runtime. */

import nodeProcess from "node:process"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createMachine } from "xstate"
import { actor, awaitMany, isDown, isExit, isGroupChange, isRegistryChange, type Pid, server } from "../../src/index.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { thenable } from "../support/thenable.ts"
import { hostileProxies, twoFaced, twoFacedProxy } from "../support/two-faced.ts"
import { watch } from "../support/watched.ts"

let stage: Stage
let unhandled: unknown[]
const noted = (error: unknown): void => void unhandled.push(error)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

beforeEach(async () => {
  stage = await openStage()
  unhandled = []
  nodeProcess.on("unhandledRejection", noted)
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  await turn()
  nodeProcess.off("unhandledRejection", noted)
  expect(unhandled).toEqual([])
})

const light = createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: { on: { PRESS: "off" } } } })

const behaviours: [string, () => Pid][] = [
  ["a plain process that receives", () => stage.runtime.spawn(actor(async (self) => forEver(() => self.receive())))],
  ["one that receives by a match", () => stage.runtime.spawn(actor(async (self) => forEver(() => self.receive(() => false))))],
  [
    "one that reads its inbox",
    () =>
      stage.runtime.spawn(
        actor(async (self) => {
          for await (const message of self.inbox) if (isDown(message) || isExit(message) || isGroupChange(message)) return
        }),
      ),
  ],
  ["a server with info", () => stage.runtime.spawn(server({ init: () => ({}), info: (_state, message) => message }))],
  ["a server with info that waits", () => stage.runtime.spawn(server({ init: () => ({}), info: async () => {} }))],
  ["a concurrent server", () => stage.runtime.spawn(server({ init: () => ({}), concurrency: 4, info: async () => {} }))],
  ["a server that puts it aside", () => stage.runtime.spawn(server({ init: () => ({}), info: (_state, _message, self) => self.stash() }))],
  ["a server without info", () => stage.runtime.spawn(server({ init: () => ({}) }))],
  ["a statechart", () => stage.runtime.spawn(statechart(light))],
]

async function forEver(step: () => Promise<unknown>): Promise<never> {
  for (;;) await step()
}

describe("a message that throws when it is looked at", () => {
  it.each(behaviours)("told or asked, traced or not, does not end %s", async (_what, spawn) => {
    const { runtime, time } = stage
    const pid = spawn()
    await time.settle()
    for (const isTraced of [false, true]) {
      if (isTraced) runtime.sys.trace(pid, () => {})
      for (const [trap, message] of hostileProxies()) {
        for (let times = 0; times < 2; times += 1) runtime.tell(pid, message)
        watch(runtime.ask(pid, message, { timeoutMs: 10 }))
        await time.advance(20)
        watch(runtime.ask(pid, message, { timeoutMs: 10 }))
        await time.advance(20)
        expect([trap, pid.isAlive]).toEqual([trap, true])
      }
    }
  })

  it("comes back from where it was put aside, a tick too, and ends nobody", async () => {
    const { runtime, time } = stage
    for (const [, message] of hostileProxies()) {
      let times = 0
      const desk = server({
        init: (_none: undefined, self) => ({ timer: self.after(1, message) }),
        info: (_state, told, self) => {
          times += 1
          if (told === "back") self.unstashAll()
          else if (times < 3) return self.stash()
          return undefined
        },
      })
      const pid = runtime.spawn(desk)
      const plain = runtime.spawn(
        actor(async (self) => {
          self.after(1, message)
          for await (const _message of self.inbox) self.stash()
        }),
      )
      await time.advance(5)
      for (let sent = 0; sent < 2; sent += 1) runtime.tell(pid, "back")
      await time.settle()
      expect([pid.isAlive, plain.isAlive]).toEqual([true, true])
    }
  })

  it("is no event to the machine that has invoked a process", async () => {
    const { runtime, time } = stage
    const child = actor<{ actor: Pid }>(async (self, { actor }) => {
      for (const [, message] of hostileProxies()) self.tell(actor, message)
      await self.receive()
    })
    const logic = fromProcess(child, { argument: (_input: undefined, actor) => ({ actor }) })
    const pid = runtime.spawn(statechart(createMachine({ invoke: { src: logic } })))
    await time.settle()
    expect(pid.isAlive).toBe(true)
  })

  it("passes for none of the runtime's notices", () => {
    for (const [, message] of hostileProxies())
      expect([isDown(message), isExit(message), isGroupChange(message), isRegistryChange(message)]).toEqual([false, false, false, false])
  })
})

describe("the type of an event", () => {
  it("is read once, and is to the machine what it was then", async () => {
    const { runtime, time } = stage
    const pid = runtime.spawn(statechart(light))
    const types = ["PRESS", 5, "xstate.stop"]
    let looks = 0
    const event = {
      get type(): string {
        looks += 1
        return types[looks - 1] as string
      },
    }
    const snapshot = watch(pid.transition(event as never))
    await time.settle()
    expect([looks, (snapshot.value as { value: unknown }).value, pid.isAlive]).toEqual([1, "on", true])
  })
})

describe("a value whose then answers the second look otherwise", () => {
  const values: [string, () => object][] = [
    ["by a getter", twoFaced],
    ["by a proxy", twoFacedProxy],
  ]

  it.each(values)("%s is received as the plain value that it was, and the next message after it", async (_how, value) => {
    const { runtime, time } = stage
    const seen: string[] = []
    const pid = runtime.spawn(actor(async (self) => forEver(async () => void seen.push(typeof (await self.receive())))))
    await time.settle()
    runtime.tell(pid, value())
    await time.settle()
    runtime.tell(pid, value())
    runtime.tell(pid, 5)
    await time.settle()
    expect(seen).toEqual(["object", "object", "number"])
  })

  const servers = values.flatMap(([how, value]) => [1, 2].map((concurrency) => [how, concurrency, value] as const))

  it.each(servers)("%s is the answer that it was, whoever answers and however; concurrency %i", async (_how, concurrency, value) => {
    const { runtime, time } = stage
    const desk = server({
      init: () => ({}),
      concurrency,
      call: {
        now: () => value(),
        soon: async () => value(),
        deferred: (_state, _none: undefined, self) => {
          const deferred = self.defer<object>()
          deferred.reply(value())
          return deferred
        },
      },
    })
    const one = runtime.spawn(desk)
    const answering = actor(async (self) => {
      for await (const _message of self.inbox) self.reply(value())
    })
    const echo = runtime.spawn(answering)
    await time.settle()
    for (const name of ["now", "soon", "deferred"] as const) {
      const asked = [1, 2].map(() => watch(one.call[name](undefined, { timeoutMs: 50 })))
      await time.advance(60)
      expect([name, ...asked.map(({ state }) => state)]).toEqual([name, "fulfilled", "fulfilled"])
    }
    const asked = watch(runtime.ask(echo, "x", { timeoutMs: 50 }))
    await time.advance(60)
    expect(asked.state).toBe("fulfilled")
  })

  it("is not made one by a handler that goes on after its answer", async () => {
    const { runtime, time } = stage
    const pid = runtime.spawn(
      server({
        init: () => ({}),
        call: {
          late: (_state, _none: undefined, self) => {
            const [deferred, answer] = [self.defer<object>(), { size: 1 }]
            deferred.reply(answer)
            thenable(() => {}, answer)
            return deferred
          },
        },
      }),
    )
    await time.settle()
    const asked = watch(pid.call.late(undefined, { timeoutMs: 50 }))
    await time.advance(60)
    expect(asked.state).toBe("fulfilled")
  })

  it.each(values)("%s comes from a task within the limit, by result and by awaitMany, at once and again", async (_how, value) => {
    const { runtime, time } = stage
    for (const work of [() => value(), async () => value()]) {
      const task = runtime.async(work)
      const many = watch(awaitMany([task], { timeoutMs: 50 }))
      const first = watch(task.result({ timeoutMs: 50 }))
      await time.advance(60)
      const again = watch(task.result({ timeoutMs: 50 }))
      await time.advance(60)
      expect([first.state, again.state, many.state]).toEqual(["fulfilled", "fulfilled", "fulfilled"])
    }
  })

  it("is refused as the result of a task where it has become a thenable since", async () => {
    const { runtime, time } = stage
    const result = {}
    const task = runtime.async(() => result)
    await time.settle()
    thenable(() => {}, result)
    await expect(task.result({ timeoutMs: 50 })).rejects.toMatchObject({ kind: "INVALID" })
  })

  it.each(values)("%s is a state that is shown or refused, never waited for, and one that a migration gives", async (_how, value) => {
    const { runtime, time } = stage
    const pid = runtime.spawn(server({ init: () => value(), call: { ping: () => "pong" } }))
    await time.settle()
    const shown = watch(runtime.sys.getState(pid, { timeoutMs: 50 }))
    const replaced = watch(runtime.sys.replaceState(pid, () => value(), { timeoutMs: 50 }))
    await time.advance(60)
    const next = server({ init: () => value(), call: { ping: () => "pong" } })
    const changed = watch(runtime.sys.changeCode(pid, next, { migrate: async () => value(), timeoutMs: 50 }))
    await time.advance(60)
    const ping = watch(pid.call.ping(undefined, { timeoutMs: 50 }))
    await time.advance(60)
    expect([shown.state, replaced.state]).not.toContain("pending")
    for (const { error } of [shown, replaced]) expect(error === undefined || (error as { kind: unknown }).kind === "INVALID").toBe(true)
    expect([changed.state, ping.value]).toEqual(["fulfilled", "pong"])
  })

  it.each(values)("%s is the output of a statechart as it was", async (_how, value) => {
    const { runtime, time } = stage
    const machine = createMachine({ initial: "done", states: { done: { type: "final", output: () => value() } }, output: () => value() })
    const pid = runtime.spawn(statechart(machine))
    const output = watch(pid.output())
    await time.settle()
    expect(output.state).toBe("fulfilled")
  })

  it("and comes to itself keeps nobody from their turn: its request fails", async () => {
    const { runtime, time } = stage
    const circle = thenable((settle) => settle(circle))
    const pid = runtime.spawn(server({ init: () => ({}), call: { echo: () => circle, ping: () => "pong" } }))
    const [bad, good] = [watch(pid.call.echo(undefined, { timeoutMs: 50 })), watch(pid.call.ping(undefined, { timeoutMs: 50 }))]
    await time.advance(60)
    expect([bad.state, good.state]).toEqual(["rejected", good.state])
  })
})
