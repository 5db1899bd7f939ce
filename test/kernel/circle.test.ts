import { describe, expect, it } from "vitest"
import { type AskOptions, actor, Pid, server, type Timeout } from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

interface Peer {
  readonly call: { pass(way: readonly string[], options?: { timeoutMs: number }): Promise<string> }
}

/** Passes a request on along the way; says what came of it. */
const peer = () =>
  server({
    init: () => ({}),
    call: {
      pass: async (_state, [next, ...rest]: readonly string[], self): Promise<string> => {
        if (next === undefined) return "end"
        const other = await self.acquire<Peer>(next)
        return other.call.pass(rest, { timeoutMs: 100 })
      },
    },
  })

async function askedAlong(way: readonly string[]) {
  const { runtime, time } = await bootApp({ "app:a": peer(), "app:b": peer(), "app:c": peer() })
  const first = await runtime.acquire(way[0] as "app:a")
  const [error] = await Promise.all([refusal(first.call.pass(way.slice(1))), time.advance(200)])
  return error.cause as Timeout
}

/** Is told a pid, and asks that. */
const asking = (timeoutMs: number, heard: unknown[]) =>
  actor<undefined, Pid | string>(async (self) => {
    const other = await self.receive((message): message is Pid => message instanceof Pid)
    heard.push(await refusal(self.ask(other, "hello", { timeoutMs })))
  })

describe("a request whose time has run out", () => {
  it.each([
    [
      ["app:a", "app:b", "app:a"],
      ["app:a", "app:b", "app:a"],
    ],
    [
      ["app:a", "app:b", "app:c", "app:a"],
      ["app:a", "app:b", "app:c", "app:a"],
    ],
    [
      ["app:c", "app:a", "app:b", "app:a"],
      ["app:a", "app:b", "app:a"],
    ],
  ])("names the circle of calls that it was part of: %o", async (way, circle) => {
    const { runtime, time } = await bootApp({ "app:a": peer(), "app:b": peer(), "app:c": peer() })
    const timeouts: unknown[] = []
    runtime.inspect((event) => void (event.type === "crash_report" ? timeouts.push(event.reason) : undefined))
    const first = await runtime.acquire(way[0] as "app:a")
    const [error] = await Promise.all([refusal(first.call.pass(way.slice(1))), time.advance(200)])
    expect(error.kind).toBe("INTERNAL")
    const told = timeouts.flatMap((reason) => {
      const { error: thrown } = reason as { error: { details?: { circle?: unknown }; cause?: unknown } }
      return thrown.details?.circle === undefined ? [] : [thrown]
    })
    expect(told).toMatchObject([{ kind: "TIMEOUT", details: { circle } }])
  })

  it("says so in its message", async () => {
    const error = await askedAlong(["app:a", "app:b", "app:a"])
    expect(error.message).toBe("app:b did not answer pass within 100 ms: they wait for each other, app:a → app:b → app:a")
  })

  it("names none where its target is only slow, or the asker is outside", async () => {
    const { runtime, time } = await bootApp({ "app:s": server({ init: () => ({}), call: { hang: () => new Promise<never>(() => {}) } }) })
    const slow = await runtime.acquire("app:s")
    const [outside] = await Promise.all([refusal(slow.call.hang(undefined, { timeoutMs: 10 })), time.advance(10)])
    expect(outside.message).toBe("app:s did not answer hang within 10 ms")
    const slowPid = runtime.spawn(actor(() => new Promise<void>(() => {})))
    let heard: unknown
    runtime.spawn(
      actor(async (self) => {
        heard = await refusal(self.ask(slowPid, "x", { timeoutMs: 10 }))
      }),
    )
    await time.advance(10)
    expect(heard).toMatchObject({ kind: "TIMEOUT", details: { target: String(slowPid) } })
    expect(heard).not.toHaveProperty("details.circle")
  })

  it("names the circle of two plain processes that ask by pid, also after a wait", async () => {
    const { runtime, time } = await bootApp({})
    const heard: unknown[] = []
    const [one, other] = [runtime.spawn(asking(100, heard)), runtime.spawn(asking(200, heard))]
    runtime.tell(one, other)
    runtime.tell(other, one)
    await time.advance(100)
    expect(heard[0]).toMatchObject({ kind: "TIMEOUT", details: { circle: [String(one), String(other), String(one)] } })
  })

  it("names the circle that goes through a task, for whose owner, whose peer and the task itself", async () => {
    const circles: Record<string, unknown> = {}
    const noting = (name: string) => (error: Timeout) => {
      circles[name] = error.details.circle
    }
    const owner = server({
      init: () => ({}),
      call: {
        begin: (_state, timeoutMs: number, self) => {
          const work = self.async(async (task) => {
            const other = await task.acquire<{ call: { back(timeoutMs: number, options: AskOptions): Promise<void> } }>("app:b")
            await other.call.back(300 - timeoutMs, { timeoutMs }).catch(noting("task"))
          })
          return work.result({ timeoutMs: 1000 })
        },
        answer: () => {},
      },
    })
    const peer = server({
      init: () => ({}),
      call: {
        back: async (_state, timeoutMs: number, self) => {
          const other = await self.acquire<{ call: { answer(argument: undefined, options: AskOptions): Promise<void> } }>("app:a")
          await other.call.answer(undefined, { timeoutMs }).catch(noting("peer"))
        },
      },
    })
    const { runtime, time } = await bootApp({ "app:a": owner, "app:b": peer })
    const { call } = await runtime.acquire("app:a")
    for (const timeoutMs of [100, 200]) {
      const begun = call.begin(timeoutMs)
      await time.advance(300)
      await begun
    }
    const task = expect.stringMatching(/^<\d+>$/)
    expect(circles).toEqual({ task: [task, "app:b", "app:a", task], peer: ["app:b", "app:a", task, "app:b"] })
  })

  it("is looked for among some hundreds of requests, and no more: a flood costs no more for each", async () => {
    const { runtime, time } = await bootApp({})
    const heard: unknown[] = []
    const [one, other] = [runtime.spawn(asking(100, heard)), runtime.spawn(asking(200, heard))]
    runtime.tell(one, other)
    await time.settle()
    for (let left = 1000; left > 0; left -= 1) runtime.tell(one, "noise")
    runtime.tell(other, one)
    await time.advance(100)
    expect(heard[0]).toMatchObject({ kind: "TIMEOUT" })
    expect(heard[0]).not.toHaveProperty("details.circle")
  })
})
