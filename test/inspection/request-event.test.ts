/** The inspection stream tells requests to those who ask for them: whole traces, at each one's own share. */

import { describe, expect, it } from "vitest"
import { actor, type InspectionEvent, type MailboxOf, type RequestEvent, server, start, store, type TurnEvent } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { RecordingTracer } from "../support/tracer.ts"

const back = server({ init: () => ({}), call: { get: (_state, _key: string) => 1 } })
const front = server({
  init: async (_argument: undefined, self) => ({ back: await self.acquire<MailboxOf<typeof back>>("app:back") }),
  call: {
    both: async ({ back }, key: string) => {
      const first = await back.call.get(key)
      return first + (await back.call.get(key))
    },
  },
})

class Requests {
  readonly events: InspectionEvent[] = []
  readonly inspector = (event: InspectionEvent): void => void this.events.push(event)

  get requests(): readonly RequestEvent[] {
    return this.events.filter((event) => event.type === "request")
  }

  get roots(): readonly RequestEvent[] {
    return this.requests.filter(({ parent }) => parent === undefined)
  }
}

const traced = () => bootApp({ "app:back": back, "app:front": front })

describe("a request event", () => {
  it("says who asked whom for what, in whose handling, how long it took and what became of it, and not what it carried", async () => {
    const { runtime, time } = await traced()
    const heard = new Requests()
    runtime.inspect(heard.inspector, { sampleRequests: 1 })
    const mailbox = await runtime.as({ id: "ann" }).acquire("app:front")
    heard.events.length = 0
    const answer = mailbox.call.both("secret")
    await time.settle()
    expect(await answer).toBe(2)
    const { length } = heard.requests
    expect(length).toBe(3)
    const [first, second, whole] = heard.requests
    expect(whole).toEqual({
      type: "request",
      id: whole?.id,
      parent: undefined,
      target: "app:front",
      operation: "both",
      kind: "call",
      principal: "ann",
      outcome: "answered",
      errorKind: undefined,
      waitedMs: 0,
      handledMs: 0,
    })
    for (const child of [first, second])
      expect(child).toMatchObject({ parent: whole?.id, target: "app:back", operation: "get", principal: "anonymous" })
    expect(new Set(heard.requests.map(({ id }) => id)).size).toBe(3)
    expect(JSON.stringify(heard.requests)).not.toContain("secret")
  })

  it("comes of a denial too, and of a store's operations by their names alone", async () => {
    const policies = [{ effect: "allow", actions: ["service.acquire", "store.get", "store.key.get"], resources: "*" } as const]
    const { runtime } = await bootApp({ "app:cache": store() }, { policies })
    const heard = new Requests()
    runtime.inspect(heard.inspector, { sampleRequests: 1 })
    const cache = await runtime.acquire("app:cache")
    await cache.get("secret")
    await cache.set("secret", 1).catch(() => {})
    expect(heard.requests.map(({ target, operation, outcome, errorKind }) => [target, operation, outcome, errorKind])).toEqual([
      ["app:cache", "get", "answered", undefined],
      ["app:cache", "set", "denied", "PERMISSION_DENIED"],
    ])
    expect(JSON.stringify(heard.requests)).not.toContain("secret")
  })

  it("comes to nobody who has not asked for it, and to nobody who has been removed", async () => {
    const { runtime } = await traced()
    const [deaf, heard] = [new Requests(), new Requests()]
    runtime.inspect(deaf.inspector)
    runtime.inspect(deaf.inspector, { sampleRequests: 0 })
    const remove = runtime.inspect(heard.inspector, { sampleRequests: 1 })
    const mailbox = await runtime.acquire("app:back")
    await mailbox.call.get("k")
    expect(heard.requests).toHaveLength(1)
    remove()
    remove()
    await mailbox.call.get("k")
    expect(heard.requests).toHaveLength(1)
    expect(deaf.requests).toEqual([])
  })

  it("is picked with all that follows from it or not at all, at each one's share, and the same ones each time", async () => {
    const run = async (): Promise<readonly Requests[]> => {
      const { runtime } = await traced()
      const all = [0.5, 0.1].map((sampleRequests) => {
        const heard = new Requests()
        runtime.inspect(heard.inspector, { sampleRequests })
        return heard
      })
      const mailbox = await runtime.acquire("app:front")
      for (let index = 0; index < 400; index += 1) await mailbox.call.both("k")
      return all
    }
    const [half, tenth] = (await run()) as [Requests, Requests]
    for (const heard of [half, tenth]) {
      expect(heard.requests.filter(({ parent }) => parent !== undefined)).toHaveLength(2 * heard.roots.length)
      const roots = new Set(heard.roots.map(({ id }) => id))
      for (const { parent } of heard.requests) expect(parent === undefined || roots.has(parent)).toBe(true)
    }
    expect(half.roots.length).toBeGreaterThan(150)
    expect(half.roots.length).toBeLessThan(250)
    expect(tenth.roots.length).toBeGreaterThan(20)
    expect(tenth.roots.length).toBeLessThan(65)
    const ids = new Set(half.roots.map(({ id }) => id))
    for (const { id } of tenth.roots) expect(ids.has(id)).toBe(true)
    expect((await run()).map(({ requests }) => requests)).toEqual([half.requests, tenth.requests])
  })

  it("is drawn anew where who asks for them changes, and comes of each root where one wants all", async () => {
    const { runtime } = await traced()
    const rare = new Requests()
    const all = new Requests()
    runtime.inspect(rare.inspector, { sampleRequests: Number.MIN_VALUE })
    const mailbox = await runtime.acquire("app:front")
    for (let index = 0; index < 50; index += 1) await mailbox.call.both("k")
    expect(rare.requests).toEqual([])
    const remove = runtime.inspect(all.inspector, { sampleRequests: 1 })
    for (let index = 0; index < 50; index += 1) await mailbox.call.both("k")
    expect(all.roots).toHaveLength(50)
    expect(rare.requests).toEqual([])
    remove()
    for (let index = 0; index < 50; index += 1) await mailbox.call.both("k")
    expect([all.roots.length, rare.requests.length]).toEqual([50, 0])
    await runtime.stop()
  })

  it("leaves what else is drawn as it was", async () => {
    const drawn = async (options: object): Promise<number> => {
      const time = virtualTime()
      const runtime = await start({ "app:back": back }, { host: time, ...options })
      await (await runtime.acquire("app:back")).call.get("k")
      await runtime.stop()
      return time.random()
    }
    expect(await drawn({ inspect: () => {}, sampleRequests: 1 })).toBe(await drawn({}))
  })

  it("is told beside a tracer, each with parents of its own", async () => {
    const tracer = new RecordingTracer(({ target }) => target === "app:back")
    const heard = new Requests()
    const { runtime } = await bootApp({ "app:back": back, "app:front": front }, { tracer, inspect: heard.inspector, sampleRequests: 1 })
    const mailbox = await runtime.acquire("app:front")
    heard.events.length = 0
    await mailbox.call.both("k")
    expect(tracer.parents).toEqual(["app:back.get < none", "app:back.get < none"])
    expect(heard.requests.map(({ parent }) => parent)).toEqual([heard.roots[0]?.id, heard.roots[0]?.id, undefined])
  })

  it("that an inspector throws at, or asks in the middle of, changes nothing", async () => {
    const { runtime, log, time } = await traced()
    const mailbox = await runtime.acquire("app:back")
    let told = 0
    const answers: Promise<unknown>[] = []
    runtime.inspect(
      (event) => {
        if (event.type !== "request") return
        told += 1
        answers.push(mailbox.call.get("again").catch(() => {}))
        throw new Error("inspector")
      },
      { sampleRequests: 1 },
    )
    for (let index = 0; index < 50; index += 1) expect(await mailbox.call.get("k")).toBe(1)
    await time.settle()
    expect(told).toBe(50)
    expect(log.filter(({ message }) => message === "an inspector threw on request").length).toBeLessThanOrEqual(10)
  })

  it("of a request that another runtime's handler asks is a root here: numbers are of one runtime", async () => {
    const there = await traced()
    const here = await bootApp({ "app:back": back })
    const mailbox = await here.runtime.acquire("app:back")
    const receiving = there.runtime.spawn(
      actor(async (self) => {
        await self.receive()
        await mailbox.call.get("k")
      }),
    )
    const asking = server({
      init: () => ({}),
      call: { go: () => mailbox.call.get("k"), later: () => Promise.resolve().then(() => mailbox.call.get("k")) },
      cast: { pass: (_state, _none: undefined, self) => void self.tell(receiving, "go") },
    })
    const outside = there.runtime.spawn(asking)
    const heard = { there: new Requests(), here: new Requests() }
    there.runtime.inspect(heard.there.inspector, { sampleRequests: 1 })
    here.runtime.inspect(heard.here.inspector, { sampleRequests: 1 })
    await outside.call.go()
    await outside.call.later()
    outside.cast.pass()
    await there.time.settle()
    await here.time.settle()
    expect(heard.there.requests.map(({ operation }) => operation)).toEqual(["go", "later", "pass", "message"])
    expect(heard.here.requests.map(({ operation, parent }) => [operation, parent])).toEqual([
      ["get", undefined],
      ["get", undefined],
      ["get", undefined],
    ])
    await there.runtime.stop()
    await here.runtime.stop()
  })

  it("gives log lines no ids", async () => {
    const reporter = server({ init: () => ({}), call: { say: (_state, _key: string, self) => self.report({ message: "said" }) } })
    const { runtime, log } = await bootApp({ "app:r": reporter }, { inspect: () => {}, sampleRequests: 1 })
    await (await runtime.acquire("app:r")).call.say("k")
    expect(log.find(({ message }) => message.includes("said"))).not.toHaveProperty("trace")
  })

  it("is asked for by a share from 0 to 1", async () => {
    const { runtime } = await traced()
    for (const sampleRequests of [-0.1, 1.1, Number.NaN]) {
      expect(() => runtime.inspect(() => {}, { sampleRequests })).toThrow("sampleRequests must be a number from 0 to 1")
    }
  })
})

describe("a turn event", () => {
  it("says how long the runtime kept the host, and with how many messages; to who asks for it", async () => {
    const { runtime, time } = await traced()
    const turns: TurnEvent[] = []
    const remove = runtime.inspect((event) => void (event.type === "turn" && turns.push(event)), { measureTurns: true })
    const mailbox = await runtime.acquire("app:back")
    await Promise.all(Array.from({ length: 10 }, () => mailbox.call.get("k")))
    await time.settle()
    expect(turns.reduce((sum, { messages }) => sum + messages, 0)).toBeGreaterThanOrEqual(9)
    for (const { durationMs } of turns) expect(durationMs).toBe(0)
    remove()
    const { length } = turns
    await Promise.all(Array.from({ length: 10 }, () => mailbox.call.get("k")))
    await time.settle()
    expect(turns).toHaveLength(length)
  })
})
