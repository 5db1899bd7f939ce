import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Deferred, failure, NotFound, type Pid, type Stashed, server } from "../../src/index.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { type Watched, watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

function endOf(pid: Pid): Watched {
  return watch(stage.runtime.whenEnded(pid))
}

const gone = failure(new NotFound("gone"))

/** The error of a crash for what a handler has returned. */
function badReturn(field: string, message: string): unknown {
  return { error: expect.objectContaining({ _tag: "Invalid", details: { field }, message: expect.stringContaining(message) }) }
}

describe("a return that answers nobody is a crash that names the handler", () => {
  it.each([
    ["cast.act", () => server({ init: () => ({}), cast: { act: () => gone } }), "returned a failure, and nobody had asked"],
    ["cast.act", () => server({ init: () => ({}), cast: { act: async () => gone } }), "returned a failure, and nobody had asked"],
    [
      "cast.act",
      () => server({ init: () => ({}), cast: { act: (_state, _none: undefined, self) => self.defer() } }),
      "returned a Deferred",
    ],
  ])("of %s", async (field, define, message) => {
    const pid = stage.runtime.spawn(define())
    const end = endOf(pid)
    pid.cast.act()
    await stage.time.settle()
    expect(end.value).toEqual(badReturn(field, message))
  })

  it("of continue and of idle", async () => {
    const continued = stage.runtime.spawn(server({ init: (_none: undefined, self) => self.continue(), continue: () => gone }))
    const idle = stage.runtime.spawn(server({ init: () => ({}), idleTimeoutMs: 10, idle: () => gone }))
    const ends = [continued, idle].map(endOf)
    await stage.time.advance(10)
    expect(ends.map(({ value }) => value)).toEqual(["continue", "idle"].map((field) => badReturn(field, "returned a failure")))
  })

  it("of init: an outcome is no state", async () => {
    const pid = stage.runtime.spawn(server({ init: () => gone }))
    const end = endOf(pid)
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("init", "it returned a failure"))
  })
})

describe("a return that answers the wrong request is one too", () => {
  it("a Deferred of another call; its own caller gets the error", async () => {
    const kept: Deferred<number>[] = []
    const crossed = server({
      init: () => ({}),
      call: {
        keep: (_state, _none: undefined, self) => {
          const deferred = self.defer<number>()
          kept.push(deferred)
          return deferred
        },
        cross: () => kept[0],
      },
    })
    const pid = stage.runtime.spawn(crossed)
    const end = endOf(pid)
    const asked = [watch(pid.call.keep()), watch(pid.call.cross())]
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("call.cross", "returned a Deferred of another request"))
    expect(asked.map(({ error }) => (error as { _tag: string })._tag)).toEqual(["Unavailable", "Internal"])
  })

  it("a defer whose Deferred is not returned: the caller would get two answers", async () => {
    const twofold = server({ init: () => ({}), call: { ask: (_state, _none: undefined, self) => void self.defer() } })
    const pid = stage.runtime.spawn(twofold)
    const [end, asked] = [endOf(pid), watch(pid.call.ask())]
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("call.ask", "return the Deferred"))
    expect(asked.error).toMatchObject({ _tag: "Internal" })
  })

  it("a stash whose handler answers", async () => {
    const hasty = server({
      init: () => ({}),
      call: {
        ask: (_state, _none: undefined, self) => {
          self.stash()
          return gone
        },
      },
    })
    const pid = stage.runtime.spawn(hasty)
    const end = endOf(pid)
    void watch(pid.call.ask())
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("call.ask", "put its message aside with self.stash() and returned a failure"))
  })

  it("what another message's stash gave", async () => {
    const kept: Stashed[] = []
    const mixed = server({
      init: () => ({}),
      call: {
        first: (_state, _none: undefined, self) => {
          kept.push(self.stash())
          return kept[0]
        },
        second: () => kept[0],
      },
    })
    const pid = stage.runtime.spawn(mixed)
    const end = endOf(pid)
    const asked = [watch(pid.call.first()), watch(pid.call.second())]
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("call.second", "returned what self.stash() gave for another message"))
    expect(asked.map(({ error }) => (error as { _tag: string })._tag)).toEqual(["Unavailable", "Internal"])
  })
})

describe("an answer of info's to what nobody had asked", () => {
  const letters = (): unknown[] => stage.events.flatMap((event) => (event.type === "dead_letter" ? [[event.message, event.cause]] : []))

  it.each([
    ["a failure", () => server({ init: () => ({}), info: () => gone })],
    ["a failure, later", () => server({ init: () => ({}), info: async () => gone })],
    ["a failure, later and beside others", () => server({ init: () => ({}), concurrency: 2, info: async () => gone })],
    ["a Deferred", () => server({ init: () => ({}), info: (_state, _message, self) => self.defer() })],
  ])("is reported and ends nobody, though an asker would have it: %s", async (_what, define) => {
    const pid = stage.runtime.spawn(define())
    stage.runtime.tell(pid, "told")
    await stage.time.settle()
    expect([pid.isAlive, letters()]).toEqual([true, [["told", "unhandled"]]])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 0, reported: 1, waiting: 0 })
    const asked = watch(stage.runtime.ask(pid, "asked", { timeoutMs: 10 }))
    await stage.time.advance(10)
    expect([pid.isAlive, asked.state, letters().length]).toEqual([true, "rejected", 1])
  })

  it("is reported for a signal, too, which was never counted as accepted", async () => {
    const pid = stage.runtime.spawn(server({ init: (_none: undefined, self) => void self.after(5, "tick"), info: () => gone }))
    await stage.time.advance(5)
    expect([pid.isAlive, letters()]).toEqual([true, [["tick", "unhandled"]]])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 0, handled: 0, reported: 0 })
  })

  it("is a crash where the message was put aside: it will be handled again", async () => {
    const hasty = server({
      init: () => ({}),
      info: (_state, _message, self) => {
        self.stash()
        return gone
      },
    })
    const pid = stage.runtime.spawn(hasty)
    const end = endOf(pid)
    stage.runtime.tell(pid, "told")
    await stage.time.settle()
    expect(end.value).toEqual(badReturn("info", "put its message aside"))
  })
})

describe("what stays legal", () => {
  it("undefined for a call, a value for a cast, a tell, a continuation and a detach, and a Deferred kept by a cast", async () => {
    const kept: unknown[] = []
    const lenient = server({
      init: (_none: undefined, self) => self.continue(),
      continue: () => 1,
      call: { nothing: () => undefined },
      cast: { value: () => 1, keep: (_state, _none: undefined, self) => void kept.push(self.defer()) },
      info: () => 1,
    })
    const pid = stage.runtime.spawn(lenient)
    pid.cast.value()
    pid.cast.keep()
    stage.runtime.tell(pid, "told")
    expect(await pid.call.nothing()).toBeUndefined()
    expect(pid.isAlive).toBe(true)
  })

  it("a Deferred answered before it is returned, and one given to an asker of info", async () => {
    const prompt = server({
      init: () => ({}),
      call: {
        now: (_state, _none: undefined, self) => {
          const deferred = self.defer<string>()
          deferred.reply("now")
          return deferred
        },
      },
      info: (_state, message, self) => {
        const deferred = self.defer<unknown>()
        deferred.reply(message)
        return deferred
      },
    })
    const pid = stage.runtime.spawn(prompt)
    expect(await pid.call.now()).toBe("now")
    expect(await stage.runtime.ask(pid, "asked")).toBe("asked")
  })
})

describe("an outcome in a reply's place", () => {
  it("is refused, and the request stays open", async () => {
    let kept: Deferred<unknown> | undefined
    const pid = stage.runtime.spawn(server({ init: () => ({}), call: { act: (_state, _none: undefined, self) => (kept = self.defer()) } }))
    const answer = watch(pid.call.act())
    await stage.time.settle()
    for (const outcome of [gone, kept]) expect(() => kept?.reply(outcome)).toThrow("value must be the reply itself; got an outcome")
    expect(kept?.fail(new NotFound("gone"))).toBe(true)
    await stage.time.settle()
    expect(answer.error).toBeInstanceOf(NotFound)
  })
})
