/** A store that counts for express-rate-limit, in an application of Express. */

import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { type StoreMailbox, start, store } from "../../actors/index.ts"
import { rateLimitStore } from "../../actors/rate-limit/rate-limit.ts"
import { virtualTime } from "../../src/testing.ts"
import { describeWith, libraryApart } from "../house/apart.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"

describe("rateLimitStore", () => {
  it("counts from the first hit of a window to its end, one step a hit", async () => {
    const time = virtualTime({ systemTimeMs: 1_000_000 })
    await using runtime = await start({ "app:limits": store<number>() }, { host: time })
    const counts = rateLimitStore(await runtime.acquire("app:limits"))
    counts.init({ windowMs: 10_000 })
    const hits = await Promise.all(Array.from({ length: 100 }, () => counts.increment("a")))
    expect(hits.map(({ totalHits }) => totalHits)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    await time.advance(4_000)
    expect(await counts.increment("a")).toEqual({ totalHits: 101, resetTime: new Date(1_010_000) })
    expect(await counts.get("a")).toEqual({ totalHits: 101, resetTime: new Date(1_010_000) })
    await time.advance(6_000)
    expect(await counts.get("a")).toBeUndefined()
    expect(await counts.increment("a")).toEqual({ totalHits: 1, resetTime: new Date(1_020_000) })
  })

  it("takes hits back, never below none, and begins anew for a key or for all of its own", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { log: () => {} })
    const mailbox = await runtime.acquire("app:limits")
    const [one, other] = [rateLimitStore(mailbox, { prefix: "one:" }), rateLimitStore(mailbox, { prefix: "other:" })]
    await one.decrement("a")
    expect(await one.get("a")).toBeUndefined()
    await one.increment("a")
    await one.decrement("a")
    await one.decrement("a")
    expect(await one.get("a")).toMatchObject({ totalHits: 0 })
    for (const counts of [one, other]) await counts.increment("b")
    await one.resetKey("a")
    await one.resetAll()
    expect([await one.get("a"), await one.get("b"), await other.get("b")]).toMatchObject([undefined, undefined, { totalHits: 1 }])
  })

  it("counts apart from a limiter whose prefix begins with its own, and leaves its counts alone", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { log: () => {} })
    const mailbox = await runtime.acquire("app:limits")
    const [all, logins] = [rateLimitStore(mailbox), rateLimitStore(mailbox, { prefix: "rate:login:" })]
    const hits = (key: string) => Promise.all([all, logins].map(async (counts) => (await counts.get(key))?.totalHits))
    for (const key of ["login:ann", "login%3Aann", "::1", "%"]) {
      await all.increment(key)
      expect(await hits(key)).toEqual([1, undefined])
    }
    await logins.increment("ann")
    await logins.increment("login:ann")
    expect(await all.get("login:ann")).toMatchObject({ totalHits: 1 })
    await all.resetAll()
    expect(await Promise.all(["login:ann", "login%3Aann", "::1", "%"].map((key) => all.get(key)))).toEqual(Array(4).fill(undefined))
    expect([await logins.get("ann"), await logins.get("login:ann")]).toMatchObject([{ totalHits: 1 }, { totalHits: 1 }])
    await logins.resetAll()
    expect(await mailbox.count()).toBe(0)
  })

  it("begins anew for more keys than are deleted at once, while hits come", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { log: () => {} })
    const mailbox = await runtime.acquire("app:limits")
    const counts = rateLimitStore(mailbox)
    await mailbox.setMany(Array.from({ length: 5000 }, (_, n) => [`rate:${n}`, 7] as const))
    const [hit] = await Promise.all([counts.increment("new"), counts.resetAll()])
    expect(hit).toMatchObject({ totalHits: 1 })
    expect(await mailbox.count()).toBeLessThanOrEqual(1)
    expect(await counts.increment("4999")).toMatchObject({ totalHits: 1 })
  })

  it("tells what is wrong of a window, and counts by the one that it has", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { host: virtualTime({ systemTimeMs: 1_000_000 }) })
    const counts = rateLimitStore(await runtime.acquire("app:limits"))
    counts.init({ windowMs: 5000 })
    for (const options of [undefined, null, 5]) {
      expect(refusalBy(() => counts.init(options as never))).toMatchObject({ kind: "INVALID", details: { field: "windowMs" } })
    }
    for (const windowMs of [0, -1, Number.NaN, "60000", undefined, null, 2 ** 54]) {
      expect(refusalBy(() => counts.init({ windowMs: windowMs as number }))).toMatchObject({
        kind: "INVALID",
        details: { field: "windowMs" },
      })
    }
    expect(await counts.increment("a")).toEqual({ totalHits: 1, resetTime: new Date(1_005_000) })
    counts.init({ windowMs: Number.POSITIVE_INFINITY })
    expect(await counts.increment("b")).toEqual({ totalHits: 1, resetTime: undefined })
  })

  it("refuses to count what is no count, and leaves it as it is", async () => {
    await using runtime = await start({ "app:limits": store<unknown>() }, { log: () => {} })
    const mailbox = await runtime.acquire("app:limits")
    const counts = rateLimitStore(mailbox as StoreMailbox<number>)
    await mailbox.set("rate:a", "somebody's")
    for (const refused of [counts.increment("a"), counts.decrement("a"), counts.get("a")]) {
      expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "value" } })
    }
    expect(await mailbox.get("rate:a")).toBe("somebody's")
  })

  it("tells what is wrong of a key and a prefix", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { log: () => {} })
    const mailbox = await runtime.acquire("app:limits")
    const counts = rateLimitStore(mailbox)
    for (const key of [undefined, null, 5, {}] as never[]) {
      for (const refused of [counts.increment(key), counts.decrement(key), counts.get(key), counts.resetKey(key)]) {
        expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "key" } })
      }
    }
    expect(await mailbox.count()).toBe(0)
    for (const prefix of [5, "\ud800"] as never[]) {
      expect(refusalBy(() => rateLimitStore(mailbox, { prefix }))).toMatchObject({ kind: "INVALID", details: { field: "prefix" } })
    }
  })

  it("tells what is wrong", () => {
    for (const wrong of [undefined, {}, "a"]) {
      expect(refusalBy(() => rateLimitStore(wrong as never))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    }
  })
})

describeWith(["express", "express-rate-limit"], "express-rate-limit", () => {
  it("lets so many requests of a client pass in a window, and counts each once", async () => {
    await using runtime = await start({ "app:limits": store<number>() }, { log: () => {} })
    type Listener = (request: object, response: { send(text: string): void }, next: () => void) => void
    interface Application {
      use(handler: Listener): void
      get(path: string, handler: Listener): void
      listen(port: number, host: string, done: () => void): Server
    }
    const { default: express } = await libraryApart<{ default: () => Application }>("express")
    const { rateLimit } = await libraryApart<{ rateLimit: (options: object) => Listener }>("express-rate-limit")
    const app = express()
    app.use(
      rateLimit({ windowMs: 60_000, limit: 3, standardHeaders: "draft-7", store: rateLimitStore(await runtime.acquire("app:limits")) }),
    )
    app.get("/", (_request, response) => response.send("served"))
    const server = await new Promise<Server>((resolve) => {
      const listening: Server = app.listen(0, "127.0.0.1", () => resolve(listening))
    })
    try {
      const { port } = server.address() as AddressInfo
      const answers = []
      for (let n = 0; n < 5; n += 1) answers.push(await fetch(`http://127.0.0.1:${port}/`))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
      expect(answers[0]?.headers.get("ratelimit")).toMatch(/limit=3, remaining=2/)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
