import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  actor,
  Conflict,
  type Deferred,
  type ExitReason,
  failure,
  Internal,
  Invalid,
  isDown,
  isExit,
  NotFound,
  type Pid,
  server,
  Timeout,
  Unavailable,
  Unknown,
} from "../../src/index.ts"
import { latch } from "../support/latch.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

function deadLetters(): unknown[] {
  return stage.events.flatMap((event) => (event.type === "dead_letter" ? [[event.message, event.cause]] : []))
}

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => reasons.push(reason))
  return reasons
}

const counter = server({
  init: (from: number) => ({ count: from }),
  call: {
    value: (state) => state.count,
    add: (state, by: number) => (state.count += by),
  },
  cast: {
    reset: (state) => {
      state.count = 0
    },
    set: (state, to: number) => {
      state.count = to
    },
  },
})

const boom = new Error("boom")

describe("a call", () => {
  it("changes the state in place and gives what the handler returns", async () => {
    const pid = stage.runtime.spawn(counter, 41)
    expect(await pid.call.add(1)).toBe(42)
    expect(await pid.call.value()).toBe(42)
  })

  it("is handled in the order sent, among casts", async () => {
    const pid = stage.runtime.spawn(counter, 1)
    const first = pid.call.value()
    expect(pid.cast.set(7)).toBe(true)
    const second = pid.call.value()
    pid.cast.reset()
    expect(await Promise.all([first, second, pid.call.value()])).toEqual([1, 7, 0])
  })

  it("has its own time limit", async () => {
    const slow = server({ init: () => ({}), call: { wait: () => new Promise<void>(() => {}) } })
    const asked = watch(stage.runtime.spawn(slow).call.wait(undefined, { timeoutMs: 50 }))
    await stage.time.advance(50)
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(asked.error).toMatchObject({ details: { operation: "wait", timeoutMs: 50 } })
  })

  it("with a time limit that is none rejects with Invalid, and posts nothing", async () => {
    const pid = stage.runtime.spawn(counter, 0)
    const asked = watch(pid.call.add(1, { timeoutMs: 0 }))
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Invalid)
    expect(await pid.call.value()).toBe(0)
  })

  it("of itself fails at once with Conflict", async () => {
    let self: { call: { outer(): Promise<unknown>; inner(): Promise<unknown> } } | undefined
    const selfish = server({
      init: () => ({}),
      call: { outer: (): unknown => self?.call.inner().catch((error: unknown) => failure(error as Conflict)), inner: () => "never" },
    })
    self = stage.runtime.spawn(selfish)
    const asked = watch(self.call.outer())
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Conflict)
  })

  it("to a server that has ended fails at once; a cast gives false and is reported", async () => {
    const pid = stage.runtime.spawn(counter, 0)
    stage.runtime.exit(pid, "shutdown")
    await stage.time.settle()
    const asked = watch(pid.call.value())
    expect(pid.cast.set(1)).toBe(false)
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Unavailable)
    expect(deadLetters()).toEqual([[1, "ended"]])
  })
})

describe("a crash of a handler", () => {
  const fragile = server({
    init: () => ({}),
    call: {
      crash: (): void => {
        throw boom
      },
      value: () => 1,
    },
    cast: {
      note: (_state, _text: string) => {},
    },
  })

  it("fails its own request with Internal and the queued ones with Unavailable, and with the cause its own alone", async () => {
    const pid = stage.runtime.spawn(fragile)
    const [own, queued] = [watch(pid.call.crash()), watch(pid.call.value())]
    pid.cast.note("lost")
    const ends = endOf(pid)
    await stage.time.settle()
    expect(own.error).toBeInstanceOf(Internal)
    expect(queued.error).toBeInstanceOf(Unavailable)
    expect([own.error, queued.error].map((error) => (error as Error).cause)).toEqual([boom, undefined])
    expect(deadLetters()).toEqual([["lost", "ended"]])
    expect(ends).toEqual([{ error: boom }])
  })

  it("that is asynchronous does the same", async () => {
    const late = server({
      init: () => ({}),
      call: {
        crash: async (): Promise<void> => {
          throw boom
        },
        value: () => 1,
      },
    })
    const pid = stage.runtime.spawn(late)
    const [own, queued] = [watch(pid.call.crash()), watch(pid.call.value())]
    await stage.time.settle()
    expect([own.error, queued.error]).toEqual([expect.any(Internal), expect.any(Unavailable)])
  })

  it("of a cast takes the server down", async () => {
    const brittle = server({
      init: () => ({}),
      cast: {
        crash: () => {
          throw boom
        },
      },
    })
    const pid = stage.runtime.spawn(brittle)
    const ends = endOf(pid)
    pid.cast.crash()
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("an asynchronous handler", () => {
  it("is waited for before the next message is begun, whatever that is", async () => {
    const log: string[] = []
    const first = latch()
    const slow = server({
      init: () => ({}),
      call: {
        work: async (_state, name: string) => {
          log.push(`begin ${name}`)
          if (name === "a") await first.promise
          log.push(`end ${name}`)
          return name
        },
      },
      cast: { note: (_state, text: string) => void log.push(text) },
    })
    const pid = stage.runtime.spawn(slow)
    const calls = [watch(pid.call.work("a")), watch(pid.call.work("b"))]
    pid.cast.note("cast")
    await stage.time.settle()
    expect(log).toEqual(["begin a"])
    first.open()
    await stage.time.settle()
    expect(log).toEqual(["begin a", "end a", "begin b", "end b", "cast"])
    expect(calls.map(({ value }) => value)).toEqual(["a", "b"])
  })

  it("may return a failure", async () => {
    const careful = server({ init: () => ({}), call: { find: async () => failure(new NotFound("no such user")) } })
    const pid = stage.runtime.spawn(careful)
    await expect(pid.call.find()).rejects.toThrow(new NotFound("no such user"))
    expect(pid.isAlive).toBe(true)
  })
})

describe("failure", () => {
  it("answers with the error and leaves the server as it was", async () => {
    const careful = server({
      init: () => ({ calls: 0 }),
      call: { find: (state) => (state.calls++ === 0 ? failure(new NotFound("gone")) : state.calls) },
    })
    const pid = stage.runtime.spawn(careful)
    const asked = watch(pid.call.find())
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(NotFound)
    expect(await pid.call.find()).toBe(2)
  })

  it("makes an Unknown of what is no error of the runtime's", () => {
    const { error } = failure(boom as never)
    expect(error).toBeInstanceOf(Unknown)
    expect(error.cause).toBe(boom)
  })

  it("makes one of what cannot be printed, too", () => {
    const mute: unknown = Object.create(null)
    expect(failure(mute as never).error).toMatchObject({ kind: "UNKNOWN", cause: mute })
  })
})

describe("defer", () => {
  interface Waiting {
    readonly line: Deferred<string>[]
  }
  const booth = server({
    init: (): Waiting => ({ line: [] }),
    call: {
      queue: (state, _name: string, self) => {
        const deferred = self.defer<string>()
        state.line.push(deferred)
        return deferred
      },
      serve: (state, text: string) => state.line.shift()?.reply(text),
      refuse: (state) => state.line.shift()?.fail(new NotFound("sold out")),
      refuseOddly: (state) => state.line.shift()?.fail(5 as never),
      size: (state) => state.line.length,
    },
    cast: {
      queueNobody: (state, _none: undefined, self) => void state.line.push(self.defer<string>()),
    },
  })

  it("fails with an error of the runtime, whatever it is given for one", async () => {
    const pid = stage.runtime.spawn(booth)
    const asked = watch(pid.call.queue("a"))
    expect(await pid.call.refuseOddly()).toBe(true)
    await stage.time.settle()
    expect(asked.error).toMatchObject({ kind: "UNKNOWN", cause: 5 })
  })

  it("lets the server go on, and answers when it is told to, once", async () => {
    const pid = stage.runtime.spawn(booth)
    const asked = watch(pid.call.queue("a"))
    expect(await pid.call.size()).toBe(1)
    expect(asked.state).toBe("pending")
    expect(await pid.call.serve("ticket")).toBe(true)
    await stage.time.settle()
    expect(asked.value).toBe("ticket")
  })

  it("gives false where the request was answered, timed out, or was none", async () => {
    const pid = stage.runtime.spawn(booth)
    const asked = watch(pid.call.queue("a", { timeoutMs: 100 }))
    await stage.time.advance(100)
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(await pid.call.serve("late")).toBe(false)
    expect(stage.runtime.statistics().lateReplies).toBe(1)
    pid.cast.queueNobody()
    expect(await pid.call.serve("nobody")).toBe(false)
  })

  it("may fail its request", async () => {
    const pid = stage.runtime.spawn(booth)
    const asked = watch(pid.call.queue("a"))
    expect(await pid.call.refuse()).toBe(true)
    await stage.time.settle()
    expect(asked.error).toEqual(new NotFound("sold out"))
  })

  it("fails its request with the exit reason when the server ends first", async () => {
    const pid = stage.runtime.spawn(booth)
    const asked = watch(pid.call.queue("a"))
    await pid.call.size()
    stage.runtime.exit(pid, "shutdown")
    await stage.time.settle()
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", details: { reason: "shutdown" } })
  })
})

describe("info", () => {
  const listener = server({
    init: () => ({ heard: [] as unknown[] }),
    call: { heard: (state) => state.heard },
    info: (state, message) => {
      state.heard.push(message)
      return `heard ${String(message)}`
    },
  })

  it("takes what comes without a name, and answers an ask with what it returns", async () => {
    const pid = stage.runtime.spawn(listener)
    expect(stage.runtime.tell(pid, "psst")).toBe(true)
    expect(await stage.runtime.ask(pid, "hello")).toBe("heard hello")
    expect(await pid.call.heard()).toEqual(["psst", "hello"])
  })

  it("that is not defined: a tell is a reported dead letter, an ask Invalid, and the server goes on", async () => {
    const pid = stage.runtime.spawn(counter, 3)
    stage.runtime.tell(pid, "psst")
    const asked = watch(stage.runtime.ask(pid, "hello"))
    await stage.time.settle()
    expect(deadLetters()).toEqual([["psst", "unhandled"]])
    expect(asked.error).toBeInstanceOf(Invalid)
    expect(await pid.call.value()).toBe(3)
    const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
    expect({ handled, returned, reported, waiting }).toEqual({ handled: 1, returned: 1, reported: 1, waiting: 0 })
    expect(accepted).toBe(3)
  })

  it("gets forged signals as the ordinary messages they are", async () => {
    const parent = server({
      init: (_none: undefined, self) => ({ child: self.spawn(listener, undefined) }),
      call: { child: (state) => state.child },
    })
    const parentPid = stage.runtime.spawn(parent)
    const child = await parentPid.call.child()
    const forged = [{ type: "EXIT", from: parentPid, reason: "kill" }, { type: "DOWN", ref: {} }, { type: "EXIT" }, null, undefined]
    for (const message of forged) stage.runtime.tell(child, message)
    await stage.time.settle()
    expect(child.isAlive).toBe(true)
    expect(await child.call.heard()).toEqual(forged)
  })

  it("gets a real DOWN that was passed on after its monitor was ended: to the receiver it is a message", async () => {
    const relay = server({
      init: (to: Pid, self) => ({ to, target: self.spawn(counter, 0) }),
      call: {
        watch: (state, _none: undefined, self) => void self.monitor(state.target),
        target: (state) => state.target,
      },
      info: (state, message, self) => {
        if (!isDown(message)) return
        self.demonitor(message.ref)
        self.tell(state.to, message)
      },
    })
    const receiver = stage.runtime.spawn(listener)
    const pid = stage.runtime.spawn(relay, receiver)
    await pid.call.watch()
    stage.runtime.exit(await pid.call.target(), "shutdown")
    await stage.time.settle()
    expect(await receiver.call.heard()).toMatchObject([{ type: "DOWN", reason: "shutdown" }])
  })

  it("gets a DOWN and a trapped EXIT", async () => {
    const watcher = server({
      init: (target: Pid, self) => {
        self.trapExit(true)
        self.link(target)
        self.monitor(target)
        return { heard: [] as unknown[] }
      },
      call: { heard: (state) => state.heard },
      info: (state, message) => void state.heard.push(isExit(message) || isDown(message) ? [message.type, message.reason] : message),
    })
    const target = stage.runtime.spawn(counter, 0)
    const pid = stage.runtime.spawn(watcher, target)
    await stage.time.settle()
    stage.runtime.exit(target, "kill")
    await stage.time.settle()
    expect(await pid.call.heard()).toEqual([
      ["EXIT", "killed"],
      ["DOWN", "killed"],
    ])
  })

  it("is told how a message came: asked, told, or sent by the runtime, though it be forged", async () => {
    const sendings: unknown[] = []
    const telling = server({
      init: (_none: undefined, self) => void self.after(5, "tick"),
      info: (_state, message, _self, sending) => void sendings.push([message, sending]),
    })
    const pid = stage.runtime.spawn(telling)
    await stage.time.advance(5)
    await stage.runtime.ask(pid, "tick")
    stage.runtime.tell(pid, "tick")
    await stage.time.settle()
    expect(sendings).toEqual([
      ["tick", "signal"],
      ["tick", "ask"],
      ["tick", "tell"],
    ])
  })

  it("is told so of what comes back from aside, too", async () => {
    const sendings: unknown[] = []
    const shy = server({
      init: (_none: undefined, self) => {
        self.after(5, "tick")
        return { isOpen: false }
      },
      cast: {
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
      info: (state, message, self, sending) => (state.isOpen ? void sendings.push([message, sending]) : self.stash()),
    })
    const pid = stage.runtime.spawn(shy)
    const asked = watch(stage.runtime.ask(pid, "asked"))
    stage.runtime.tell(pid, "told")
    await stage.time.advance(5)
    pid.cast.open()
    await stage.time.settle()
    expect([asked.state, sendings]).toEqual([
      "fulfilled",
      [
        ["asked", "ask"],
        ["told", "tell"],
        ["tick", "signal"],
      ],
    ])
  })

  it("that is not defined: a signal is a dead letter that counts for no message, each tick of a timer one", async () => {
    const deaf = server({
      init: (target: Pid, self) => {
        self.trapExit(true)
        self.monitor(target)
        self.link(target)
        self.groups.monitor("readers")
        self.every(10, "tick", { key: "often" })
        return {}
      },
      cast: {
        join: (_state, _none: undefined, self) => self.groups.join("readers"),
        quiet: (_state, _none: undefined, self) => void self.cancelTimer("often"),
      },
    })
    const target = stage.runtime.spawn(counter, 0)
    const pid = stage.runtime.spawn(deaf, target)
    await stage.time.settle()
    stage.runtime.exit(target, "kill")
    await stage.time.settle()
    pid.cast.join()
    await stage.time.advance(20)
    pid.cast.quiet()
    await stage.time.advance(20)
    const unhandled = [
      { type: "EXIT", from: target, reason: "killed" },
      expect.objectContaining({ type: "DOWN", pid: target, reason: "killed" }),
      expect.objectContaining({ type: "GROUP", action: "join" }),
      "tick",
      "tick",
    ].map((message) => [message, "unhandled"])
    expect([pid.isAlive, deadLetters()]).toEqual([true, unhandled])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 2, handled: 2, reported: 0 })
  })
})

describe("a server that traps exits", () => {
  const trapping = server({
    init: (_none: undefined, self) => {
      self.trapExit(true)
      return {}
    },
    info: () => {},
  })

  it("still ends with its parent", async () => {
    const parent = server({
      init: (_none: undefined, self) => ({ child: self.spawnLink(trapping, undefined) }),
      call: { child: (state) => state.child },
    })
    const pid = stage.runtime.spawn(parent)
    const child = await pid.call.child()
    const ends = endOf(child)
    stage.runtime.exit(pid, "shutdown")
    await stage.time.settle()
    expect(ends).toEqual(["shutdown"])
  })

  it("is told of its starter's signals and end like of anybody's, where it was not started with a link", async () => {
    const heard: unknown[] = []
    const listening = server({
      init: (starter: Pid, self) => {
        self.trapExit(true)
        self.link(starter)
        return {}
      },
      info: (_state, message) => void heard.push(isExit(message) && message.reason),
    })
    const starter = actor(async (self) => {
      const pid = self.spawn(listening, self.pid)
      await self.receive()
      self.exit(pid, "shutdown")
      await self.receive()
      throw boom
    })
    const pid = stage.runtime.spawn(starter)
    for (const word of ["exit", "end"]) {
      await stage.time.settle()
      stage.runtime.tell(pid, word)
    }
    await stage.time.settle()
    expect(heard).toEqual(["shutdown", { error: boom }])
  })
})

describe("init", () => {
  it("may take its time: calls wait for it", async () => {
    const ready = latch<{ count: number }>()
    const slow = server({ init: () => ready.promise, call: { value: (state) => state.count } })
    const asked = watch(stage.runtime.spawn(slow).call.value())
    await stage.time.settle()
    expect(asked.state).toBe("pending")
    ready.open({ count: 5 })
    await stage.time.settle()
    expect(asked.value).toBe(5)
  })

  it("that throws ends the server, gives its calls back and frees its name", async () => {
    const broken = server({
      init: (): object => {
        throw boom
      },
      call: { value: () => 1 },
    })
    const pid = stage.runtime.spawn(broken, undefined, { name: "broken" })
    const [asked, ends] = [watch(pid.call.value()), endOf(pid)]
    expect(stage.runtime.whereis("broken")).toBe(pid)
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", cause: boom })
    expect([pid.isAlive, stage.runtime.whereis("broken")]).toEqual([false, undefined])
    expect(stage.runtime.spawn(counter, 0, { name: "broken" }).isAlive).toBe(true)
  })
})

describe("terminate", () => {
  it.each([
    ["a stop", "shutdown"],
    ["a crash", { error: boom }],
  ] as const)("runs with the state and the reason at %s", async (_how, reason) => {
    const told: unknown[] = []
    const tidy = server({ init: () => ({ open: 3 }), terminate: (state, why) => void told.push([state.open, why]) })
    const pid = stage.runtime.spawn(tidy)
    await stage.time.settle()
    stage.runtime.exit(pid, reason)
    await stage.time.settle()
    expect(told).toEqual([[3, reason]])
  })

  it("does not run at a kill", async () => {
    const told: ExitReason[] = []
    const tidy = server({ init: () => ({}), terminate: (_state, reason) => void told.push(reason) })
    const pid = stage.runtime.spawn(tidy)
    await stage.time.settle()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect([pid.isAlive, told]).toEqual([false, []])
  })
})

describe("server", () => {
  it("refuses what is no server, naming the field", () => {
    expect(() => server({} as never)).toThrow("init must be a function")
    expect(() => server({ init: () => ({}), call: { value: 1 } } as never)).toThrow("call.value must be a function")
    expect(() => server({ init: () => ({}), cast: { value: 1 } } as never)).toThrow("cast.value must be a function")
  })

  it("takes any name for a call, even one that every object has", async () => {
    const odd = server({ init: () => ({}), call: { toString: () => "called", constructor: () => "too" } })
    const pid = stage.runtime.spawn(odd)
    expect([await pid.call.toString(), await pid.call.constructor()]).toEqual(["called", "too"])
  })
})
