import { AsyncLocalStorage } from "node:async_hooks"
import { getEventListeners } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { actor, Canceled, type Pid, type Runtime, type ServerSelf, server, Timeout } from "../../actors/index.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

/** Keeps the signal that each handler reads, before its `await` and after it. */
function keeper(concurrency = 1) {
  const before: AbortSignal[] = []
  const after: AbortSignal[] = []
  const gates = new Map<string, ReturnType<typeof latch<string>>>()
  const gateOf = (name: string) => {
    const gate = gates.get(name) ?? latch<string>()
    gates.set(name, gate)
    return gate
  }
  const definition = server({
    init: () => ({}),
    concurrency,
    call: {
      work: async (_state, name: string, self) => {
        before.push(self.requestSignal)
        const answer = await gateOf(name).promise
        after.push(self.requestSignal)
        return answer
      },
      late: async (_state, name: string, self) => {
        await gateOf(name).promise
        after.push(self.requestSignal)
        await gateOf(`${name} again`).promise
        return "late"
      },
      until: (_state, _none: undefined, self) => wait(1e6, "never", { signal: self.requestSignal, ref: false }),
      ping: () => "pong",
    },
    cast: { note: (_state, _none: undefined, self) => void before.push(self.requestSignal, self.signal) },
    info: async (_state, _message: unknown, self) => {
      before.push(self.requestSignal)
      await gateOf("info").promise
      return "told"
    },
  })
  return { definition, before, after, gateOf }
}

describe("self.requestSignal", () => {
  it("is not the signal of the process, and the same each time it is read for a request", async () => {
    const { definition, before, after, gateOf } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const answer = pid.call.work("a")
    await time.settle()
    gateOf("a").open("done")
    expect(await answer).toBe("done")
    expect(before[0]).toBe(after[0])
    pid.cast.note()
    await time.settle()
    expect(before[0]).not.toBe(before[2])
    await runtime.stop({ timeoutMs: 0 })
    expect(before[0]?.aborted).toBe(false)
  })

  it("is aborted with the Canceled of an asker that gave up", async () => {
    const { definition, before } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const answer = refusal(pid.call.work("a", { signal: controller.signal }))
    await time.settle()
    expect(before[0]?.aborted).toBe(false)
    controller.abort("enough")
    expect(before[0]?.aborted).toBe(true)
    expect(before[0]?.reason).toBeInstanceOf(Canceled)
    expect(before[0]?.reason).toMatchObject({ cause: "enough" })
    expect((await answer).message).toBe(before[0]?.reason.message)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is aborted with the Timeout of an asker whose time is over", async () => {
    const { definition, before } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const answer = refusal(pid.call.work("a", { timeoutMs: 10 }))
    await time.advance(9)
    expect(before[0]?.aborted).toBe(false)
    await time.advance(1)
    expect([await answer, before[0]?.reason]).toEqual([expect.any(Timeout), expect.any(Timeout)])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is aborted with the exit reason of a process that asked and has ended, whether it was read before or after that", async () => {
    const { definition, before, after, gateOf } = keeper()
    const { runtime, time } = await bootApp({})
    for (const call of ["work", "late"] as const) {
      const pid = runtime.spawn(definition)
      const asker = runtime.spawn(
        actor(async (self) => void (await self.ask(pid, call))),
        undefined,
        { name: `asker of ${call}` },
      )
      await time.settle()
      runtime.exit(asker, "kill")
      await time.settle()
    }
    for (const { reason, aborted } of before) {
      expect(aborted).toBe(true)
      expect(reason).toBeInstanceOf(Canceled)
      expect(reason.details).toMatchObject({ reason: "killed", asker: expect.stringContaining("asker of") })
    }
    expect(before).toHaveLength(2)
    // By mailbox, and read only after the asker's end.
    const held = await bootApp({ "app:k": definition })
    const asker = held.runtime.spawn(
      actor(async (self) => {
        const box = (await self.acquire("app:k")) as { call: { late(name: string): Promise<string> } }
        await box.call.late("b")
      }),
    )
    await held.time.settle()
    held.runtime.exit(asker, { error: new Error("secret") })
    await held.time.settle()
    gateOf("b").open("go on")
    await held.time.settle()
    const [read] = after
    expect([read?.aborted, read?.reason instanceof Canceled]).toEqual([true, true])
    expect(JSON.stringify(read?.reason.details) + read?.reason.message).not.toContain("secret")
    await held.runtime.stop({ timeoutMs: 0 })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("says what has been when it is first read after it", async () => {
    const { definition, after, gateOf } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const canceled = refusal(pid.call.late("a", { signal: controller.signal }))
    await time.settle()
    controller.abort()
    gateOf("a").open("")
    await time.settle()
    gateOf("a again").open("")
    await time.settle()
    const timedOut = refusal(pid.call.late("b", { timeoutMs: 10 }))
    await time.advance(10)
    gateOf("b").open("")
    await time.settle()
    expect(after.map(({ reason }) => reason)).toEqual([await canceled, await timedOut])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is each handler's own where several wait side by side, after an await too", async () => {
    const { definition, before, after, gateOf } = keeper(10)
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controllers = [0, 1, 2].map(() => new AbortController())
    const answers = controllers.map(({ signal }, index) => pid.call.work(`w${index}`, { signal }).catch((error: Error) => error))
    await time.settle()
    controllers[1]?.abort()
    expect(before.map(({ aborted }) => aborted)).toEqual([false, true, false])
    for (const index of [2, 1, 0]) {
      gateOf(`w${index}`).open(`done ${index}`)
      await time.settle()
    }
    expect(after).toEqual([before[2], before[1], before[0]])
    expect(after.map((signal, place) => signal === before[2 - place])).toEqual([true, true, true])
    expect(await Promise.all(answers)).toEqual(["done 0", expect.any(Canceled), "done 2"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is aborted with the process's own when that is to stop", async () => {
    const { definition, before } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const answer = refusal(pid.call.work("a"))
    await time.settle()
    const stopped = refusal(runtime.stopProcess(pid, "shutdown", { timeoutMs: 10 }))
    await time.advance(10)
    expect([before[0]?.aborted, before[0]?.reason.details.reason, (await stopped).kind]).toEqual([true, "shutdown", "TIMEOUT"])
    await runtime.stop({ timeoutMs: 0 })
    await answer
  })

  it.each<[string, (pid: Pid, runtime: Runtime) => void, unknown]>([
    ["is killed", (pid, runtime) => runtime.exit(pid, "kill"), "killed"],
    ["is told to exit", (pid, runtime) => runtime.exit(pid, "shutdown"), "shutdown"],
    ["crashes on another request", (pid, runtime) => void runtime.ask(pid, "crash").catch(() => {}), { error: expect.any(Error) }],
  ])("is aborted with the process's own when that %s", async (_what, end, reason) => {
    const signals: AbortSignal[] = []
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(
      server({
        init: () => ({}),
        concurrency: 2,
        call: {
          hang: (_state, _none: undefined, self) => {
            signals.push(self.requestSignal, self.signal)
            return new Promise<never>(() => {})
          },
        },
        info: async () => {
          throw new Error("boom")
        },
      }),
    )
    const answer = refusal(pid.call.hang())
    await time.settle()
    end(pid, runtime)
    await time.settle()
    expect((await answer).kind).toBe("UNAVAILABLE")
    expect(signals.map(({ aborted, reason: error }) => [aborted, error?.details.reason])).toEqual([
      [true, reason],
      [true, reason],
    ])
    expect(getEventListeners(signals[1] as AbortSignal, "abort")).toEqual([])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is the process's own signal where nobody waits for an answer", async () => {
    const { definition, before } = keeper()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    pid.cast.note()
    runtime.tell(pid, "x")
    await time.settle()
    expect([before[0] === before[1], before[2] === before[1]]).toEqual([true, true])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is that of the request received last in a plain process", async () => {
    const signals: AbortSignal[] = []
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(
      actor(async (self) => {
        signals.push(self.requestSignal)
        for await (const message of self.inbox) {
          signals.push(self.requestSignal)
          if (message === "answered") self.reply("yes")
        }
      }),
    )
    const controller = new AbortController()
    const { signal } = controller
    expect(await runtime.ask(pid, "answered", { signal })).toBe("yes")
    const given = refusal(runtime.ask(pid, "given up", { signal }))
    await time.settle()
    runtime.tell(pid, "told")
    await time.settle()
    controller.abort()
    await given
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, true, false])
    expect(signals[3]).toBe(signals[0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is a new one for the next incarnation, where the request was put aside by one that has ended", async () => {
    const signals: AbortSignal[] = []
    const gate = latch<string>()
    const stashing = server({
      init: (_none: undefined, self) => {
        self.after(10, "go on")
        return { isOpen: false }
      },
      call: {
        work: (state, _none: undefined, self) => {
          signals.push(self.requestSignal)
          return state.isOpen ? gate.promise : self.stash()
        },
        crash: () => {
          throw new Error("boom")
        },
      },
      info: (state, _message: unknown, self) => {
        state.isOpen = true
        self.unstashAll()
      },
    })
    const { runtime, time } = await bootApp({ "app:s": stashing })
    const box = await runtime.acquire("app:s")
    const controller = new AbortController()
    const answer = refusal(box.call.work(undefined, { signal: controller.signal }) as Promise<unknown>)
    await time.settle()
    await refusal(box.call.crash())
    await time.advance(20)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false])
    expect([signals[1] === signals[2], signals[0] === signals[1]]).toEqual([true, false])
    controller.abort()
    expect([(await answer).kind, signals[2]?.aborted]).toEqual(["CANCELED", true])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("tells its listeners in nobody's async context, whoever aborts", async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(
      server({
        init: () => ({}),
        call: {
          hang: (_state, _none: undefined, self) => {
            self.requestSignal.addEventListener("abort", () => seen.push(storage.getStore()))
            return new Promise<never>(() => {})
          },
        },
      }),
    )
    const controller = new AbortController()
    const answer = refusal(storage.run("asker", () => pid.call.hang(undefined, { signal: controller.signal })))
    await time.settle()
    storage.run("aborter", () => controller.abort())
    expect([(await answer).kind, seen]).toEqual(["CANCELED", [undefined]])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("leaves nothing with the asker, nor with the process, once the request is answered; it is still the same one then", async () => {
    const waiters = new Set<unknown>()
    let most = 0
    const own: AbortSignal[] = []
    const same: boolean[] = []
    const pinging = server({
      init: () => ({}),
      info: (_state, _message: unknown, self) => {
        const { requestSignal } = self
        own.push(self.signal)
        const deferred = self.defer<boolean>()
        deferred.reply(requestSignal.aborted)
        same.push(self.requestSignal === requestSignal)
        return deferred
      },
    })
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(pinging)
    const answers: unknown[] = []
    const asker = runtime.spawn(
      actor(async (self) => {
        const running = processOf(self.pid)
        if (running === undefined) return
        const [onEnded, forgetEnded] = [running.onEnded.bind(running), running.forgetEnded.bind(running)]
        running.onEnded = (callback) => {
          waiters.add(callback)
          most = Math.max(most, waiters.size)
          onEnded(callback)
        }
        running.forgetEnded = (callback) => {
          waiters.delete(callback)
          forgetEnded(callback)
        }
        for (let round = 0; round < 100; round += 1) answers.push(await self.ask(pid, "ping"))
        answers.push(waiters.size)
      }),
    )
    await runtime.whenEnded(asker)
    await time.settle()
    expect(answers).toEqual([...Array.from({ length: 100 }, () => false), 0])
    expect([most, new Set(same), getEventListeners(own[0] as AbortSignal, "abort").length]).toEqual([1, new Set([true]), 0])
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("a handler that fails with what its request's signal was aborted with", () => {
  const failing = (concurrency: number, story: string[]) =>
    server({
      init: () => ({}),
      concurrency,
      call: {
        until: (_state, _none: undefined, self) => wait(1e6, "never", { signal: self.requestSignal, ref: false }),
        rethrown: async (_state, _none: undefined, self: ServerSelf) => {
          await new Promise((resolve) => self.requestSignal.addEventListener("abort", resolve))
          self.requestSignal.throwIfAborted()
        },
        deferring: async (_state, _none: undefined, self: ServerSelf) => {
          self.defer()
          await new Promise((resolve) => self.requestSignal.addEventListener("abort", resolve))
          throw self.requestSignal.reason
        },
        ping: () => "pong",
      },
      terminate: (_state, reason) => void story.push(JSON.stringify(reason)),
    })

  it.each([1, 10])("has not crashed: whoever asked has gone, and the server goes on (concurrency %i)", async (concurrency) => {
    const story: string[] = []
    const { runtime, time, events } = await bootApp({})
    const pid = runtime.spawn(failing(concurrency, story))
    for (const name of ["until", "rethrown", "deferring"] as const) {
      const controller = new AbortController()
      const canceled = refusal(pid.call[name](undefined, { signal: controller.signal }))
      await time.settle()
      controller.abort()
      expect((await canceled).kind).toBe("CANCELED")
      const timedOut = refusal(pid.call[name](undefined, { timeoutMs: 10 }) as Promise<unknown>)
      await time.advance(10)
      expect((await timedOut).kind).toBe("TIMEOUT")
      expect(await pid.call.ping()).toBe("pong")
    }
    expect([story, events.filter(({ type }) => type === "crash_report"), time.armedTimers]).toEqual([[], [], 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("has not crashed where its asker died either, and nobody's rejection is unhandled", async () => {
    const story: string[] = []
    const { runtime, time } = await bootApp({ "app:f": failing(1, story) })
    const box = await runtime.acquire("app:f")
    const asker = runtime.spawn(
      actor(async (self) => {
        const own = (await self.acquire("app:f")) as typeof box
        await own.call.until()
      }),
    )
    await time.settle()
    runtime.exit(asker, "kill")
    await time.settle()
    expect([await box.call.ping(), story]).toEqual(["pong", []])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("hands the news on: what it has asked of another in turn by that signal is given up too", async () => {
    const story: string[] = []
    const { runtime, time } = await bootApp({})
    const last = runtime.spawn(failing(1, story))
    const middle = runtime.spawn(
      server({
        init: () => ({}),
        call: { through: (_state, _none: undefined, self: ServerSelf) => last.call.until(undefined, { signal: self.requestSignal }) },
        terminate: (_state, reason) => void story.push(JSON.stringify(reason)),
      }),
    )
    const controller = new AbortController()
    const answer = refusal(middle.call.through(undefined, { signal: controller.signal }))
    await time.settle()
    controller.abort()
    expect((await answer).kind).toBe("CANCELED")
    await time.settle()
    expect([story, middle.isAlive, last.isAlive, await last.call.ping()]).toEqual([[], true, true, "pong"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("has crashed as any other, where the error is another one", async () => {
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(
      server({
        init: () => ({}),
        call: {
          fail: (_state, _none: undefined, self: ServerSelf) => {
            if (!self.requestSignal.aborted) throw new Error("boom")
          },
        },
      }),
    )
    expect(await refusal(pid.call.fail())).toMatchObject({ kind: "INTERNAL" })
    expect(pid.isAlive).toBe(false)
    await runtime.stop({ timeoutMs: 0 })
  })
})
