/** Sessions of express-session in a store, in an application of Express, by requests that overtake each other. */

import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import express, { type NextFunction, type Request, type Response } from "express"
import session from "express-session"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { type SessionStoreOptions, sessionStore } from "../../actors/express-session/express-session.ts"
import { type StoreMailbox, start, store } from "../../actors/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { refusalBy } from "../support/refusal.ts"

declare module "express-session" {
  interface SessionData {
    count?: number
    by?: string
    banner?: { cookie: boolean }
  }
}

interface Site {
  readonly mailbox: StoreMailbox<string>
  readonly time: VirtualTime
  /** Asks for a path with the cookies of a browser, and keeps those that come. */
  browser(): (path: string) => Promise<string>
  /** Lets the requests that wait at `/slow/…` go on, in the order of their names. */
  readonly gates: Map<string, () => void>
  ids(): Promise<string[]>
}

async function openSite(options: Partial<session.SessionOptions> = {}, ours?: SessionStoreOptions, maxEntries = 100): Promise<Site> {
  const time = virtualTime({ unseenMs: 0 })
  const runtime = await start({ "app:sessions": store<string>({ maxEntries }) }, { host: time })
  const mailbox = await runtime.acquire("app:sessions")
  const gates = new Map<string, () => void>()
  const app = express()
  app.use(session({ secret: "s", resave: false, saveUninitialized: false, store: sessionStore(mailbox, ours), ...options }))
  const answer = (request: Request, response: Response): void =>
    void response.json({ count: request.session.count, by: request.session.by })
  app.get("/count", (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1
    answer(request, response)
  })
  app.get("/look", answer)
  app.get("/by/:name", (request, response) => {
    request.session.by = request.params.name
    answer(request, response)
  })
  app.get("/out", (request, response) => request.session.destroy(() => response.send("out")))
  app.get("/anew", (request, response) => request.session.regenerate(() => answer(request, response)))
  app.get("/saved", (request, response) => {
    request.session.by = "saved"
    request.session.save(() => answer(request, response))
  })
  app.get("/login", (request, response, next) => {
    request.session.regenerate(() => {
      request.session.by = "login"
      request.session.save((error) => (error ? next(error) : answer(request, response)))
    })
  })
  app.get("/longer", (request, response) => {
    request.session.cookie.maxAge = 3_600_000
    answer(request, response)
  })
  app.get("/banner/:answer", (request, response) => {
    request.session.banner = { cookie: request.params.answer === "yes" }
    response.json(request.session.banner)
  })
  app.get("/banner", (request, response) => void response.json(request.session.banner))
  app.get("/saved/after/:end", (request, response) => {
    const { session } = request
    session.by = "saved"
    const save = (): void => void session.save(() => response.end())
    if (request.params.end === "out") session.destroy(save)
    else session.regenerate(save)
  })
  app.get("/slow/:gate/:what", async (request, response) => {
    await new Promise<void>((resolve) => gates.set(request.params.gate, resolve))
    if (request.params.what === "change") request.session.by = request.params.gate
    if (request.params.what === "longer") request.session.cookie.maxAge = 3_600_000
    answer(request, response)
  })
  app.use((error: { kind?: string }, _request: Request, response: Response, _next: NextFunction) => {
    if (!response.headersSent) response.status(503).send(error.kind)
  })
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, "127.0.0.1", () => resolve(listening))
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await runtime.stop()
  })
  const { port } = server.address() as AddressInfo
  const browser = (): ((path: string) => Promise<string>) => {
    let cookie = ""
    return async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } })
      const [set] = response.headers.getSetCookie()
      if (set !== undefined) cookie = set.split(";")[0] as string
      return response.text()
    }
  }
  const ids = async (): Promise<string[]> => {
    const keys: string[] = []
    for await (const key of mailbox.keys()) keys.push(key)
    return keys
  }
  return { mailbox, time, browser, gates, ids }
}

async function waitsAt(gates: Map<string, () => void>, name: string): Promise<() => void> {
  for (;;) {
    const gate = gates.get(name)
    if (gate !== undefined) return gate
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe("sessions in a store", () => {
  it("are each browser's own, and live from request to request", async () => {
    const { browser, ids } = await openSite()
    const [one, other] = [browser(), browser()]
    await one("/count")
    expect([await one("/count"), await other("/count"), await one("/look")]).toEqual(['{"count":2}', '{"count":1}', '{"count":2}'])
    expect((await ids()).every((key) => key.startsWith("sess:"))).toBe(true)
  })

  it("end by the store's clock: with their cookie's age, or after a day", async () => {
    for (const [options, ttl] of [
      [{ cookie: { maxAge: 60_000 } }, 60],
      [{}, 86_400],
    ] as const) {
      const { browser, time, ids } = await openSite(options)
      const ask = browser()
      await ask("/count")
      await time.advance(ttl * 1000 - 1000)
      expect(await ask("/look")).toBe('{"count":1}')
      await time.advance(ttl * 1000)
      expect([await ask("/look"), await ids()]).toEqual(["{}", []])
    }
  })

  it("are touched by a request that changes nothing, which writes nothing", async () => {
    const { browser, time, mailbox, ids } = await openSite({ cookie: { maxAge: 60_000 }, rolling: true })
    const ask = browser()
    await ask("/count")
    const [key = ""] = await ids()
    const before = await mailbox.entry(key)
    for (let n = 0; n < 5; n += 1) {
      await time.advance(50_000)
      expect(await ask("/look")).toBe('{"count":1}')
    }
    expect((await mailbox.entry(key))?.version).toBe(before?.version)
  })

  it("are saved in the middle of a request that comes long after the last save, and live on", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const { browser, time } = await openSite({ cookie: { maxAge: 60_000 } })
    const ask = browser()
    await ask("/count")
    for (let n = 0; n < 3; n += 1) {
      await time.advance(50_000)
      vi.setSystemTime(time.now())
      await ask("/look")
    }
    expect(await ask("/saved")).toBe('{"count":1,"by":"saved"}')
    await time.advance(59_000)
    vi.setSystemTime(time.now())
    expect(await ask("/look")).toBe('{"count":1,"by":"saved"}')
  })

  it("have another age from then on, where a request changes that alone", async () => {
    const { browser, time, mailbox, ids } = await openSite({ cookie: { maxAge: 60_000 } })
    const ask = browser()
    await ask("/count")
    await ask("/longer")
    await ask("/look")
    const [key = ""] = await ids()
    expect(await mailbox.ttl(key)).toBeGreaterThan(3_590)
    await time.advance(3_000_000)
    expect(await ask("/look")).toBe('{"count":1}')
  })

  it("keep what another request has saved, where a slow one has changed their age alone", async () => {
    const { browser, gates } = await openSite({ cookie: { maxAge: 60_000 } })
    const ask = browser()
    await ask("/count")
    const slow = ask("/slow/a/longer")
    const go = await waitsAt(gates, "a")
    await ask("/by/another")
    go()
    await slow
    expect(await ask("/look")).toBe('{"count":1,"by":"another"}')
  })

  it("keep what is called cookie further down", async () => {
    const { browser } = await openSite()
    const ask = browser()
    await ask("/banner/yes")
    await ask("/banner/no")
    expect(await ask("/banner")).toBe('{"cookie":false}')
  })

  it.each(["out", "anew"])("do not come back where the request that made them saves them after it has ended them (%s)", async (end) => {
    const { browser, mailbox } = await openSite()
    await browser()(`/saved/after/${end}`)
    for await (const { value } of mailbox.entries()) expect(value).not.toContain("saved")
  })

  it.each([false, true])("keep what another request has saved, where a slow one has changed nothing (resave: %s)", async (resave) => {
    const { browser, gates } = await openSite({ resave })
    const ask = browser()
    await ask("/count")
    const slow = ask("/slow/a/look")
    const go = await waitsAt(gates, "a")
    await ask("/by/another")
    go()
    await slow
    expect(await ask("/look")).toBe('{"count":1,"by":"another"}')
  })

  it("are as the later of two requests has saved them, that both have changed them", async () => {
    const { browser, gates } = await openSite()
    const ask = browser()
    await ask("/count")
    const slow = [ask("/slow/a/change"), ask("/slow/b/change")]
    const [a, b] = [await waitsAt(gates, "a"), await waitsAt(gates, "b")]
    b()
    await slow[1]
    a()
    await slow[0]
    expect(await ask("/look")).toBe('{"count":1,"by":"a"}')
  })

  it.each(["change", "look"])("do not come back by a slow request that ends (%s) after they were destroyed", async (what) => {
    const { browser, gates, ids } = await openSite()
    const ask = browser()
    await ask("/count")
    const slow = ask(`/slow/a/${what}`)
    const go = await waitsAt(gates, "a")
    await ask("/out")
    go()
    await slow
    expect([await ids(), await ask("/look")]).toEqual([[], "{}"])
  })

  it("are refused to who saves before answering, where the store is full, and nobody else loses one", async () => {
    const { browser, ids } = await openSite({}, {}, 1)
    const first = browser()
    expect(await first("/login")).toBe('{"by":"login"}')
    const [kept] = await ids()
    expect(await browser()("/login")).toBe("UNAVAILABLE")
    expect([await ids(), await first("/look")]).toEqual([[kept], '{"by":"login"}'])
  })

  it("are others after they were made anew", async () => {
    const { browser, ids } = await openSite()
    const ask = browser()
    await ask("/count")
    const [before] = await ids()
    expect(await ask("/anew")).toBe("{}")
    await ask("/count")
    const after = await ids()
    expect([after.length, after[0] === before]).toEqual([1, false])
  })
})

describe("sessionStore", () => {
  const called = <Result>(call: (done: (error: unknown, result?: Result) => void) => void): Promise<Result | undefined> =>
    new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))))

  it("lists, counts and ends its own alone", async () => {
    const { mailbox } = await openSite()
    const [one, other] = [sessionStore(mailbox, { prefix: "one:" }), sessionStore(mailbox, { prefix: "other:" })]
    const data = { cookie: { originalMaxAge: null }, count: 1 } as session.SessionData
    for (const id of ["a", "b"]) await called((done) => one.set(id, data, done))
    await called((done) => other.set("a", data, done))
    expect(await called<object | null>((done) => one.all(done))).toMatchObject({ a: { count: 1 }, b: { count: 1 } })
    expect(await called<number>((done) => one.length(done))).toBe(2)
    await called((done) => one.clear(done))
    expect([await called<number>((done) => one.length(done)), await called<number>((done) => other.length(done))]).toEqual([0, 1])
  })

  it("does not bring back what was read by it, and destroyed since", async () => {
    const { mailbox } = await openSite()
    const sessions = sessionStore(mailbox)
    const data = { cookie: { originalMaxAge: null }, count: 1 } as session.SessionData
    await called((done) => sessions.set("a", data, done))
    const read = (await called<session.SessionData | null>((done) => sessions.get("a", done))) as session.SessionData
    await called((done) => sessions.destroy("a", done))
    read.count = 2
    await called((done) => sessions.set("a", read, done))
    expect(await called<number>((done) => sessions.length(done))).toBe(0)
    await called((done) => sessions.set("b", read, done))
    expect(await called<object | null>((done) => sessions.all(done))).toMatchObject({ b: { count: 2 } })
  })

  it("tells what the store refuses", async () => {
    const { mailbox } = await openSite()
    const sessions = sessionStore(mailbox)
    await mailbox.release()
    await expect(called((done) => sessions.get("a", done))).rejects.toMatchObject({ kind: "INVALID" })
    await expect(called((done) => sessions.destroy("a", done))).rejects.toMatchObject({ kind: "INVALID" })
  })

  it("tells whoever reads what is no session, and ends neither the request nor the program", async () => {
    const { mailbox } = await openSite()
    const kept = sessionStore(mailbox)
    for (const text of ["no JSON", "null", "5", "[]", "{}", '{"cookie":5}', 5 as never]) {
      await mailbox.set("sess:foreign", text)
      const refusal = { kind: "INVALID", details: { field: "value" } }
      expect(await new Promise((resolve) => kept.get("foreign", resolve))).toMatchObject(refusal)
      expect(await new Promise((resolve) => kept.load("foreign", resolve))).toMatchObject(refusal)
      expect(await new Promise((resolve) => kept.all(resolve))).toMatchObject(refusal)
    }
  })

  it("tells what is wrong of a session, as of anything that fails later", async () => {
    const { mailbox } = await openSite()
    const kept = sessionStore(mailbox)
    for (const wrong of [undefined, null, 5, "a"] as never[]) {
      for (const said of ["set", "touch"] as const) {
        const refusal = await new Promise((resolve) => kept[said]("a", wrong, resolve))
        expect(refusal).toMatchObject({ kind: "INVALID", details: { field: "session" } })
      }
    }
    for (const ttl of ["5", 0, -1, Number.NaN, 1e300] as never[]) {
      expect(refusalBy(() => sessionStore(mailbox, { ttl }))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
    }
    for (const prefix of [5, "\ud800"] as never[]) {
      expect(refusalBy(() => sessionStore(mailbox, { prefix }))).toMatchObject({ kind: "INVALID", details: { field: "prefix" } })
    }
  })

  it("takes a mailbox of a store alone, and tells what is wrong", async () => {
    const { mailbox } = await openSite()
    expect(refusalBy(() => sessionStore({} as never))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    for (const options of [{ ttl: 0 }, { ttl: "1" }]) {
      expect(refusalBy(() => sessionStore(mailbox, options as never))).toMatchObject({ details: { field: "ttl" } })
    }
    expect(refusalBy(() => sessionStore(mailbox, { prefix: 1 } as never))).toMatchObject({ details: { field: "prefix" } })
  })
})
