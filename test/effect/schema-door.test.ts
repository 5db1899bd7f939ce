import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Getter from "effect/SchemaGetter"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { cache as effectCache, server as effectServer, store as effectStore, Mailbox, Pigeonhole } from "../../actors/effect.ts"
import { type MailboxOf, store } from "../../actors/index.ts"
import { standardOf } from "../../src/effect/schema-door.ts"
import { failure, Invalid, server, Unknown } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { MemorySnapshot } from "../support/memory-snapshot.ts"

const Adding = Schema.Struct({ by: Schema.FiniteFromString })

describe("a Schema of Effect", () => {
  it("decodes what comes to a server, and what a store keeps", async () => {
    const adder = server({
      init: () => ({ count: 40 }),
      call: {
        add: {
          payload: standardOf(Adding, "payload"),
          success: standardOf(Schema.Finite, "success"),
          handle: (state, { by }) => state.count + by,
        },
      },
    })
    const { runtime } = await bootApp({ "app:s": store({ value: standardOf(Adding, "value") }) })
    expect(await runtime.spawn(adder).call.add({ by: "2" })).toBe(42)
    const mailbox = await runtime.acquire("app:s")
    await mailbox.set("a", { by: "2" })
    expect(await mailbox.get("a")).toEqual({ by: 2 })
    await expect(mailbox.set("a", { by: 2 } as never)).rejects.toMatchObject({ kind: "INVALID", details: { field: "value.by" } })
    await runtime.stop()
  })

  it("has one standard form", () => {
    expect(standardOf(Adding, "payload")).toBe(standardOf(Adding, "value"))
  })

  it.each([undefined, null, 1, {}])("is Invalid, naming the field, for what is none", (schema) => {
    const read = () => standardOf(schema as never, "payload")
    expect(read).toThrow(Invalid)
    expect(read).toThrow(/^payload must be a Schema of Effect/)
  })
})

describe("a Schema of another copy of Effect", () => {
  // What a copy makes has other classes.
  const foreign: typeof Schema.Int = Object.create(Schema.Int, { ast: { value: { ...Schema.Int.ast } } })

  it("is refused where it is given, as it would find whole numbers not whole", () => {
    const calls = () =>
      effectServer({ init: () => 0, call: { add: { payload: foreign, success: Schema.Int, handle: () => Effect.succeed(1) } } })
    expect(calls).toThrow(/^call.add.payload is a Schema of another copy of effect: npm ls effect shows both$/)
    expect(() => effectStore({ value: foreign })).toThrow(/^value is a Schema of another copy/)
  })

  it("is none that this one has made, of whatever sort", () => {
    class Pair extends Schema.Class<Pair>("Pair")({ one: Schema.Int }) {}
    const sorts = [
      Schema.Int,
      Pair,
      Schema.Array(Schema.Int),
      Schema.Union([Schema.Int, Schema.String]),
      Schema.Literal("a"),
      Schema.Unknown,
    ]
    for (const sort of sorts) expect(standardOf<unknown, unknown>(sort, "value")).toBeDefined()
  })
})

class Overdrawn extends Schema.TaggedError<Overdrawn>()("Overdrawn", { by: Schema.Finite }) {}
class Prices extends Context.Service<Prices, { readonly of: number }>()("test/door/Prices") {}

const bank = effectServer({
  init: () => ({ balance: 40, seen: [] as unknown[] }),
  call: {
    add: {
      payload: Adding,
      success: Schema.String.pipe(Schema.decodeTo(Schema.Finite, { decode: Getter.Number(), encode: Getter.String() })),
      handle: (state, { by }) => Effect.sync(() => String(state.balance + by)),
    },
    withdraw: {
      payload: Schema.Struct({ amount: Schema.Finite }),
      error: Overdrawn,
      handle: (state, { amount }) =>
        amount > state.balance ? Effect.fail(new Overdrawn({ by: amount - state.balance })) : Effect.succeed(state.balance),
    },
    later: {
      error: Overdrawn,
      handle: (_state, _none: undefined, self) => {
        const deferred = self.defer<number>()
        void deferred.fail({ _tag: "Overdrawn", by: 1 })
        return deferred
      },
    },
    plain: { error: Overdrawn, handle: () => failure({ _tag: "Overdrawn", by: 2 }) },
    waits: {
      success: Schema.Finite,
      handle: () =>
        Effect.as(
          Effect.promise(() => Promise.resolve()),
          1,
        ),
    },
    zod: { payload: z.string().transform(Number), handle: (_state, by) => Effect.succeed(by + 1) },
    lies: { success: Schema.Finite, handle: () => Effect.succeed("one" as unknown as number) },
    fails: { error: Overdrawn, handle: () => Effect.fail({ _tag: "Overdrawn", by: "much" } as unknown as Overdrawn) },
  },
  cast: { note: { payload: Adding, handle: (state, { by }) => Effect.sync(() => void state.seen.push(by)) } },
  info: (state) => state.seen,
})

describe("a server of Effects", () => {
  it("takes Schemas of Effect as they are, and Standard Schemas beside them", async () => {
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(bank)
    expect(await pid.call.add({ by: "2" })).toBe(42)
    expect(await pid.call.waits()).toBe(1)
    expect(await pid.call.zod("41")).toBe(42)
    await expect(pid.call.add({ by: 2 } as never)).rejects.toMatchObject({ kind: "INVALID", details: { field: "argument.by" } })
    expect(pid.cast.note({ by: "2" })).toBe(true)
    expect(pid.cast.note({ by: 2 } as never)).toBe(false)
    expect(await runtime.ask(pid, "what was noted?")).toEqual([2])
    await runtime.stop()
  })

  it("fails with what it declares, by its schema, whichever way it fails", async () => {
    const program = Effect.gen(function* () {
      const box = yield* Mailbox.acquire<MailboxOf<typeof bank>>("app:bank")
      const failures = [box.call.withdraw({ amount: 50 }), box.call.later(), box.call.plain()]
      const caught = failures.map((failing) =>
        Effect.catchTag(failing as (typeof failures)[0], "Overdrawn", (error) => Effect.succeed(error)),
      )
      return yield* Effect.all(caught)
    })
    const caught = await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:bank": bank }))))
    expect(caught.map((error) => [error instanceof Overdrawn, (error as Overdrawn).by])).toEqual([
      [true, 10],
      [true, 1],
      [true, 2],
    ])
  })

  it.each(["lies", "fails"] as const)("crashes where what it gives is not what it declares: %s", async (name) => {
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(bank)
    await expect(pid.call[name]()).rejects.toMatchObject({ kind: "INTERNAL", cause: expect.any(Invalid) })
    await runtime.stop()
  })

  it("refuses, in one word, what can only be judged later, or with services", async () => {
    const later = Schema.String.pipe(
      Schema.decodeTo(Schema.String, {
        decode: Getter.transformEffect((text: string) => Effect.as(Effect.sleep("1 millis"), text)),
        encode: Getter.passthrough(),
      }),
    )
    const needing = Schema.String.pipe(
      Schema.decodeTo(Schema.String, {
        decode: Getter.transformEffect((text: string) => Effect.map(Effect.service(Prices), (prices) => text + prices.of)),
        encode: Getter.passthrough(),
      }),
    )
    const { runtime } = await bootApp({})
    for (const payload of [later, needing as unknown as typeof later]) {
      const pid = runtime.spawn(effectServer({ init: () => ({}), call: { put: { payload, handle: () => 1 } } }))
      await expect(pid.call.put("a")).rejects.toMatchObject({ kind: "INVALID", details: { field: "argument" } })
    }
    await runtime.stop()
  })

  it.each<[object, string]>([
    [new Map(), "call.put"],
    [{ payload: 1, handle: () => 1 }, "call.put.payload"],
    [{ success: {}, handle: () => 1 }, "call.put.success"],
    [{ payload: Schema.String }, "call.put"],
    [{ payload: Schema.String, handle: () => 1, reply: Schema.String }, "call.put.reply"],
  ])("refuses an operation that is none, naming the field", (put, field) => {
    const define = () => effectServer({ init: () => ({}), call: { put } } as never)
    expect(define).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }))
  })

  it("an operation that declares no error fails as its Effect does; a plain server's is an Unknown", async () => {
    const { runtime } = await bootApp({})
    const open = effectServer({
      init: () => ({}),
      call: { put: { payload: Schema.String, handle: () => Effect.fail(new Overdrawn({ by: 1 })) } },
    })
    await expect(runtime.spawn(open).call.put("a")).rejects.toBeInstanceOf(Overdrawn)
    const plain = server({
      init: () => ({}),
      call: { put: { error: standardOf(Overdrawn, "error"), handle: () => failure({ _tag: "Overdrawn", by: 1 }) } },
    })
    await expect(runtime.spawn(plain).call.put()).rejects.toBeInstanceOf(Unknown)
    await runtime.stop()
  })
})

describe("a store of Effect", () => {
  class App extends Pigeonhole.Service<App>()("test/door/App", {
    "app:adding": effectStore({ value: Adding }),
    "app:zod": effectCache({ value: z.string().trim(), maxEntries: 2 }),
    "app:any": effectStore<number>(),
  }) {}

  it("takes a Schema of Effect as it is, or any Standard Schema, or none", async () => {
    const program = Effect.gen(function* () {
      const adding = yield* App.acquire("app:adding")
      yield* adding.set("a", { by: "2" })
      yield* adding.update("b", (old) => ({ by: String((old?.by ?? 0) + 1) }))
      yield* adding.getOrSet("c", () => Effect.succeed({ by: "3" }))
      yield* adding.setMany([["d", { by: "4" }]])
      yield* adding.put("e", { by: "5" })
      yield* adding.transaction(["f"], (tx) => tx.set("f", { by: "6" }))
      const texts = yield* App.acquire("app:zod")
      yield* Effect.forEach(["a", "b", "c"], (key) => texts.set(key, ` ${key} `))
      const wrong = yield* Effect.flip(adding.set("g", { by: 2 } as never))
      const numbers = yield* App.acquire("app:any")
      yield* numbers.set("n", 1)
      return [
        yield* adding.getMany(["a", "b", "c", "d", "e", "f"]),
        yield* texts.count(),
        yield* texts.get("c"),
        wrong,
        yield* numbers.get("n"),
      ]
    })
    const [kept, count, last, wrong, number] = await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(App.layer)))
    expect(kept).toEqual([2, 1, 3, 4, 5, 6].map((by) => Option.some({ by })))
    expect([count, last, number]).toEqual([2, Option.some("c"), Option.some(1)])
    expect(wrong).toMatchObject({ kind: "INVALID", details: { field: "value.by" } })
  })

  it("has durations for times", async () => {
    const to = new MemorySnapshot()
    const { runtime, time } = await bootApp({ "app:s": effectStore<number>({ snapshot: { to, everyMs: "2 minutes" } }) })
    const mailbox = await runtime.acquire("app:s")
    await mailbox.set("a", 1)
    await time.advance(119_000)
    expect(to.kept).toBeUndefined()
    await time.advance(2000)
    expect(to.kept).toBeDefined()
    await runtime.stop()
    expect(() => effectStore({ snapshot: { to, everyMs: "1 minuet" as never } })).toThrow(/^snapshot.everyMs must be a duration/)
    expect(() => effectStore({ snapshot: { to, everyMs: "0 seconds" } })).toThrow(/^snapshot.everyMs must be more than 0 ms/)
  })

  it.each([
    [{ value: 1 }, "value"],
    [{ value: Adding, maxEntries: -1 }, "maxEntries"],
    [{ values: Adding }, "values"],
  ])("refuses what is wrong, naming the option: %o", (options, field) => {
    for (const define of [effectStore, effectCache])
      expect(() => define(options as object)).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }))
  })
})
