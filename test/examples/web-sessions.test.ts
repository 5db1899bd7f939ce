/** What the web server of the examples answers to requests that no browser sends. */

import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Runtime } from "pigeonhole"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWeb } from "../../examples/web-sessions/web.ts"

let runtime: Runtime
let http: Server
beforeAll(async () => {
  ;({ runtime, http } = await startWeb(0))
})
afterAll(async () => {
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  await runtime.stop()
  expect(runtime.statistics().processes).toBe(0)
})

const send = async (method: string, path: string, body?: string, cookie = "") =>
  fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`, {
    method,
    headers: { cookie },
    ...(body === undefined ? {} : { body }),
  })

async function logIn(login: object): Promise<string> {
  const { headers } = await send("POST", "/login", JSON.stringify(login))
  return headers.get("set-cookie")?.split(";")[0] ?? "nobody"
}

describe("the web server with sessions", () => {
  it.each([
    ["no JSON", "POST", "/login", "{", 400],
    ["JSON that is no login", "POST", "/login", "null", 401],
    ["a login of somebody that is no text", "POST", "/login", '{"name":{},"password":[]}', 401],
    ["a body without end", "POST", "/login", "x".repeat(20_000), 400],
    ["a session that nobody has", "GET", "/notes/alice", undefined, 401],
    ["a logout of nobody", "POST", "/logout", undefined, 401],
  ] as const)("answers %s, and goes on", async (_what, method, path, body, status) => {
    expect((await send(method, path, body, "session=none")).status).toBe(status)
    expect(await logIn({ name: "alice", password: "wonderland" })).toMatch(/^session=/)
  })

  it("takes a session's token for no one else's, and ends it with its logout alone", async () => {
    const [one, two] = [await logIn({ name: "alice", password: "wonderland" }), await logIn({ name: "alice", password: "wonderland" })]
    expect(one).not.toBe(two)
    expect((await send("POST", "/logout", "", one)).status).toBe(204)
    expect((await send("GET", "/notes/alice", undefined, one)).status).toBe(401)
    expect((await send("GET", "/notes/alice", undefined, two)).status).toBe(404)
  })

  it("gives nobody a session for longer than it gives one, nor one without end", async () => {
    for (const seconds of [1e9, Number.NaN, "Infinity", null]) {
      expect(await logIn({ name: "bob", password: "builder", seconds })).toMatch(/^session=/)
    }
    expect(await logIn({ name: "bob", password: "builder", seconds: -1 })).toBe("nobody")
  })

  it("gives its mailbox back after each request", async () => {
    const cookie = await logIn({ name: "eve", password: "paradise" })
    const held = () => runtime.tree().children.map(({ id, attachments }) => `${id} ${attachments}`)
    for (let request = 0; request < 5; request += 1) await (await send("GET", "/notes/alice", undefined, cookie)).text()
    expect(held()).toEqual(["web:sessions 1", "web:notes 0"])
  })
})
