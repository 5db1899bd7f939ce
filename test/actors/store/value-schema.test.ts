import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import * as v from "valibot"
import { afterAll, describe, expect, it } from "vitest"
import * as z from "zod"
import { durableStore } from "../../../actors/durable.ts"
import { cache, Invalid, type SchemaStoreMailbox, type StandardSchema, start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { seeds } from "../../support/seeds.ts"

const Session = z.object({ user: z.object({ name: z.string().trim() }), visits: z.string().transform(Number) })
type Sessions = SchemaStoreMailbox<z.output<typeof Session>, z.input<typeof Session>>

const given = (name: string) => ({ user: { name }, visits: "2" })
const kept = (name: string) => ({ user: { name }, visits: 2 })

const folder = mkdtempSync(join(tmpdir(), "value-schema-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const nextFile = (): number => {
  files += 1
  return files
}

const invalidOf = (work: Promise<unknown>): Promise<Invalid> =>
  work.then(
    () => expect.unreachable(),
    (error: Invalid) => {
      expect(error).toBeInstanceOf(Invalid)
      return error
    },
  )

const STORES = {
  store: () => store({ value: Session }),
  "a partitioned store": () => store({ value: Session, partitions: 3 }),
  cache: () => cache({ value: Session, maxEntries: 100 }),
  durableStore: () => durableStore({ value: Session, path: join(folder, `${nextFile()}.db`) }),
}

describe.each(Object.entries(STORES))("a %s with a schema", (name, define) => {
  const opened = async () => {
    const runtime = await start({ "app:s": define() }, { log: () => {}, ...(name === "durableStore" ? {} : { host: virtualTime() }) })
    const sessions: Sessions = await runtime.acquire("app:s")
    return { sessions, runtime }
  }

  it("keeps what the schema makes of what comes in, by every door", async () => {
    const { sessions, runtime } = await opened()
    await sessions.set("a", given(" Ada "))
    await sessions.set("b", given(" Ada "), { ttl: 60, idle: 30 })
    await sessions.put("c", given(" Ada "))
    await sessions.setMany([["d", given(" Ada ")]])
    await sessions.update("e", () => given(" Ada "))
    expect(await sessions.getOrSet("f", () => given(" Ada "))).toEqual(kept("Ada"))
    expect(await sessions.getOrSet("g", async () => given(" Ada "))).toEqual(kept("Ada"))
    await sessions.transaction(["h"], (tx) => {
      tx.set("h", given(" Ada "))
      expect(tx.get("h")).toEqual(kept("Ada"))
    })
    const keys = [..."abcdefgh"]
    expect(await sessions.getMany(keys)).toEqual(keys.map(() => kept("Ada")))
    await runtime.stop()
  })

  it("refuses what does not fit by every door, naming the place, and keeps nothing of it", async () => {
    const { sessions, runtime } = await opened()
    const wrong = { user: { name: 1 }, visits: "2" } as never
    const fields = [
      await invalidOf(sessions.set("a", wrong)),
      await invalidOf(sessions.set("a", wrong, { idle: 30 })),
      await invalidOf(sessions.put("a", wrong)),
      await invalidOf(sessions.update("a", () => wrong)),
      await invalidOf(sessions.getOrSet("a", () => wrong)),
      await invalidOf(sessions.transaction(["a"], (tx) => tx.set("a", wrong))),
      await invalidOf(sessions.increment("a")),
    ].map(({ details }) => details.field)
    expect(fields).toEqual([...new Array(6).fill("value.user.name"), "value"])
    const error = await invalidOf(
      sessions.setMany([
        ["b", given("Ada")],
        ["a", wrong],
      ]),
    )
    expect(error.details).toMatchObject({ field: "entries[1].value.user.name", issues: [{ path: "entries[1].value.user.name" }] })
    expect(await sessions.getMany(["a", "b"])).toEqual([undefined, undefined])
    await runtime.stop()
  })
})

const open = async (value: StandardSchema) => {
  const runtime = await start({ "app:s": store({ value }) }, { log: () => {}, host: virtualTime() })
  return { runtime, mailbox: (await runtime.acquire("app:s")) as SchemaStoreMailbox<unknown, unknown> }
}

const by = (validate: (value: unknown) => unknown): StandardSchema =>
  ({ "~standard": { version: 1, vendor: "test", validate } }) as unknown as StandardSchema

describe("a schema of a store", () => {
  class User {
    readonly name: string
    constructor(name: string) {
      this.name = name
    }
  }

  it.each<[string, StandardSchema]>([
    ["an instance of a class", z.string().transform((name) => new User(name)) as StandardSchema],
    ["a function", z.string().transform(() => () => 1) as StandardSchema],
    ["undefined", z.string().transform(() => undefined) as StandardSchema],
    ["a promise", by(async (value) => ({ value }))],
    ["nothing", by(() => undefined)],
  ])("that makes %s of a value is Invalid, naming value", async (_name, schema) => {
    const { mailbox, runtime } = await open(schema)
    expect((await invalidOf(mailbox.set("a", "x"))).details.field).toBe("value")
    await runtime.stop()
  })

  it("may take an instance, where it makes plain data of it", async () => {
    const { mailbox, runtime } = await open(z.instanceof(User).transform(({ name }) => ({ name })))
    await mailbox.set("a", new User("Ada"))
    expect(await mailbox.get("a")).toEqual({ name: "Ada" })
    await runtime.stop()
  })

  it("judges what is kept, whatever a getter answers the second time", async () => {
    let reads = 0
    const twice = {
      get name() {
        reads += 1
        return reads === 1 ? "Ada" : 7
      },
    }
    const { mailbox, runtime } = await open(
      by((value) => (typeof (value as { name: unknown }).name === "string" ? { value } : { issues: [] })),
    )
    await mailbox.set("a", twice)
    expect(await mailbox.get("a")).toEqual({ name: "Ada" })
    await runtime.stop()
  })

  it.each<[string, StandardSchema]>([
    ["zod", z.object({ rest: z.any() }) as StandardSchema],
    ["valibot", v.object({ rest: v.any() }) as StandardSchema],
    ["one that gives what it was given", by((value) => ({ value }))],
  ])("of %s shares nothing with its caller (property)", async (_name, schema) => {
    const { mailbox, runtime } = await open(schema)
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (rest) => {
        const argument = { rest: { list: [rest] } }
        const before = structuredClone(argument)
        const work = mailbox.set("a", argument)
        argument.rest.list.push("spoilt")
        await work
        expect(await mailbox.get("a")).toEqual(before)
      }),
      seeds(50, 8),
    )
    await runtime.stop()
  })

  it.each([1, null, {}, "x"])("is refused when the store is defined, where it is none", (value) => {
    const define = [() => store({ value: value as never }), () => durableStore({ path: "x.db", value: value as never })]
    for (const one of define) expect(one).toThrow(/^value must be a Standard Schema/)
  })

  it("keeps the sum of a counter within its bounds", async () => {
    const { mailbox, runtime } = await open(z.number().max(1) as StandardSchema)
    expect((await mailbox.increment("a")).value).toBe(1)
    expect((await invalidOf(mailbox.increment("a"))).details.field).toBe("value")
    expect(await mailbox.get("a")).toBe(1)
    await runtime.stop()
  })
})
