/**
 * A request is served on its caller's stack, which may end anywhere behind its handler. What the handler has done stands, its answer comes, and its
 * process lives on: the handler has not failed.
 */

import { describe, expect, it, onTestFinished } from "vitest"
import { type Runtime, server, start, Unavailable } from "../../actors/index.ts"
import { fail, give } from "../../src/kernel/answer.ts"
import { Envelope } from "../../src/kernel/envelope.ts"
import { hostAsyncContexts } from "../../src/kernel/host-contexts.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { nearStackEnd } from "../support/near-stack-end.ts"

/** As the host throws it. */
function cut(): never {
  throw new RangeError("Maximum call stack size exceeded")
}

/** So many requests, that the scheduler looks at the clock behind one of them. */
const MANY = 200

interface Stage {
  readonly runtime: Runtime
  readonly time: VirtualTime
  /** Whether what the host is asked for is cut short; whether timers are. */
  readonly end: { isNear: boolean; refusesTimers: boolean }
}

/** A host whose clock, microtasks and async contexts are cut short while the end is near. */
async function opened(): Promise<Stage> {
  const time = virtualTime({ unseenMs: 0 })
  const end = { isNear: false, refusesTimers: false }
  const neutral = hostAsyncContexts?.neutral
  if (neutral === undefined || hostAsyncContexts === undefined) throw new Error("a host without async contexts")
  const host = {
    ...time,
    now: () => (end.isNear ? cut() : time.now()),
    setTimer: (callback: () => void, delayMs: number) => (end.refusesTimers ? cut() : time.setTimer(callback, delayMs)),
    asyncContexts: {
      neutral,
      capture: () => ({
        runInAsyncScope<This, Parameters extends unknown[], Result>(
          work: (this: This, ...parameters: Parameters) => Result,
          self: This,
          ...parameters: Parameters
        ): Result {
          const result = neutral.runInAsyncScope(work, self, ...parameters)
          if (end.isNear) cut()
          return result
        },
      }),
    },
  }
  const runtime = await start({}, { host, log: () => {} })
  onTestFinished(() => runtime.stop())
  return { runtime, time, end }
}

describe("a request that is cut short behind its handler", () => {
  it.each(["any", "sender"] as const)("is answered, and its process lives on: asyncContext %s", async (asyncContext) => {
    const { runtime, time, end } = await opened()
    const counter = server({
      asyncContext,
      init: () => ({ count: 0 }),
      call: {
        add: (state) => {
          state.count += 1
          end.isNear = true
          return state.count
        },
      },
    })
    const pid = runtime.spawn(counter)
    await time.settle()
    for (let count = 1; count <= MANY; count += 1) {
      const answer = pid.call.add()
      end.isNear = false
      expect(await answer).toBe(count)
      await time.settle()
    }
    expect(pid.isAlive).toBe(true)
  })

  it("that has told its process to stop, and takes its time, has it stopped", async () => {
    const { runtime, time, end } = await opened()
    const stopping = server({
      asyncContext: "any",
      init: () => ({}),
      call: {
        stop: (_state, _: undefined, self) => {
          const { signal } = self
          self.stop()
          end.isNear = true
          return new Promise<string>((heard) => signal.addEventListener("abort", () => heard("told")))
        },
      },
    })
    const pid = runtime.spawn(stopping)
    await time.settle()
    const ended = runtime.whenEnded(pid)
    const answer = pid.call.stop()
    end.isNear = false
    expect(await answer).toBe("told")
    expect(await ended).toBe("normal")
  })

  it("has its timers armed all the same: the host is asked for none on its caller's stack", async () => {
    const { runtime, time, end } = await opened()
    const clock = server({
      asyncContext: "any",
      init: () => ({ ticks: 0 }),
      call: {
        arm: (_state, _: undefined, self) => self.every(10, "tick").missed,
        ticks: ({ ticks }) => ticks,
      },
      info: (state) => {
        state.ticks += 1
      },
    })
    const pid = runtime.spawn(clock)
    await time.settle()
    end.refusesTimers = true
    const armed = pid.call.arm()
    end.refusesTimers = false
    expect(await armed).toBe(0)
    await time.advance(30)
    expect(await pid.call.ticks()).toBe(3)
  })

  it("but by its handler's own mistake, has crashed it", async () => {
    const { runtime, time } = await opened()
    const fragile = server({
      init: () => ({}),
      call: { fail: () => cut() },
    })
    const pid = runtime.spawn(fragile)
    await time.settle()
    await expect(pid.call.fail()).rejects.toMatchObject({ kind: "INTERNAL" })
    expect(pid.isAlive).toBe(false)
  })
})

describe("an answer", () => {
  function request(settle: (answer: unknown) => void): Envelope {
    const kernel = new Kernel(virtualTime())
    return new Envelope("message", kernel.inbox("target"), undefined, undefined, undefined, settle)
  }

  it("that could not be handed on, as the stack has ended, can be given yet: once", () => {
    const given: unknown[] = []
    const end = { isNear: true }
    const envelope = request((answer) => (end.isNear ? cut() : given.push(answer)))
    expect(() => give(envelope, 1)).toThrow(RangeError)
    expect(envelope.isSettled).toBe(false)
    end.isNear = false
    give(envelope, 2)
    give(envelope, 3)
    expect([given, envelope.isSettled]).toEqual([[2], true])
  })

  it("that is a failure, too", async () => {
    const given: unknown[] = []
    const end = { isNear: true }
    const envelope = request((answer) => {
      if (answer instanceof Promise) answer.catch(() => {})
      if (end.isNear) cut()
      given.push(answer)
    })
    expect(() => fail(envelope, new Unavailable("no"))).toThrow(RangeError)
    expect(envelope.isSettled).toBe(false)
    end.isNear = false
    fail(envelope, new Unavailable("no"))
    await expect(given[0]).rejects.toMatchObject({ kind: "UNAVAILABLE" })
  })
})

describe("on a stack that really ends", () => {
  it("a handler that has done its work has it done, whatever comes behind it", async () => {
    const runtime = await start({}, { log: () => {} })
    onTestFinished(() => runtime.stop())
    const counter = server({
      asyncContext: "any",
      init: () => ({ count: 0 }),
      call: {
        add: (state) => {
          state.count += 1
          return state.count
        },
      },
    })
    const pid = runtime.spawn(counter)
    await pid.call.add()
    let answered = 1
    for (let frames = 1; frames < 1500; frames += 1) {
      let answer: Promise<unknown> | undefined
      nearStackEnd(frames, () => {
        try {
          answer = pid.call.add()
        } catch {
          // So near the end nothing can be called.
        }
      })
      const count = await answer?.catch(() => undefined)
      if (count !== undefined) answered += 1
    }
    expect(pid.isAlive).toBe(true)
    expect(answered).toBeGreaterThan(1000)
    expect(await pid.call.add()).toBeGreaterThan(answered)
  })
})
