/** In whose async context the runtime runs what is given to it. */

import { describe, expect, it } from "vitest"
import {
  type AsyncContextRule,
  child,
  type DetachPolicy,
  dynamicSupervisor,
  type Pid,
  type Self,
  server,
  start,
  stopWhenIdle,
  supervisor,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { as, caller, NOBODY, request } from "../support/async-context.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

const USERS = ["red", "blue", "green"]

const RULES: readonly AsyncContextRule[] = ["sender", "runtime"]

/** What a handler or a process of that caller's sees by the rule. */
const by = (rule: AsyncContextRule, name: string): string => (rule === "sender" ? name : NOBODY)

/** Started by somebody, whose context must never be seen again. */
const open = (asyncContext: AsyncContextRule) => as("starter", () => bootApp({}, { asyncContext }))

/** Looks at its context in every handler; `pause` makes it wait. */
const desk = (concurrency = 1) =>
  server({
    init: () => [] as string[],
    concurrency,
    call: {
      who: () => caller(),
      later: async () => {
        const before = caller()
        await null
        await new Promise((resolve) => setImmediate(resolve))
        return before === caller() ? caller() : `${before}, then ${caller()}`
      },
      pause: (_state, pause: Promise<void>) => pause,
      noted: (state) => state,
    },
    cast: { note: (state) => void state.push(caller()) },
    info: (state, message) => {
      state.push(`${String(message)} ${caller()}`)
      return caller()
    },
  })

describe.each(RULES)("with the rule %s, a message", (rule) => {
  it.each([1, 4])("is handled in the context of its own sender, or in none, however many handlers run (%i)", async (concurrency) => {
    const { runtime, time } = await open(rule)
    const pid = as("owner", () => runtime.spawn(desk(concurrency)))
    await time.settle()
    const wanted = USERS.map((user) => by(rule, user))
    for (const post of [() => pid.call.who(), () => pid.call.later(), () => runtime.ask(pid, "ask")]) {
      const atOnce: unknown[] = []
      for (const user of USERS) {
        atOnce.push(await as(user, post))
        await time.settle()
      }
      const inOneBurst = await Promise.all(USERS.map((user) => as(user, post)))
      const pause = latch()
      const busy = Array.from({ length: concurrency }, () => pid.call.pause(pause.promise))
      await time.settle()
      const waiting = USERS.map((user) => as(user, post))
      await time.settle()
      pause.open()
      await Promise.all(busy)
      expect([atOnce, inOneBurst, await Promise.all(waiting)]).toEqual([wanted, wanted, wanted])
    }
    await runtime.stop()
  })

  it("without a reply is handled so too", async () => {
    const { runtime, time } = await open(rule)
    const pid = as("owner", () => runtime.spawn(desk()))
    await time.settle()
    for (const user of USERS) as(user, () => pid.cast.note())
    for (const user of USERS) as(user, () => runtime.tell(pid, user))
    await time.settle()
    const noted = [...USERS.map((user) => by(rule, user)), ...USERS.map((user) => `${user} ${by(rule, user)}`)]
    expect(await pid.call.noted()).toEqual(noted)
    await runtime.stop()
  })

  it("of a process is handled in the context in which the process sent it", async () => {
    const { runtime, time } = await open(rule)
    const pid = as("owner", () => runtime.spawn(desk()))
    const relay = server({
      init: () => ({}),
      call: { pass: () => pid.call.who(), passAs: (_state, user: string) => as(user, () => pid.call.who()) },
    })
    const passer = as("other", () => runtime.spawn(relay))
    await time.settle()
    const seen = await Promise.all([as("red", () => passer.call.pass()), as("blue", () => passer.call.passAs("green"))])
    expect(seen).toEqual([by(rule, "red"), by(rule, "green")])
    await runtime.stop()
  })

  it("through a mailbox is handled so too, also by the next incarnation", async () => {
    const { runtime, time } = await as("starter", () => bootApp({ "app:desk": desk() }, { asyncContext: rule }))
    const box = await as("owner", () => runtime.acquire("app:desk"))
    const pause = latch()
    const busy = box.call.pause(pause.promise).catch(() => {})
    const waiting = USERS.map((user) => as(user, () => box.call.who()))
    await time.settle()
    as("killer", () => runtime.exit(runtime.whereis("app:desk") as Pid, "kill"))
    await time.advance(1000)
    expect(await Promise.all(waiting)).toEqual(USERS.map((user) => by(rule, user)))
    await busy
    await runtime.stop()
  })

  it("that is put aside has its own sender's context when it comes again", async () => {
    const { runtime, time } = await open(rule)
    const door = server({
      init: () => ({ isOpen: false }),
      call: {
        enter: (state, _none: undefined, self) => (state.isOpen ? caller() : self.stash()),
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
    })
    const pid = as("owner", () => runtime.spawn(door))
    await time.settle()
    const waiting = USERS.map((user) => as(user, () => pid.call.enter()))
    await time.settle()
    await as("porter", () => pid.call.open())
    expect(await Promise.all(waiting)).toEqual(USERS.map((user) => by(rule, user)))
    await runtime.stop()
  })

  it("that is answered by another's handler leaves its asker in its own context", async () => {
    const { runtime, time } = await open(rule)
    const bench = server({
      init: () => ({ answer: (): unknown => undefined }),
      call: {
        wait: (state, _none: undefined, self) => {
          const deferred = self.defer<string>()
          state.answer = () => deferred.reply(caller())
          return deferred
        },
        go: (state) => state.answer(),
      },
    })
    const pid = as("owner", () => runtime.spawn(bench))
    await time.settle()
    const red = as("red", async () => [await pid.call.wait(), caller()])
    await time.settle()
    await as("blue", () => pid.call.go())
    expect(await red).toEqual([by(rule, "blue"), "red"])
    await runtime.stop()
  })
})

describe.each(RULES)("with the rule %s, a child of a supervisor", (rule) => {
  /** Notes where it is at the start, in a tick, when a caller leaves and at its end. */
  const noting = (seen: string[]) =>
    server({
      init: (_none: undefined, self: Self) => {
        seen.push(`init ${caller()}`)
        self.after(1, "tick")
        return {}
      },
      call: {
        crash: () => {
          throw new Error("boom")
        },
      },
      info: (_state, message) => void seen.push(`${String(message)} ${caller()}`),
      detached: () => void seen.push(`detached ${caller()}`),
      terminate: () => void seen.push(`terminate ${caller()}`),
    })
  const places = (seen: readonly string[]): string[] => [...new Set(seen)].sort()

  it("is nobody's: booted, restarted, woken and given back", async () => {
    const seen: string[] = []
    const tree = { "app:one": child(noting(seen), { onDetach: stopWhenIdle() }) }
    const { runtime, time } = await as("starter", () => bootApp(tree, { asyncContext: rule }))
    const box = await as("red", () => runtime.acquire("app:one"))
    await as("red", () => box.call.crash()).catch(() => {})
    await as("time", () => time.advance(1000))
    const released = as("red", () => box.release())
    await time.settle()
    await released
    await time.settle()
    const again = await as("blue", () => runtime.acquire("app:one"))
    await as("green", async () => (await runtime.acquire("app:one")).release())
    await as("time", () => time.advance(1000))
    expect(again.isReleased).toBe(false)
    await as("stopper", () => runtime.stop())
    expect(seen.filter((line) => line.startsWith("init"))).toHaveLength(3)
    expect(places(seen)).toEqual(["detached nobody", "init nobody", "terminate nobody", "tick nobody"])
  })

  it("is nobody's when it was added, too", async () => {
    const seen: string[] = []
    const tree = { "app:dynamic": dynamicSupervisor(), "app:static": supervisor({ children: {} }) }
    const { runtime, time } = await as("starter", () => bootApp(tree, { asyncContext: rule }))
    const dynamic = await as("red", () => runtime.acquire("app:dynamic"))
    const fixed = await as("blue", () => runtime.acquire("app:static"))
    const pid = await as("red", () => dynamic.startChild(noting(seen)))
    await as("blue", () => fixed.startChild("app:added", noting(seen)))
    await as("red", () => pid.call.crash()).catch(() => {})
    await as("time", () => time.advance(1000))
    await as("stopper", () => runtime.stop())
    expect(seen.filter((line) => line.startsWith("init"))).toHaveLength(3)
    expect(places(seen)).toEqual(["init nobody", "terminate nobody", "tick nobody"])
  })
})

describe.each(RULES)("with the rule %s, what looks on", (rule) => {
  it("is nobody's: inspectors, log, trace sinks and detach policies", async () => {
    const seen = new Map<string, Set<string>>()
    const note = (what: string): void => void seen.set(what, new Set([...(seen.get(what) ?? []), caller()]))
    const onDetach: DetachPolicy = () => {
      note("policy")
      return { action: "keep" }
    }
    const failing = server({
      init: () => ({}),
      formatStatus: (state) => {
        note("formatStatus")
        return state
      },
      call: {
        fine: () => 1,
        crash: () => {
          throw new Error("boom")
        },
        crashLater: async () => {
          await null
          throw new Error("boom")
        },
      },
    })
    const { runtime, time } = await as("starter", () =>
      bootApp(
        { "app:one": child(failing, { onDetach }) },
        { asyncContext: rule, log: ({ fields }) => note(`log ${String(fields?.event)}`), inspect: ({ type }) => note(type) },
      ),
    )
    const box = await as("red", () => runtime.acquire("app:one"))
    const pid = as("owner", () => runtime.spawn(failing))
    await time.settle()
    as("red", () => runtime.sys.trace(pid, () => note("trace")))
    await as("red", () => pid.call.fine())
    await as("red", () => pid.call.crash()).catch(() => {})
    await as("blue", () => box.call.crashLater()).catch(() => {})
    for (let i = 0; i < 20; i += 1) as("green", () => runtime.tell(pid, "too late"))
    await as("time", () => time.advance(10_000))
    const released = as("red", () => box.release())
    await time.settle()
    await released
    await as("stopper", () => runtime.stop())
    const wanted = ["trace", "policy", "formatStatus", "crash_report", "dead_letter", "log dead_letter", "restarting", "exited"]
    expect([...seen.keys()]).toEqual(expect.arrayContaining(wanted))
    expect([...seen].filter(([, contexts]) => contexts.size !== 1 || !contexts.has(NOBODY))).toEqual([])
    await runtime.stop()
  })
})

describe.each(RULES)("with the rule %s, a context that a handler enters and does not leave", (rule) => {
  it("ends with the handler: neither its caller nor the next one is in it", async () => {
    const { runtime, time } = await open(rule)
    const careless = server({
      init: () => {
        request.enterWith("init")
        return {}
      },
      call: {
        enter: () => request.enterWith("careless"),
        enterLater: async () => {
          request.enterWith("careless")
          await null
        },
      },
    })
    const pid = as("owner", () => runtime.spawn(careless))
    const other = as("owner", () => runtime.spawn(desk()))
    await time.settle()
    await as("red", async () => {
      for (const enter of [() => pid.call.enter(), () => pid.call.enterLater()]) {
        await enter()
        expect(caller()).toBe("red")
        const [, seen] = await Promise.all([enter(), other.call.who()])
        expect(seen).toBe(by(rule, "red"))
        await time.settle()
      }
    })
    expect(caller()).toBe(NOBODY)
    await runtime.stop()
  })
})

describe("a context that is entered while the state is replaced", () => {
  it("ends with that: the next system request is nobody's", async () => {
    const { runtime, time } = await open("sender")
    const seen: string[] = []
    const formatStatus = (state: unknown): unknown => {
      seen.push(caller())
      return state
    }
    const pid = as("owner", () => runtime.spawn(server({ init: () => ({}), formatStatus })))
    await time.settle()
    const update = (state: unknown): unknown => {
      seen.push(caller())
      request.enterWith("careless")
      return state
    }
    await Promise.all([as("red", () => runtime.sys.replaceState(pid, update)), as("red", () => runtime.sys.getStatus(pid))])
    expect(seen).toEqual([NOBODY, NOBODY])
    await runtime.stop()
  })
})

describe("a server's own rule", () => {
  const own = (asyncContext: "sender" | "runtime" | "any") =>
    server({ asyncContext, init: () => ({ at: caller() }), call: { who: (state) => [state.at, caller()] } })

  it("comes before the runtime's", async () => {
    for (const rule of RULES) {
      const { runtime, time } = await open(rule)
      for (const asyncContext of RULES) {
        const pid = as("owner", () => runtime.spawn(own(asyncContext)))
        await time.settle()
        expect(await as("red", () => pid.call.who())).toEqual([by(asyncContext, "owner"), by(asyncContext, "red")])
      }
      await runtime.stop()
    }
  })

  it("changes with its code", async () => {
    const { runtime, time } = await open("sender")
    const pid = as("owner", () => runtime.spawn(own("sender")))
    await time.settle()
    for (const [asyncContext, seen] of [
      ["runtime", NOBODY],
      ["sender", "red"],
    ] as const) {
      await as("blue", () => runtime.sys.changeCode(pid, own(asyncContext)))
      expect(await as("red", () => pid.call.who())).toEqual(["owner", seen])
    }
    await runtime.stop()
  })

  it("is refused where it is none, and so is a runtime's", async () => {
    expect(fieldOf(() => own("any thing" as never))).toBe("asyncContext")
    expect((await refusal(start({}, { asyncContext: "any" as never }))).details.field).toBe("asyncContext")
  })
})
