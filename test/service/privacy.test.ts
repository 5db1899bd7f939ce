import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { createMachine } from "xstate"
import {
  actor,
  child,
  dynamicSupervisor,
  isDown,
  Mailbox,
  type Pid,
  type ServerRoute,
  server,
  service,
  supervisor,
} from "../../actors/index.ts"
import { statechart } from "../../src/xstate.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const till = server({
  init: () => ({}),
  concurrency: 2,
  call: {
    pay: async (_state, card: string): Promise<never> => {
      await null
      throw new Error(`declined: ${card}`)
    },
    delegate: async (_state, card: string, self): Promise<void> => {
      self.async(() => Promise.reject(new Error(`declined: ${card}`)))
      await new Promise(() => {})
    },
    count: () => new Promise<number>(() => {}),
  },
  cast: {
    note: (_state, card: string): void => {
      throw new Error(`noted: ${card}`)
    },
  },
})

class Till extends Mailbox {
  call(name: "pay" | "delegate" | "count", argument?: string): Promise<unknown> {
    return this.ask(till.route("call", name), argument)
  }
  note(card: string): boolean {
    return this.post(till.route("cast", "note") as ServerRoute, card)
  }
}

const definition = () =>
  service({ kind: "till", server: till, argument: undefined, acquire: "till.get", guards: {}, mailbox: (port) => new Till(port) })

const SECRET = "4111"
const shownIn = (value: unknown): boolean => inspect(value, { depth: 9, showHidden: true }).includes(SECRET)

describe("a crash on what one caller sent", () => {
  it.each(["pay", "delegate", "note"] as const)("by %s is told to no other caller, open, queued or later", async (how) => {
    const { runtime, time } = await bootTree(
      supervisor({ intensity: 0, periodMs: 1000, children: { inner: supervisor({ intensity: 0, children: { till: definition() } }) } }),
    )
    const [a, b] = [await runtime.as({ id: "a" }).acquire("till"), await runtime.as({ id: "b" }).acquire("till")]
    const open = refusal(b.call("count"))
    await time.settle()
    const own = how === "note" ? undefined : a.call(how, SECRET).catch((error: unknown) => error)
    if (how === "note") a.note(SECRET)
    const queued = refusal(b.call("count"))
    await time.advance(10)
    const later = refusal(b.call("count"))
    const again = refusal(runtime.as({ id: "b" }).acquire("till"))
    for (const told of await Promise.all([open, queued, later, again])) {
      expect(told.kind).toBe("UNAVAILABLE")
      expect(shownIn(told), inspect(told)).toBe(false)
    }
    if (how === "pay") expect(await own).toMatchObject({ kind: "INTERNAL", cause: new Error(`declined: ${SECRET}`) })
    await runtime.stop()
  })

  it("is told to no other who asks by pid either, but to who watches the process", async () => {
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(till)
    const downs: unknown[] = []
    const watcher = actor(async (self) => {
      self.monitor(pid)
      const told = await self.receive()
      if (isDown(told)) downs.push(told.reason)
    })
    runtime.spawn(watcher)
    const open = refusal(pid.call.count())
    await time.settle()
    const own = refusal(pid.call.pay(SECRET))
    await time.settle()
    expect([shownIn(await open), shownIn(await own), shownIn(downs)]).toEqual([false, true, true])
    expect((await open).message).toBe(`${pid} ended before it answered: it crashed; on what, is told to no other caller`)
    await runtime.stop()
  })

  it("is told neither to who waits for a statechart's output, nor to who changes a server's code meanwhile", async () => {
    const { runtime, time } = await bootApp({})
    const boom = (): never => {
      throw new Error(`declined: ${SECRET}`)
    }
    const chart = runtime.spawn(statechart(createMachine({ on: { PAY: { actions: boom } } })))
    const desk = runtime.spawn(till)
    await time.settle()
    const output = refusal(chart.output())
    const change = refusal(runtime.sys.changeCode(desk, till, { migrate: () => new Promise(() => {}) }))
    const own = refusal(chart.transition({ type: "PAY" }))
    await time.settle()
    runtime.exit(desk, { error: new Error(SECRET) })
    await time.settle()
    expect([shownIn(await output), shownIn(await change), shownIn(await own)]).toEqual([false, false, true])
    expect((await refusal(chart.output())).kind).toBe("UNAVAILABLE")
    await runtime.stop()
  })

  it("is told with its error where it is the start that fails, as that is nobody's request", async () => {
    const broken = server({ init: (): object => Promise.reject(new Error("no database")) })
    const { runtime, time } = await bootApp({})
    const asked = refusal(runtime.ask(runtime.spawn(broken), "hello"))
    await time.settle()
    expect((await asked).cause).toEqual(new Error("no database"))
    await runtime.stop()
  })
})

describe("what a service was sent", () => {
  it("is in no dead letter, crash report or line of the log, whatever became of it", async () => {
    const plain = server({ init: () => ({ seen: SECRET }), cast: { fail: (_state, _card: { card: string }): never => raise() } })
    const { runtime, time, events, log } = await bootApp({
      till: child(definition(), { inbox: { capacity: 1 } }),
      plain: child(plain, { inbox: { capacity: 1 } }),
    })
    const box = await runtime.acquire("plain")
    await runtime.sys.suspend("plain")
    for (let left = 3; left > 0; left -= 1) box.cast.fail({ card: SECRET })
    runtime.tell(runtime.whereis("plain") as never, { card: SECRET })
    runtime.tell(runtime.whereis("till") as never, { card: SECRET })
    await runtime.sys.resume("plain")
    await time.settle()
    const letters = events.filter(({ type }) => type === "dead_letter")
    expect(letters).toMatchObject([
      { target: "plain", message: { sort: "an Object" }, cause: "overflow" },
      { target: "plain", message: { sort: "an Object" }, cause: "overflow" },
      { target: "plain", message: { sort: "an Object" }, cause: "overflow" },
      { target: "till", message: { sort: "an Object" }, cause: "denied" },
    ])
    const [report] = events.filter(({ type }) => type === "crash_report")
    expect(report).toMatchObject({ label: "plain", lastMessage: { handler: "cast.fail", message: undefined } })
    expect([shownIn(letters), shownIn(log)]).toEqual([false, false])
    const crash = log.find(({ fields }) => fields?.event === "crash_report")
    expect(crash?.fields).toMatchObject({ handler: "cast.fail", message: "an Object", state: "an Object", reason: "Error: boom" })
    await runtime.stop()
  })

  it("is in no dead letter where it came too late, or went to a supervisor", async () => {
    const { runtime, time, events } = await bootApp({ till: definition(), "app:rooms": dynamicSupervisor() })
    const rooms = (await runtime.sys.getStatus("app:rooms")).pid
    const ended = runtime.whereis("till") as Pid
    runtime.exit(ended, "kill")
    await time.settle()
    for (const pid of [ended, rooms]) runtime.tell(pid, { card: SECRET })
    await time.settle()
    const letters = events.filter(({ type }) => type === "dead_letter")
    expect(letters).toMatchObject([
      { target: String(ended), message: { sort: "an Object" }, cause: "ended" },
      { target: "app:rooms", message: { sort: "an Object" }, cause: "unhandled" },
    ])
    await runtime.stop()
  })

  it("is shown as far as formatStatus says, which is given the state and the last message", async () => {
    const asked: unknown[] = []
    const open = server({
      init: () => ({ count: 1 }),
      cast: { fail: (_state, _card: { card: string }): never => raise() },
      formatStatus: (state, lastMessage) => {
        asked.push(state, lastMessage)
        return { count: state.count, about: (lastMessage as { about: string } | undefined)?.about }
      },
    })
    const { runtime, time, log } = await bootApp({})
    runtime.spawn(open).cast.fail({ card: SECRET, about: "a card" } as never)
    await time.settle()
    expect(asked).toEqual([{ count: 1 }, { card: SECRET, about: "a card" }])
    expect(log.at(-1)?.message).toContain('handling cast.fail of an Object\n    state { count: 1, about: "a card" }')
    await runtime.stop()
  })
})

describe("a crash in the log", () => {
  it("names a child of a dynamic supervisor by that and its number, and says a thing once", async () => {
    const room = server({ init: () => ({}), call: { fail: (): never => raise() } })
    const { runtime, time, log } = await bootApp({ "chat:rooms": dynamicSupervisor() })
    const rooms = await runtime.acquire("chat:rooms")
    const pid = await rooms.startChild(child(room, { restart: "temporary" }))
    await refusal(pid.call.fail())
    await time.settle()
    const line = log.find(({ level }) => level === "error")?.message.split("\n")[0]
    expect(line).toBe(`chat:rooms.1 ${pid} crashed: Error: boom`)
    await runtime.stop()
  })
})

function raise(): never {
  throw new Error("boom")
}
