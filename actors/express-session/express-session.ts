/**
 * `pigeonhole/express-session`: a store that keeps the sessions of express-session. Needs `express-session` beside this package.
 *
 * Invariants
 * - A request that has changed nothing of its session, or only touches it, writes nothing of it: what another request has saved stays.
 * - Of two requests that have both changed it, the one that saves later wins, as a whole.
 * - What was destroyed is not brought back by a request that had loaded it before, or had made it.
 * - A session that is touched is not written, but for another age of its cookie: so what is stored may say an end that has long been moved on.
 */

import session, { type SessionData } from "express-session"
import { checkOptions, invalid, StoreMailbox, shown } from "../index.ts"

if (typeof session?.Store !== "function") {
  throw invalid("express-session", "must be express-session 1 for pigeonhole/express-session: npm install express-session@1")
}

/** What the sessions may be told beside the mailbox. */
export interface SessionStoreOptions {
  /** Stands before the id of each session. Of two on one store neither begins with the other: `all`, `length` and `clear` go by it. Default `sess:`. */
  readonly prefix?: string | undefined
  /** Seconds that a session lives whose cookie has no end. Default 86 400, one day. */
  readonly ttl?: number | undefined
}

/** What express-session calls back with. */
type Callback<Result> = ((error: unknown, result?: Result) => void) | undefined

/** What a session said when it was last read or written, and where. */
interface Kept {
  readonly key: string
  readonly content: string
  readonly age: number
}

const DEFAULT_PREFIX = "sess:"
const DEFAULT_TTL = 86_400

/**
 * The sessions of express-session, for `session({ store: sessionStore(mailbox), … })`.
 *
 * Errors  Invalid, for what is no mailbox of a store, and wrong options. What fails later is told to express-session, which hands it to `next`.
 */
export function sessionStore(mailbox: StoreMailbox<string>, options?: SessionStoreOptions): SessionStore {
  return new SessionStore(mailbox, options)
}

/** The sessions of express-session, each kept as the text that it says it is. Made by `sessionStore`. */
export class SessionStore extends session.Store {
  readonly #mailbox: StoreMailbox<string>
  readonly #prefix: string
  readonly #ttl: number
  /** Of each session that a request has, or that was read. */
  readonly #kept = new WeakMap<object, Kept>()

  constructor(mailbox: StoreMailbox<string>, options?: SessionStoreOptions) {
    super()
    if (!(mailbox instanceof StoreMailbox)) throw invalid("mailbox", `must be a mailbox of a store; got ${shown(mailbox)}`)
    const { prefix = DEFAULT_PREFIX, ttl = DEFAULT_TTL } = checkOptions(options, ["prefix", "ttl"])
    if (typeof prefix !== "string" || !prefix.isWellFormed()) throw invalid("prefix", `must be well-formed text; got ${shown(prefix)}`)
    if (!isTtl(ttl)) throw invalid("ttl", `must be more than 0 seconds, whose end can be counted in ms; got ${shown(ttl)}`)
    this.#mailbox = mailbox
    this.#prefix = prefix
    this.#ttl = ttl
  }

  /** Makes the session of a request of what was read; its cookie lives from now on, as it will from the end of the request. */
  override createSession(request: Parameters<session.Store["createSession"]>[0], data: SessionData): session.Session & SessionData {
    const made = super.createSession(request, data)
    const { cookie } = made
    const { originalMaxAge } = cookie
    if (typeof originalMaxAge === "number") cookie.maxAge = originalMaxAge
    // The cookie counts it anew, and the clock may have moved on meanwhile.
    cookie.originalMaxAge = originalMaxAge
    this.#kept.set(made, keptOf(this.#prefix + made.id, made, this.#kept.get(data)?.content))
    return made
  }

  /** Reads a session; nothing where there is none. */
  override get(id: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    settle(this.#read(this.#prefix + id), callback)
  }

  async #read(key: string): Promise<SessionData | null> {
    const text = await this.#mailbox.get(key)
    if (text === undefined) return null
    const data = sessionOf(text, key)
    this.#kept.set(data, keptOf(key, data))
    return data
  }

  /** Saves a session. One that was read and has not changed since is touched; one that was read, and is there no more, stays away. */
  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    settle(this.#save(this.#prefix + id, data), callback)
  }

  async #save(key: string, data: SessionData): Promise<void> {
    const ttl = this.#secondsLeft(data)
    if (ttl <= 0) return void (await this.#mailbox.delete(key))
    const said = keptOf(key, data)
    const kept = this.#keptAt(key, data)
    if (kept?.content === said.content) return this.#liveOn(key, data, ttl)
    const text = JSON.stringify(data)
    if (kept === undefined && !hasLeftItsRequest(data)) await this.#mailbox.set(key, text, ttl)
    else await this.#mailbox.update(key, (present) => (present === undefined ? undefined : text), { ttl })
    this.#kept.set(data, said)
  }

  /** Lets a session live on, and changes nothing of it but the age of its cookie. */
  override touch(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    settle(this.#touch(this.#prefix + id, data), callback)
  }

  async #touch(key: string, data: SessionData): Promise<void> {
    const ttl = this.#secondsLeft(data)
    if (ttl > 0) await this.#liveOn(key, data, ttl)
    else await this.#mailbox.delete(key)
  }

  async #liveOn(key: string, data: SessionData, ttl: number): Promise<void> {
    const kept = this.#keptAt(key, data)
    if (kept === undefined || isSameAge(kept.age, ageOf(data))) return void (await this.#mailbox.touch(key, ttl))
    const said = keptOf(key, data, kept.content)
    const cookie = JSON.stringify(data.cookie)
    const withCookie = (present: string): string => JSON.stringify({ ...JSON.parse(present), cookie: JSON.parse(cookie) })
    await this.#mailbox.update(key, (present) => (present === undefined ? undefined : withCookie(present)), { ttl })
    this.#kept.set(data, said)
  }

  #keptAt(key: string, data: SessionData): Kept | undefined {
    const kept = this.#kept.get(data)
    return kept?.key === key ? kept : undefined
  }

  /** Ends a session. */
  override destroy(id: string, callback?: (error?: unknown) => void): void {
    settle(this.#mailbox.delete(this.#prefix + id), callback)
  }

  /** All sessions. */
  override all(callback: (error: unknown, sessions?: SessionData[] | { [id: string]: SessionData } | null) => void): void {
    settle(this.#all(), callback)
  }

  async #all(): Promise<{ [id: string]: SessionData }> {
    const sessions: { [id: string]: SessionData } = Object.create(null)
    for await (const { key, value } of this.#mailbox.entries(this.#prefix)) {
      sessions[key.slice(this.#prefix.length)] = sessionOf(value, key)
    }
    return sessions
  }

  /** How many sessions there are. */
  override length(callback: (error: unknown, length?: number) => void): void {
    settle(this.#mailbox.count(this.#prefix), callback)
  }

  /** Ends all sessions. */
  override clear(callback?: (error?: unknown) => void): void {
    settle(this.#mailbox.clear(this.#prefix), callback)
  }

  /** As long as the cookie says; it may be over. */
  #secondsLeft(data: SessionData): number {
    if (typeof data !== "object" || data === null) throw invalid("session", `must be a session of express-session; got ${shown(data)}`)
    const maxAge: unknown = data.cookie?.maxAge
    return typeof maxAge === "number" ? maxAge / 1000 : this.#ttl
  }
}

/** What is kept under the key. What has no cookie would end the request that it is read for, and the program with it. */
function sessionOf(text: unknown, key: string): SessionData {
  const data = typeof text === "string" ? parsed(text) : undefined
  if (isObject(data) && isObject((data as Partial<SessionData>).cookie)) return data as SessionData
  throw invalid("value", `the value under ${shown(key)} is no session: keep sessions under a prefix that nobody else writes under`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null
}

/** Longer ones could not be counted to the millisecond. */
const LONGEST_TTL = 2 ** 52 / 1000

function isTtl(ttl: unknown): boolean {
  return typeof ttl === "number" && ttl > 0 && (ttl <= LONGEST_TTL || ttl === Number.POSITIVE_INFINITY)
}

function keptOf(key: string, data: SessionData, content = contentOf(data)): Kept {
  return { key, content, age: ageOf(data) }
}

/** What a session says but for its cookie, which each request moves on. */
function contentOf(data: object): string {
  return JSON.stringify(data, function (this: unknown, name, value: unknown) {
    return this === data && name === "cookie" ? undefined : value
  })
}

/** Its request has ended it, or has made another one since: what is saved of it now is no new session. */
function hasLeftItsRequest(data: SessionData & { readonly req?: { readonly session?: unknown } | undefined }): boolean {
  return data.req !== undefined && data.req.session !== data
}

/** For how long its cookie was given, in ms; not what is left of that. */
function ageOf({ cookie }: SessionData): number {
  const age: unknown = cookie?.originalMaxAge
  return typeof age === "number" ? age : Number.POSITIVE_INFINITY
}

/** A cookie loses a little of its age each time the clock moves on while it is counted. */
function isSameAge(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) < 1000
}

function settle<Result>(work: Promise<Result>, callback: Callback<Result>): void {
  work.then(
    (result) => callback?.(null, result),
    (error: unknown) => callback?.(error),
  )
}
