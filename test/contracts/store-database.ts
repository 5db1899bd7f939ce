/**
 * What a database must do that a durable store stands on, whatever it is: the port's promises, one after the other, and random commands against
 * a naive model.
 */

import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { MARK_KEY } from "../../actors/durable/store-database.ts"
import type { Change, EntryFacts, EntryRow, StoreDatabase } from "../../actors/durable.ts"
import { Conflict, Unavailable } from "../../actors/index.ts"
import { refusal } from "../support/errors.ts"
import { seeds } from "../support/seeds.ts"

/** A place for a database that nobody has used before: each call gives another user of it. */
export interface DatabasePlace {
  database(): StoreDatabase
  remove(): Promise<void>
}

const NEVER = { expiresAt: undefined, idleMs: undefined, limitAt: undefined }
const ALL = { prefix: "", after: undefined, limit: 1000, now: 0 }

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const row = (key: string, version: number, facts: Partial<EntryRow> = {}): EntryRow => ({
  key,
  version,
  value: bytes(key),
  ...NEVER,
  ...facts,
})

export const put = (key: string, version: number, facts: Partial<EntryRow> = {}): Change => ({ type: "put", ...row(key, version, facts) })
const touch = (key: string, version: number, facts: Partial<EntryFacts> = {}): Change => ({
  type: "touch",
  key,
  version,
  ...NEVER,
  ...facts,
})
const remove = (key: string, version: number): Change => ({ type: "remove", key, version })

/** A host's own buffer is as good as bytes. */
const plain = (rows: readonly (EntryRow | undefined)[]): unknown[] => rows.map((one) => one && { ...one, value: new Uint8Array(one.value) })
const keysOf = (rows: readonly { readonly key: string }[]): string[] => rows.map(({ key }) => key)
/** As JavaScript compares texts. */
const inOrder = (keys: readonly string[]): string[] => [...keys].sort()

const NO_KEYS = [
  "",
  "__proto__",
  "constructor",
  "a\0b",
  "\0",
  'it\'s "quoted"; --',
  "%",
  "_",
  "\\",
  "é",
  "\u{10ffff}",
  "\uffff",
  "\ufeff",
  "x".repeat(5000),
]

export function storeDatabaseContract(name: string, place: () => Promise<DatabasePlace>): void {
  /** Ready for use, and gone when the test is over. */
  const opened = async (): Promise<StoreDatabase> => {
    const database = (await placed()).database()
    await database.open()
    return closing(database)
  }
  const placed = async (): Promise<DatabasePlace> => {
    const made = await place()
    onTestFinished(() => made.remove())
    return made
  }
  const closing = (database: StoreDatabase): StoreDatabase => {
    onTestFinished(() => database.close())
    return database
  }

  describe(`${name}, when it is opened`, () => {
    it("is empty at first", async () => {
      const { epoch, ...found } = await closing((await placed()).database()).open()
      expect(found).toEqual({ lastVersion: 0, clock: 0, entries: 0 })
      expect(epoch).toMatch(/./)
    })

    it("keeps what was committed, and its epoch; gives no version twice, nor that of a removal", async () => {
      const here = await placed()
      const first = closing(here.database())
      const before = await first.open()
      await first.commit([put("a", 1), put("b", 2, { expiresAt: 5 })], 0)
      await first.commit([remove("b", 5_000_000)], 0)
      await first.close()
      const second = closing(here.database())
      const after = await second.open()
      expect(after).toMatchObject({ epoch: before.epoch, entries: 1 })
      expect(after.lastVersion).toBeGreaterThanOrEqual(5_000_000)
      expect(plain(await second.read(["a", "b"]))).toEqual([row("a", 1), undefined])
    })

    it("gives no version twice that was written down alone, under the key that no entry has", async () => {
      const here = await placed()
      const first = closing(here.database())
      await first.open()
      await first.commit([put("a", 1)], 0)
      await first.commit([remove(MARK_KEY, 7_000_000)], 0)
      await first.close()
      const after = await closing(here.database()).open()
      expect([after.entries, after.lastVersion >= 7_000_000]).toEqual([1, true])
    })

    it("gives no version twice that was not committed, either", async () => {
      const here = await placed()
      const first = closing(here.database())
      const { lastVersion } = await first.open()
      await first.close()
      expect((await closing(here.database()).open()).lastVersion).toBeGreaterThanOrEqual(lastVersion + 500_000)
    })

    it("is another collection than any other", async () => {
      const epochs = [await (await placed()).database(), await (await placed()).database()].map(
        async (one) => (await closing(one).open()).epoch,
      )
      expect(new Set(await Promise.all(epochs)).size).toBe(2)
    })

    it("is opened once, and may be opened again when it was closed", async () => {
      const database = await opened()
      expect(await refusal(database.open())).toBeInstanceOf(Conflict)
      await database.commit([put("a", 1)], 0)
      await database.close()
      await database.close()
      expect((await database.open()).entries).toBe(1)
    })

    it("has one user at a time: another is refused, until the first has closed it", async () => {
      const here = await placed()
      const [first, second] = [closing(here.database()), closing(here.database())]
      await first.open()
      const error = await refusal(second.open())
      expect(error).toBeInstanceOf(Unavailable)
      expect(error.retryable).toBe(true)
      await first.commit([put("a", 1)], 0)
      await first.close()
      expect((await second.open()).entries).toBe(1)
    })

    it("serves nobody before, nor afterwards", async () => {
      const database = closing((await placed()).database())
      const all = (): Promise<unknown>[] => [
        database.commit([put("a", 1)], 0),
        ...[database.read(["a"]), database.look(["a"]), database.page(ALL), database.count("", 0)],
        ...[database.removeExpired(0, 1), database.size()],
      ]
      for (const asked of all()) expect((await refusal(asked)).retryable).toBe(false)
      await database.open()
      await database.close()
      for (const asked of all()) expect(await refusal(asked)).toBeInstanceOf(Unavailable)
    })

    it("does all that it was asked before it closes", async () => {
      const here = await placed()
      const first = closing(here.database())
      await first.open()
      const under = [first.commit([put("a", 1)], 0), first.commit([put("b", 2)], 0), first.count("", 0)]
      await first.close()
      await Promise.all(under)
      expect((await closing(here.database()).open()).entries).toBe(2)
    })
  })

  describe(`${name}, of its clock`, () => {
    it("keeps the latest reading of the calendar, where it has moved on by a second; one that was set back does not count", async () => {
      const here = await placed()
      const readings: number[] = []
      const database = closing(here.database())
      for (const times of [[5000], [5999], [100], [9000, 7000]]) {
        readings.push((await database.open()).clock)
        for (const now of times) await database.commit([], now)
        await database.close()
      }
      readings.push((await database.open()).clock)
      expect(readings).toEqual([0, 5000, 5000, 5000, 9000])
    })
  })

  describe(`${name}, what it is given`, () => {
    it("comes back as it was: each key, byte and number, in the order that was asked for", async () => {
      const database = await opened()
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const rows = [
        row("plain", 1),
        row("nothing", 2, { value: new Uint8Array(0) }),
        row("bytes", 2 ** 53 - 1, { value: every, expiresAt: 8.64e15, idleMs: 1, limitAt: 8.64e15 }),
        row("zero", 4, { expiresAt: 0 }),
        ...NO_KEYS.map((key, at) => row(key, 5 + at)),
      ]
      await database.commit(
        rows.map((one) => ({ type: "put", ...one })),
        0,
      )
      const asked = [...rows.map(({ key }) => key).reverse(), "none", "plain"]
      expect(plain(await database.read(asked))).toEqual([...rows.reverse(), undefined, row("plain", 1)])
      const facts = rows.map(({ value: _, ...rest }) => rest)
      expect(await database.look(rows.map(({ key }) => key))).toEqual(facts)
      expect(await database.read([])).toEqual([])
    })

    it("may be changed by its owner as soon as it was given", async () => {
      const database = await opened()
      const value = bytes("before")
      const changes = [put("a", 1, { value })]
      const committed = database.commit(changes, 0)
      value.fill(0)
      changes.length = 0
      await committed
      expect(plain(await database.read(["a"]))).toEqual([row("a", 1, { value: bytes("before") })])
    })

    it("may be a part of something larger, and be large itself", async () => {
      const database = await opened()
      const large = new Uint8Array(4_000_000).map((_, at) => at * 7)
      await database.commit([put("part", 1, { value: large.subarray(10, 13) }), put("large", 2, { value: large })], 0)
      const [part, whole] = await database.read(["part", "large"])
      expect([...(part?.value ?? [])]).toEqual([70, 77, 84])
      expect(Buffer.compare(whole?.value ?? bytes(""), large)).toBe(0)
    })

    it("may be much at once", async () => {
      const database = await opened()
      await database.commit(
        Array.from({ length: 10_000 }, (_, at) => put(`k${at}`, at + 1)),
        0,
      )
      expect(await database.count("", 0)).toBe(10_000)
      expect((await database.size()).entries).toBe(10_000)
      expect((await database.size()).bytes).toBeGreaterThan(10_000)
      expect(plain(await database.read(["k0", "k9999"]))).toEqual([row("k0", 1), row("k9999", 10_000)])
    })
  })

  describe(`${name}, a commit`, () => {
    it("replaces value and facts together; a touch leaves the value, a removal nothing", async () => {
      const database = await opened()
      await database.commit([put("a", 1, { expiresAt: 10, idleMs: 2, limitAt: 20 }), put("b", 2), put("c", 3)], 0)
      await database.commit(
        [put("a", 4, { value: bytes("new") }), touch("b", 5, { expiresAt: 30, idleMs: 3, limitAt: 40 }), remove("c", 6)],
        0,
      )
      const touched = row("b", 5, { expiresAt: 30, idleMs: 3, limitAt: 40 })
      expect(plain(await database.read(["a", "b", "c"]))).toEqual([row("a", 4, { value: bytes("new") }), touched, undefined])
    })

    it("does nothing to what is not there by a touch or a removal", async () => {
      const database = await opened()
      await database.commit([touch("a", 1, { expiresAt: 30 }), remove("b", 2)], 0)
      expect(await database.page(ALL)).toEqual([])
    })

    it("carries its changes out in their order", async () => {
      const database = await opened()
      await database.commit([put("a", 1), remove("a", 2), put("a", 3), put("b", 4), remove("b", 5), touch("a", 6, { expiresAt: 9 })], 0)
      expect(await database.page(ALL)).toEqual([{ key: "a", version: 6, ...NEVER, expiresAt: 9 }])
    })

    it("is all or nothing: where one change cannot be made, none is, and the next commit is not harmed", async () => {
      const database = await opened()
      await database.commit([put("a", 1)], 0)
      await refusal(database.commit([put("a", 2), put("b", 3), remove("a", 4), put("c", Number.NaN)], 9000))
      expect(plain(await database.read(["a", "b"]))).toEqual([row("a", 1), undefined])
      await database.commit([put("b", 5)], 0)
      expect(keysOf(await database.page(ALL))).toEqual(["a", "b"])
    })

    it("comes behind those that were asked for before, whoever waits for them", async () => {
      const database = await opened()
      await Promise.all(Array.from({ length: 50 }, (_, at) => database.commit([put("a", at + 1)], 0)))
      expect(plain(await database.read(["a"]))).toEqual([row("a", 50)])
    })

    it("is seen by whoever reads after it", async () => {
      const database = await opened()
      for (let version = 1; version <= 20; version += 1) {
        await database.commit([put("a", version)], 0)
        expect(await database.look(["a"])).toEqual([{ key: "a", version, ...NEVER }])
      }
    })
  })

  describe(`${name}, a page`, () => {
    it("is in the order of UTF-16 code units", async () => {
      const database = await opened()
      const keys = [...NO_KEYS, "\u{1f600}", "\u{1f600}a", "\ue000", "\ud7ff", "z", "A", "a", "aa", "10", "9"]
      await database.commit(
        keys.map((key, at) => put(key, at + 1)),
        0,
      )
      expect(keysOf(await database.page(ALL))).toEqual(inOrder(keys))
    })

    it("begins behind a key that need not be there, and has at most what is asked for", async () => {
      const database = await opened()
      await database.commit(
        ["a", "b", "c", "d"].map((key, at) => put(key, at + 1)),
        0,
      )
      const page = async (after: string | undefined, limit: number): Promise<string[]> =>
        keysOf(await database.page({ ...ALL, after, limit }))
      expect(await page(undefined, 2)).toEqual(["a", "b"])
      expect(await page("b", 2)).toEqual(["c", "d"])
      expect(await page("bb", 9)).toEqual(["c", "d"])
      expect(await page("", 1)).toEqual(["a"])
      expect(await page("d", 9)).toEqual([])
      expect(await page(undefined, 0)).toEqual([])
    })

    it("and a count keep to a prefix, of whatever letters", async () => {
      const database = await opened()
      const keys = ["a", "a%", "a%b", "a_", "ab", "a\u{1f600}", "a\u{1f601}", "a\uffff", "b", "a\0"]
      await database.commit(
        keys.map((key, at) => put(key, at + 1)),
        0,
      )
      for (const prefix of ["", "a", "a%", "a_", "a\u{1f600}", "a\uffff", "a\0", "c", "\uffff"]) {
        const those = inOrder(keys.filter((key) => key.startsWith(prefix)))
        expect(keysOf(await database.page({ ...ALL, prefix })), prefix).toEqual(those)
        expect(await database.count(prefix, 0), prefix).toBe(those.length)
      }
      expect(keysOf(await database.page({ ...ALL, prefix: "b", after: "a" }))).toEqual(["b"])
      expect(keysOf(await database.page({ ...ALL, prefix: "a", after: "b" }))).toEqual([])
    })

    it("and a count leave out what has ended, from that very moment on", async () => {
      const database = await opened()
      await database.commit([put("a", 1, { expiresAt: 100 }), put("b", 2, { expiresAt: 101 }), put("c", 3)], 0)
      const at = async (now: number): Promise<unknown> => [keysOf(await database.page({ ...ALL, now })), await database.count("", now)]
      expect(await at(99)).toEqual([["a", "b", "c"], 3])
      expect(await at(100)).toEqual([["b", "c"], 2])
      expect(await at(101)).toEqual([["c"], 1])
      expect((await database.read(["a"]))[0]?.expiresAt).toBe(100)
    })

    it("after page shows each key once that stays, whatever is written meanwhile", async () => {
      const database = await opened()
      const stay = Array.from({ length: 100 }, (_, at) => `stay:${String(at).padStart(3, "0")}`)
      await database.commit(
        stay.map((key, at) => put(key, at + 1)),
        0,
      )
      const seen: string[] = []
      for (let after: string | undefined = "", round = 0; after !== undefined; round += 1) {
        const writing = database.commit(
          [put(`stay:${round}x`, 200 + round), put(stay[round] ?? "z", 300 + round), remove(`stay:${round - 1}x`, 400)],
          0,
        )
        const items: readonly EntryFacts[] = await database.page({ ...ALL, after, limit: 7 })
        await writing
        seen.push(...keysOf(items).filter((key) => stay.includes(key)))
        after = items.at(-1)?.key
      }
      expect(seen).toEqual(stay)
    })
  })

  describe(`${name}, what has ended`, () => {
    it("is removed, the earliest first, within the limit, and told of", async () => {
      const database = await opened()
      await database.commit(
        [put("c", 1, { expiresAt: 30 }), put("a", 2, { expiresAt: 10, idleMs: 5, limitAt: 50 }), put("b", 3, { expiresAt: 20 })],
        0,
      )
      await database.commit([put("never", 4), put("later", 5, { expiresAt: 31 })], 0)
      expect(await database.removeExpired(9, 10)).toEqual([])
      expect(await database.removeExpired(30, 2)).toEqual([
        { key: "a", version: 2, expiresAt: 10, idleMs: 5, limitAt: 50 },
        { key: "b", version: 3, ...NEVER, expiresAt: 20 },
      ])
      expect(keysOf(await database.removeExpired(30, 2))).toEqual(["c"])
      expect(keysOf(await database.page(ALL))).toEqual(["later", "never"])
    })

    it("is not what was written or touched before, whoever waits for that", async () => {
      const database = await opened()
      await database.commit([put("a", 1, { expiresAt: 10 }), put("b", 2, { expiresAt: 10 }), put("c", 3, { expiresAt: 10 })], 0)
      const before = database.commit([put("a", 4, { expiresAt: 99 }), touch("b", 5)], 0)
      expect(keysOf(await database.removeExpired(50, 10))).toEqual(["c"])
      await before
    })
  })

  describe(`${name}, whatever it is told`, () => {
    it("holds what a plain map would hold", async () => {
      const key = fc.constantFrom("a", "b", "a\u{1f600}", "a\uffff", "a\0", "ab", "")
      const moment = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined })
      const facts = fc.record({ expiresAt: moment, idleMs: moment, limitAt: moment })
      const change = fc.oneof(
        fc.record({ type: fc.constant("put" as const), key, value: fc.uint8Array({ maxLength: 9 }), facts }),
        fc.record({ type: fc.constant("touch" as const), key, facts }),
        fc.record({ type: fc.constant("remove" as const), key }),
      )
      const command = fc.oneof(
        { weight: 3, arbitrary: fc.record({ type: fc.constant("commit" as const), changes: fc.array(change, { maxLength: 6 }) }) },
        fc.record({ type: fc.constant("expire" as const), now: fc.integer({ min: 0, max: 20 }) }),
        fc.record({
          type: fc.constant("page" as const),
          prefix: key,
          after: fc.option(key, { nil: undefined }),
          now: fc.integer({ min: 0, max: 20 }),
        }),
      )
      const database = await opened()
      let version = 0
      const next = (): number => {
        version += 1
        return version
      }
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
          const model = new Map<string, EntryRow>()
          const alive = (prefix: string, now: number): EntryRow[] =>
            inOrder([...model.keys()])
              .map((one) => model.get(one) as EntryRow)
              .filter((one) => one.key.startsWith(prefix) && (one.expiresAt === undefined || one.expiresAt > now))
          await database.commit(
            (await database.page(ALL)).map(({ key }) => remove(key, next())),
            0,
          )
          await database.removeExpired(1000, 1000)
          for (const told of commands) {
            if (told.type === "commit") {
              const changes = told.changes.map((one): Change => {
                if (one.type === "remove") return { ...one, version: next() }
                const { facts, ...rest } = one
                return { ...rest, ...facts, version: next() }
              })
              await database.commit(changes, 0)
              for (const one of changes) applyTo(model, one)
            } else if (told.type === "expire") {
              const gone = keysOf(await database.removeExpired(told.now, 100))
              const due = [...model.values()].filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt <= told.now)
              expect(inOrder(gone)).toEqual(inOrder(keysOf(due)))
              for (const one of gone) model.delete(one)
            } else {
              const rows = alive(told.prefix, told.now).filter(({ key }) => told.after === undefined || key > told.after)
              expect(await database.page({ ...ALL, ...told })).toEqual(rows.map(({ value: _, ...rest }) => rest))
              expect(await database.count(told.prefix, told.now)).toBe(alive(told.prefix, told.now).length)
            }
          }
          const keys = [...model.keys()]
          expect(plain(await database.read(keys))).toEqual(plain([...model.values()]))
          expect((await database.size()).entries).toBe(keys.length)
        }),
        seeds(40, 6),
      )
    })
  })
}

function applyTo(model: Map<string, EntryRow>, change: Change): void {
  const known = model.get(change.key)
  if (change.type === "remove") model.delete(change.key)
  else if (change.type === "put") {
    const { type: _, ...rest } = change
    model.set(change.key, rest)
  } else if (known !== undefined) {
    const { type: _, ...rest } = change
    model.set(change.key, { ...rest, value: known.value })
  }
}
