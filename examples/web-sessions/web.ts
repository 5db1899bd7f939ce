/**
 * The web server: sessions in a store, whose TTL is how long they last; and for each request the principal of its user, so that policies
 * decide what it may touch, whatever the handler asks for.
 */

import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { child, type ErrorKind, PigeonholeError, type Runtime, start, store } from "pigeonhole"
import { policies } from "./policies.ts"
import { type User, userOf } from "./users.ts"

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly cookie?: string
}

interface Login {
  readonly name?: unknown
  readonly password?: unknown
  readonly seconds?: unknown
}

const STATUS: Partial<Record<ErrorKind, number>> = {
  INVALID: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
}

/** How long a session lasts, unless its user asks for a shorter one, as on somebody else's computer. */
const SESSION_SECONDS = 8 * 60 * 60

const MAX_BODY_BYTES = 10_000

export async function startWeb(port: number): Promise<{ readonly runtime: Runtime; readonly http: Server }> {
  const tree = {
    "web:sessions": child(store<User>({ maxEntries: 100_000 }), { state: "retain" }), // a crash logs nobody out
    "web:notes": child(store<string>(), { state: "retain" }),
  }
  const runtime = await start(tree, { policies, log: () => {} })
  const sessions = await runtime.as({ id: "web:door", meta: { role: "door" } }).acquire("web:sessions") // once

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [, what, whose = ""] = (request.url ?? "").split("/")
    const token = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1]
    if (request.method === "POST" && what === "login") return logIn(Object(JSON.parse(await bodyOf(request))))
    const user = token === undefined ? undefined : await sessions.get(token)
    if (token === undefined || user === undefined) return { status: 401, body: "log in" }
    if (request.method === "POST" && what === "logout") return { status: (await sessions.delete(token)) ? 204 : 401 }
    return what === "notes" ? notesOf(user, whose, request) : { status: 404 }
  }

  async function logIn({ name, password, seconds }: Login): Promise<Answer> {
    const user = userOf(name, password)
    if (user === undefined) return { status: 401, body: "wrong name or password" }
    const token = randomUUID()
    await sessions.set(token, user, Math.min(Number(seconds) || SESSION_SECONDS, SESSION_SECONDS))
    return { status: 204, cookie: `session=${token}; HttpOnly; SameSite=Strict; Path=/` } // and Secure, behind TLS
  }

  /** Asks for whatever the client names: what it may have is not decided here. */
  async function notesOf({ id, role }: User, whose: string, request: IncomingMessage): Promise<Answer> {
    await using notes = await runtime.as({ id, meta: { role } }).acquire("web:notes") // given back with the answer
    if (request.method === "PUT") return { status: (await notes.set(whose, await bodyOf(request))) ? 204 : 500 }
    const note = await notes.get(whose)
    return note === undefined ? { status: 404 } : { status: 200, body: note }
  }

  const http = createServer((request, response) => {
    void answer(request)
      .catch(answerTo)
      .then(({ status, body, cookie }) => {
        response.writeHead(status, { "content-type": "application/json", ...(cookie === undefined ? {} : { "set-cookie": cookie }) })
        response.end(body === undefined ? undefined : JSON.stringify(body))
      })
  })
  await once(http.listen(port, "127.0.0.1"), "listening")
  return { runtime, http }
}

/** Errors that are expected have a status; all else is nobody's business but the log's. */
function answerTo(error: unknown): Answer {
  if (error instanceof SyntaxError) return { status: 400, body: "no JSON" }
  if (error instanceof PigeonholeError && error.kind in STATUS) return { status: STATUS[error.kind] ?? 500, body: error.kind }
  return { status: 500 }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ""
  for await (const part of request.setEncoding("utf8")) {
    body += part
    if (body.length > MAX_BODY_BYTES) throw new SyntaxError("too much")
  }
  return body
}
