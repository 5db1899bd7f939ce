/**
 * What the arms of the durable store share: a folder on a disk, the store, and the bare loop that it is held against.
 *
 * The bare loop is `node:sqlite` with nothing around it: the store's own statement, bytes that were made before, one transaction after the other, each
 * synced (`journal_mode=WAL`, `synchronous=FULL`). It is what a program would have that knew beforehand what is to be written.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { checkedBytes } from "../../../actors/durable/checked-value.ts"
import { keyBytes } from "../../../actors/durable/key-bytes.ts"
import { statementsOf } from "../../../actors/durable/sqlite-statements.ts"
import { readNames } from "../../../actors/durable/table-names.ts"
import { type DurableStoreOptions, durableStore, type StoreDatabase, sqliteDatabase } from "../../../actors/durable.ts"
import { type StoreMailbox, start } from "../../../actors/index.ts"
import { SESSION_TTL, type Session, session, sessionKeys } from "../session.ts"

const FILLED_AT_ONCE = 5000

/** Entries to be written, and the same as SQLite is told them. */
export class Entries {
  readonly keys: readonly string[]
  readonly values: readonly Session[]
  readonly keysInBytes: readonly Uint8Array[]
  readonly valuesInBytes: readonly Uint8Array[]

  constructor(count: number) {
    this.keys = sessionKeys(count)
    this.values = this.keys.map((_, userId) => session(userId))
    this.keysInBytes = this.keys.map(keyBytes)
    this.valuesInBytes = this.values.map(checkedBytes)
  }
}

/** A folder that is gone afterwards. `TMPDIR` says on which disk. */
export function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-bench-"))
  return work(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
}

/** SQLite that counts its commits. */
export function countedDatabase(path: string): { readonly database: StoreDatabase; readonly commits: { count: number } } {
  const inner = sqliteDatabase({ path })
  const commits = { count: 0 }
  const commit: StoreDatabase["commit"] = (changes, now) => {
    commits.count += 1
    return inner.commit(changes, now)
  }
  const database: StoreDatabase = {
    open: () => inner.open(),
    close: () => inner.close(),
    commit,
    stage: (changes) => inner.stage?.(changes),
    read: (keys) => inner.read(keys),
    look: (keys) => inner.look(keys),
    page: (query) => inner.page(query),
    count: (prefix, now) => inner.count(prefix, now),
    removeExpired: (now, limit) => inner.removeExpired(now, limit),
    size: () => inner.size(),
  }
  return { database, commits }
}

export interface RunningStore {
  readonly mailbox: StoreMailbox<Session>
  stop(): Promise<void>
}

export async function startStore(options: DurableStoreOptions): Promise<RunningStore> {
  const runtime = await start({ "app:store": durableStore<Session>(options) }, { log: () => {} })
  return { mailbox: await runtime.acquire("app:store"), stop: () => runtime.stop() }
}

/** All of them are there, with a TTL. */
export async function fill(mailbox: StoreMailbox<Session>, { keys, values }: Entries): Promise<void> {
  for (let from = 0; from < keys.length; from += FILLED_AT_ONCE) {
    const part = keys.slice(from, from + FILLED_AT_ONCE).map((key, at): [string, Session] => [key, values[from + at] as Session])
    await mailbox.setMany(part, SESSION_TTL)
  }
}

/** SQLite with nothing around it. */
export class BareLoop {
  readonly #entries: Entries
  readonly #connection: DatabaseSync
  readonly #put: ReturnType<DatabaseSync["prepare"]>
  #version = 0

  constructor(path: string, entries: Entries) {
    const { create, put } = statementsOf(readNames())
    this.#entries = entries
    this.#connection = new DatabaseSync(path)
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    for (const statement of create) this.#connection.exec(statement)
    this.#put = this.#connection.prepare(put)
    this.commit(Uint32Array.from(entries.keys.keys()), 0, entries.keys.length)
  }

  /** Writes the entries with the numbers `order[from]` to `order[until - 1]` in one transaction. */
  commit(order: Uint32Array, from: number, until: number): void {
    const { keysInBytes, valuesInBytes } = this.#entries
    const end = Date.now() + SESSION_TTL * 1000
    this.#connection.exec("BEGIN IMMEDIATE")
    for (let at = from; at < until; at += 1) {
      const number = order[at] as number
      this.#version += 1
      this.#put.run(keysInBytes[number] as Uint8Array, this.#version, end, null, null, valuesInBytes[number] as Uint8Array)
    }
    this.#connection.exec("COMMIT")
  }

  close(): void {
    this.#connection.close()
  }
}

/** What stands in a file, value by value: that two have written the same. */
export function contentsOf(path: string): string {
  const connection = new DatabaseSync(path, { readOnly: true })
  try {
    const [table] = [readNames().table]
    const rows = connection.prepare(`SELECT hex(key) || ' ' || hex(value) AS text FROM "${table}" ORDER BY key`).all()
    return rows.map(({ text }) => String(text)).join("\n")
  } finally {
    connection.close()
  }
}
