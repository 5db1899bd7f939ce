import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, child, Invalid, type Self, server, Unavailable } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { latch } from "../support/latch.ts"
import { refusalBy } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

/** Notes what it hears; a promise it is told makes it busy until that settles. */
async function listener() {
  const heard: unknown[] = []
  const selves: Self[] = []
  const definition = server({
    init: (_none: undefined, self) => void selves.push(self),
    info: (_state, message) => (message instanceof Promise ? message : void heard.push(message)),
  })
  const pid = stage.runtime.spawn(definition)
  await stage.time.settle()
  return { pid, heard, self: selves[0] as Self }
}

describe("a timer with a key", () => {
  it("cancels the earlier one of that key, be it an after or an every; those of other keys and of none go on", async () => {
    const { heard, self } = await listener()
    const symbol = Symbol("key")
    self.after(10, "first", { key: "k" })
    self.every(10, "second", { key: "k" })
    self.after(25, "third", { key: "k" })
    self.after(5, "symbol", { key: symbol })
    self.after(5, "none")
    await stage.time.advance(100)
    expect(heard).toEqual(["symbol", "none", "third"])
  })

  it("never delivers a tick of an earlier arming, though it waits in the inbox already", async () => {
    const { pid, heard, self } = await listener()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    self.after(10, "earlier", { key: "k" })
    await stage.time.advance(10)
    self.after(10, "later", { key: "k" })
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual([])
    await stage.time.advance(10)
    expect(heard).toEqual(["later"])
  })

  it("never delivers one that a selective receive has left", async () => {
    const selves: Self[] = []
    const heard: unknown[] = []
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        selves.push(self)
        await self.receive((message) => message === "go")
        heard.push(await self.receive())
      }),
    )
    await stage.time.settle()
    selves[0]?.after(10, "earlier", { key: "k" })
    await stage.time.advance(10)
    selves[0]?.after(10, "later", { key: "k" })
    stage.runtime.tell(pid, "go")
    await stage.time.advance(10)
    expect(heard).toEqual(["later"])
  })

  it("is free for another once it has fired", async () => {
    const { heard, self } = await listener()
    self.after(10, "one", { key: "k" })
    await stage.time.advance(10)
    expect(self.cancelTimer("k")).toBe(false)
    self.after(10, "two", { key: "k" })
    await stage.time.advance(10)
    expect(heard).toEqual(["one", "two"])
  })

  it("that was cancelled by its own handle leaves a later one of its key alone", async () => {
    const { heard, self } = await listener()
    const earlier = self.after(10, "earlier", { key: "k" })
    self.after(10, "later", { key: "k" })
    expect(earlier.cancel()).toBe(false)
    await stage.time.advance(10)
    expect(heard).toEqual(["later"])
  })

  it.each([1, null, {}])("takes no %j for its key", async (key) => {
    const { self } = await listener()
    expect(refusalBy(() => self.after(1, "tick", { key: key as unknown as string }))).toBeInstanceOf(Invalid)
    expect(refusalBy(() => self.every(1, "tick", { key: key as unknown as string }))).toBeInstanceOf(Invalid)
    expect(refusalBy(() => self.cancelTimer(key as unknown as string))).toBeInstanceOf(Invalid)
  })

  it("takes no option it does not know", async () => {
    const { self } = await listener()
    expect(refusalBy(() => self.after(1, "tick", { name: "k" } as never))).toMatchObject({ details: { field: "name" } })
  })
})

describe("cancelTimer", () => {
  it("gives the milliseconds that were left, and false where there is none", async () => {
    const { heard, self } = await listener()
    self.after(100, "tick", { key: "k" })
    await stage.time.advance(30)
    expect([self.cancelTimer("k"), self.cancelTimer("k"), self.cancelTimer("other")]).toEqual([70, false, false])
    self.every(100, "tick", { key: "k" })
    await stage.time.advance(150)
    expect(self.cancelTimer("k")).toBe(50)
    await stage.time.advance(1000)
    expect(heard).toEqual(["tick"])
  })

  it("takes back a tick that waits already: nothing is left of its time", async () => {
    const { pid, heard, self } = await listener()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    self.after(10, "tick", { key: "k" })
    await stage.time.advance(15)
    expect(self.cancelTimer("k")).toBe(0)
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual([])
  })
})

describe("a timer of an earlier incarnation", () => {
  it("never ticks in the next one, though its tick waited in the inbox that both share, and a function of the earlier one arms more", async () => {
    const heard: unknown[] = []
    const selves: Self[] = []
    const holds = [latch(), latch()]
    const keeper = server({
      init: (_none: undefined, self) => {
        selves.push(self)
        return { incarnation: selves.length }
      },
      cast: {
        hold: async (state) => {
          await holds[state.incarnation - 1]?.promise
          throw new Error("boom")
        },
        note: (_state, text: string) => void heard.push(text),
      },
      info: (state, message) => void heard.push([state.incarnation, message]),
    })
    const { runtime, time } = await bootApp({ "app:keeper": child(keeper, { backoff: { initialMs: 50 } }) })
    const mailbox = await runtime.acquire("app:keeper")
    mailbox.cast.hold()
    await time.settle()
    selves[0]?.after(10, "waits", { key: "k" })
    selves[0]?.every(40, "runs", { key: "other" })
    await time.advance(10)
    mailbox.cast.note("kept")
    holds[0]?.open()
    await time.settle()
    expect(refusalBy(() => selves[0]?.after(1, "armed after the end", { key: "k" }))).toBeInstanceOf(Unavailable)
    expect(selves[0]?.cancelTimer("k")).toBe(false)
    await time.advance(5000)
    expect(selves.length).toBe(2)
    expect(heard).toEqual(["kept"])
    selves[1]?.after(10, "own", { key: "k" })
    await time.advance(10)
    expect(heard).toEqual(["kept", [2, "own"]])
    void runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })
})
