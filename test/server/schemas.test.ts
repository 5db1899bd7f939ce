import * as Schema from "effect/Schema"
import fc from "fast-check"
import * as v from "valibot"
import { describe, expect, it, vi } from "vitest"
import * as z from "zod"
import {
  type Attributes,
  type Deferred,
  decoderOf,
  failure,
  Invalid,
  Mailbox,
  type MailboxPort,
  NotFound,
  type PolicyFunction,
  partitionSupervisor,
  pool,
  registry,
  type ServerSelf,
  type StandardSchema,
  server,
  service,
} from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { nearStackEnd } from "../support/near-stack-end.ts"
import { seeds } from "../support/seeds.ts"

const User = z.object({ user: z.object({ name: z.string().trim(), tags: z.array(z.string()).default([]) }) })

/** A schema of nobody's library. */
const by = <Output>(validate: (value: unknown) => unknown): StandardSchema<unknown, Output> =>
  ({ "~standard": { version: 1, vendor: "test", validate } }) as StandardSchema<unknown, Output>

const THEN = "then"

const same = by<Record<string, unknown>>((value) => ({ value }))

const seen = (schema: StandardSchema<unknown, unknown>) => {
  const got: unknown[] = []
  const definition = server({
    init: () => ({}),
    call: { put: { payload: schema, handle: (_state, value) => void got.push(value) } },
    cast: { put: { payload: schema, handle: (_state, value) => void got.push(value) } },
  })
  return { got, definition }
}

const errorOf = (work: Promise<unknown>): Promise<Invalid> =>
  work.then(
    () => expect.unreachable(),
    (error: Invalid) => error,
  )

class Box extends Mailbox {
  readonly put: (argument: unknown) => Promise<unknown>
  readonly tell: (argument: unknown) => boolean
  constructor(port: MailboxPort, definition: ReturnType<typeof seen>["definition"]) {
    super(port)
    this.put = (argument) => this.ask(definition.route("call", "put"), argument)
    this.tell = (argument) => this.post(definition.route("cast", "put"), argument)
  }
}

const guarded = (schema: StandardSchema<unknown, unknown>, attributes?: (argument: never) => Attributes) => {
  const { got, definition } = seen(schema)
  const guards = attributes === undefined ? {} : { put: { action: "box.put", attributes } }
  const box = service({
    kind: "box",
    server: definition,
    argument: undefined,
    acquire: "box.get",
    guards,
    mailbox: (port) => new Box(port, definition),
  })
  return { got, box }
}

/** Lets acquire, and of the rest what its attributes allow. */
const judging =
  (isAllowed: (attributes: Attributes) => boolean): PolicyFunction =>
  ({ action, attributes }) =>
    action === "box.get" || isAllowed(attributes)

const ACQUIRING = { effect: "allow", actions: "box.get", resources: "*" } as const

describe("an operation with a payload", () => {
  it("is given what its schema makes of the argument, by pid, by address, by mailbox and in a pool", async () => {
    const { got, definition } = seen(User)
    const names = registry<undefined, typeof definition>({ keys: "unique" })
    const { runtime } = await bootApp({ "app:s": definition, "app:p": pool(definition, { size: 1 }) })
    const argument = { user: { name: " Ada " } }
    const expected = { user: { name: "Ada", tags: [] } }
    const pid = runtime.spawn(definition)
    await pid.call.put(argument)
    pid.cast.put(argument)
    runtime.registry(names).register(pid, "it")
    await runtime.via(names, "it").call.put(argument)
    runtime.via(names, "it").cast.put(argument)
    const box = await runtime.acquire("app:s")
    await box.call.put(argument)
    expect(box.cast.put(argument)).toBe(true)
    const jobs = await runtime.acquire("app:p")
    await jobs.call.put(argument)
    await vi.waitFor(() => expect(got).toEqual(new Array(7).fill(expected)))
    expect(argument).toEqual({ user: { name: " Ada " } })
    await runtime.stop()
  })

  it("refuses what does not fit where it is posted: it names the place and all issues, and counts as refused", async () => {
    const { got, definition } = seen(User)
    const { runtime } = await bootApp({ "app:s": definition })
    const box = await runtime.acquire("app:s")
    const wrong = { user: { name: 1, tags: ["a", 2] } } as never
    for (const target of [box, runtime.spawn(definition)]) {
      const before = runtime.statistics().refused
      const error = await errorOf(target.call.put(wrong))
      expect(error).toBeInstanceOf(Invalid)
      expect(error.details.field).toBe("argument.user.name")
      expect(error.message).toContain("argument.user.name: ")
      expect(error.details.issues).toMatchObject([{ path: "argument.user.name" }, { path: "argument.user.tags[1]" }])
      expect(runtime.statistics().refused).toBe(before + 1)
      expect(target.cast.put(wrong)).toBe(false)
      expect(runtime.statistics().refused).toBe(before + 2)
    }
    expect(got).toEqual([])
    await runtime.stop()
  })

  it.each<[string, unknown]>([
    ["an asynchronous schema", by(async () => Promise.reject(new Error("late")))],
    [
      "a thenable",
      by(() =>
        Object.defineProperty({}, THEN, {
          get: () => {
            throw new Error("then")
          },
        }),
      ),
    ],
    [
      "one that throws",
      by(() => {
        throw new Error("no")
      }),
    ],
    ["one that gives nothing", by(() => undefined)],
    ["one that gives neither", by(() => ({}))],
    [
      "one whose issues resist",
      by(() => ({
        get issues() {
          throw new Error("issues")
        },
      })),
    ],
    [
      "one whose value resists",
      by(() => ({
        get value() {
          throw new Error("value")
        },
      })),
    ],
    ["issues that are no list", by(() => ({ issues: 7 }))],
    ["issues without end", by(() => ({ issues: { length: Number.POSITIVE_INFINITY } }))],
    [
      "issues that are proxies",
      by(() => ({
        issues: new Proxy([], {
          get: () => {
            throw new Error("trap")
          },
        }),
      })),
    ],
    [
      "an issue of no text",
      by(() => ({
        issues: [
          {
            path: [
              Symbol("s"),
              {
                get key() {
                  throw new Error("key")
                },
              },
            ],
          },
        ],
      })),
    ],
  ])("is Invalid, and contained, for %s", async (_name, schema) => {
    const { got, definition } = seen(schema as StandardSchema)
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(definition)
    const error = await errorOf(pid.call.put(1))
    expect(error).toBeInstanceOf(Invalid)
    expect(String(error.details.field)).toMatch(/^argument/)
    expect(got).toEqual([])
    await runtime.stop()
  })

  it("says that an asynchronous schema is one", async () => {
    const { definition } = seen(z.string().refine(async () => true))
    const { runtime } = await bootApp({})
    const error = await errorOf(runtime.spawn(definition).call.put("a"))
    expect(error.message).toContain("asynchronous")
    await runtime.stop()
  })

  it("bounds what it says of issues", () => {
    const issues = Array.from({ length: 1000 }, () => ({ message: "m".repeat(9999), path: new Array(999).fill("p".repeat(999)) }))
    const decode = decoderOf(
      by(() => ({ issues })),
      "it",
    )
    try {
      decode(1)
      expect.unreachable()
    } catch (error) {
      const { details, message } = error as Invalid
      expect(details.issues).toHaveLength(32)
      expect(details.moreIssues).toBe(968)
      expect(message.length).toBeLessThan(4000)
      expect(JSON.stringify(details).length).toBeLessThan(200_000)
    }
  })

  it("has its schema read once, when it is defined, and called as its own", async () => {
    let reads = 0
    const standard = {
      version: 1,
      vendor: "test",
      get validate() {
        reads += 1
        return function (this: unknown, value: unknown) {
          return { value: this === standard ? value : "another this" }
        }
      },
    }
    const schema = {
      get "~standard"() {
        reads += 1
        return standard
      },
    } as StandardSchema
    const { got, definition } = seen(schema)
    const atDefinition = reads
    const { runtime } = await bootApp({})
    await runtime.spawn(definition).call.put("mine")
    expect(got).toEqual(["mine"])
    expect(reads).toBe(atDefinition)
    // One for the call and one for the cast.
    expect(reads).toBe(4)
    await runtime.stop()
  })

  it.each<[unknown, string]>([
    [1, "call.put.payload"],
    [null, "call.put.payload"],
    [{ "~standard": { version: 2, validate: () => 1 } }, "call.put.payload"],
    [
      {
        get "~standard"() {
          throw new Error("no")
        },
      },
      "call.put.payload",
    ],
  ])("is Invalid when it is defined, for what is no schema", (payload, field) => {
    const error = (() => {
      try {
        return server({ init: () => ({}), call: { put: { payload: payload as StandardSchema, handle: () => 1 } } })
      } catch (error) {
        return error
      }
    })()
    expect(error).toBeInstanceOf(Invalid)
    expect((error as Invalid).details.field).toBe(field)
  })

  it("takes a cast's success, a misspelt part and a missing handler for mistakes", () => {
    const define = (part: object) => () => server({ init: () => ({}), ...part } as Parameters<typeof server>[0])
    expect(define({ cast: { a: { success: z.number(), handle: () => 1 } } })).toThrow(/cast\.a\.success is unknown/)
    expect(define({ call: { a: { paylod: z.number(), handle: () => 1 } } })).toThrow(/did you mean payload/)
    expect(define({ call: { a: { payload: z.number() } } })).toThrow(/call\.a must be a function, or an object with a handle/)
  })
})

describe("policies", () => {
  const named = (argument: { readonly name?: unknown }): Attributes => ({ name: String(argument.name) })

  it("judge what was decoded", async () => {
    const schema = z.object({ name: z.string().trim().toLowerCase() })
    const { got, box } = guarded(schema, named)
    const { runtime } = await bootApp({ "app:b": box }, { policies: [judging(({ name }) => name === "ada")] })
    const mailbox = await runtime.acquire("app:b")
    await mailbox.put({ name: " ADA " })
    expect((await errorOf(mailbox.put({ name: "bob" }))).kind).toBe("PERMISSION_DENIED")
    expect(got).toEqual([{ name: "ada" }])
    await runtime.stop()
  })

  it("have no schema run where they deny whatever is sent", async () => {
    const validate = vi.fn((value: unknown) => ({ value }))
    const { box } = guarded(by(validate))
    const { runtime } = await bootApp({ "app:b": box }, { policies: [ACQUIRING] })
    const mailbox = await runtime.acquire("app:b")
    expect((await errorOf(mailbox.put({}))).kind).toBe("PERMISSION_DENIED")
    expect(mailbox.tell({})).toBe(false)
    expect(validate).not.toHaveBeenCalled()
    await runtime.stop()
  })

  it("and schemas are not asked once a mailbox was given back", async () => {
    const validate = vi.fn((value: unknown) => ({ value }))
    const { box } = guarded(by(validate))
    const { runtime } = await bootApp({ "app:b": box })
    const mailbox = await runtime.acquire("app:b")
    await mailbox.release()
    expect((await errorOf(mailbox.put({}))).details.field).toBe("mailbox")
    expect(mailbox.tell({})).toBe(false)
    expect(validate).not.toHaveBeenCalled()
    await runtime.stop()
  })

  const part = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
    ),
  })).value
  const anything = z.object({ name: z.string().trim(), rest: z.any() })
  const schemas: [string, StandardSchema<unknown, unknown>][] = [
    ["zod", anything],
    ["valibot", v.object({ name: v.pipe(v.string(), v.trim()), rest: v.any() })],
    ["one that gives what it was given", same],
  ]

  const spoil = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return
    for (const name of Object.keys(value)) {
      spoil(Reflect.get(value, name))
      Reflect.set(value, name, "spoilt")
    }
  }

  it.each(schemas)("see what the handler gets, which is what %s gives, and no later change shows (property)", async (_name, schema) => {
    const looked: string[] = []
    const looking = (argument: unknown): Attributes => {
      looked.push(JSON.stringify(argument))
      return {}
    }
    const { got, box } = guarded(schema, looking)
    const { runtime } = await bootApp({ "app:b": box }, { policies: [judging(() => true)] })
    const mailbox = await runtime.acquire("app:b")
    await fc.assert(
      fc.asyncProperty(fc.string(), part, async (name, rest) => {
        const argument = { name, rest }
        const result = schema["~standard"].validate(structuredClone(argument)) as { readonly value: unknown }
        got.length = 0
        const asked = [mailbox.put(argument), mailbox.put(argument)]
        mailbox.tell(argument)
        spoil(argument)
        await Promise.all(asked)
        await mailbox.put({ name: "last", rest: 0 })
        expect(got.slice(0, 3)).toEqual([result.value, result.value, result.value])
        expect(got.slice(0, 3).map((value) => JSON.stringify(value))).toEqual(looked.slice(-4, -1))
      }),
      seeds(60, 8),
    )
    await runtime.stop()
  })

  it("has a getter that answers twice answered once", async () => {
    let reads = 0
    const twice = {
      get name() {
        reads += 1
        return reads === 1 ? "ada" : "secret"
      },
    }
    const { got, definition } = seen(same)
    const { runtime } = await bootApp({})
    await runtime.spawn(definition).call.put(twice)
    expect(got).toEqual([{ name: "ada" }])
    await runtime.stop()
  })
})

describe("a reply", () => {
  it("is what its schema makes of it, at once, later, and deferred", async () => {
    const { runtime } = await bootApp({})
    const handles = [
      () => 41,
      async () => 41,
      (_state: unknown, _argument: unknown, self: { defer(): Deferred<number>; after(ms: number, work: () => void): void }) => {
        const later = self.defer()
        later.reply(41)
        return later
      },
    ]
    for (const concurrency of [1, 4]) {
      for (const handle of handles) {
        const definition = server({
          init: () => ({}),
          concurrency,
          call: { get: { success: z.number().transform((n) => n + 1), handle: handle as () => number } },
        })
        expect(await runtime.spawn(definition).call.get()).toBe(42)
      }
    }
    await runtime.stop()
  })

  it("that does not fit crashes the server, naming the place and nothing of the value", async () => {
    const { runtime } = await bootApp({})
    const shape = z.object({ user: z.object({ name: z.string() }) })
    const wrong = (): never => ({ user: { name: 7, secret: "s3cret" } }) as never
    const handles: readonly ((state: unknown, none: never, self: ServerSelf) => never)[] = [
      wrong,
      (async () => wrong()) as never,
      ((_state: unknown, _none: never, self: { defer(): Deferred<unknown> }) => {
        const later = self.defer()
        later.reply(wrong())
        return later
      }) as never,
    ]
    for (const concurrency of [1, 4]) {
      for (const handle of handles) {
        const pid = runtime.spawn(server({ init: () => ({}), concurrency, call: { get: { success: shape, handle } } }))
        const error = await errorOf(pid.call.get())
        expect(error.kind).toBe("INTERNAL")
        expect(error.cause).toBeInstanceOf(Invalid)
        expect((error.cause as Invalid).details.field).toBe("call.get.success.user.name")
        expect(JSON.stringify([error.message, (error.cause as Invalid).message, (error.cause as Invalid).details])).not.toMatch(
          /s3cret|number/,
        )
        expect((await errorOf(pid.call.get())).kind).toBe("UNAVAILABLE")
      }
    }
    await runtime.stop()
  })

  it("is not looked for where the message is put aside", async () => {
    const definition = server({
      init: () => ({ isOpen: false }),
      call: {
        get: { success: z.number(), handle: (state, _none: undefined, self) => (state.isOpen ? 42 : self.stash()) },
        bare: {
          success: z.number(),
          handle: (state, _none: undefined, self): number => {
            if (!state.isOpen) self.stash()
            return state.isOpen ? 42 : (undefined as never)
          },
        },
      },
      cast: {
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
    })
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(definition)
    const asked = [pid.call.get(), pid.call.bare()]
    pid.cast.open()
    expect(await Promise.all(asked)).toEqual([42, 42])
    await runtime.stop()
  })

  it("may be a declared error, which is the cause of what its caller gets; another one is a crash", async () => {
    const code = z.object({ code: z.string().toUpperCase() })
    const definition = server({
      init: () => ({}),
      call: {
        fail: { error: code, handle: () => failure({ code: "limit" }) },
        later: {
          error: code,
          handle: (_state, _none: undefined, self) => {
            const deferred = self.defer<number>()
            deferred.fail({ code: "limit" })
            return deferred
          },
        },
        known: { error: z.instanceof(NotFound), handle: () => failure(new NotFound("none")) },
        other: { error: code, handle: () => failure({ code: 7 } as never) },
      },
    })
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(definition)
    for (const name of ["fail", "later"] as const)
      expect(await errorOf(pid.call[name]())).toMatchObject({ kind: "UNKNOWN", cause: { code: "LIMIT" } })
    expect(await errorOf(pid.call.known())).toMatchObject({ kind: "NOT_FOUND", message: "none" })
    const error = await errorOf(pid.call.other())
    expect(error).toMatchObject({ kind: "INTERNAL", cause: { details: { field: "call.other.error.code" } } })
    await runtime.stop()
  })
})

describe("a code change", () => {
  it("has what comes by an old name judged by the new schema too", async () => {
    const old = server({ init: () => ({}), call: { put: { payload: z.string(), handle: () => "old" } } })
    const next = server({ init: () => ({}), call: { put: { payload: z.string().max(3), handle: (_state, text) => `new ${text}` } } })
    const { runtime } = await bootApp({ "app:s": old })
    const box = await runtime.acquire("app:s")
    await runtime.sys.changeCode("app:s", next as never)
    expect(await box.call.put("abc")).toBe("new abc")
    expect((await errorOf(box.call.put("abcd"))).details.field).toBe("argument")
    await runtime.stop()
  })
})

describe("partitions", () => {
  it("decode each of what they are asked", async () => {
    const { got, definition } = seen(User)
    const { runtime } = await bootApp({ "app:p": partitionSupervisor({ child: definition, partitions: 2 }) })
    const box = await runtime.acquire("app:p", { key: "a" } as never)
    await (box as unknown as { call: { put(argument: unknown): Promise<void> } }).call.put({ user: { name: " Ada " } })
    expect(got).toEqual([{ user: { name: "Ada", tags: [] } }])
    await runtime.stop()
  })
})

describe("a face that looks at an argument before it posts it", () => {
  /** Not to be applied twice: what it gives it takes, and makes another thing of. */
  const Keyed = z.object({ key: z.string().transform((key) => `${key}!`), by: z.number() })

  const spread = (isGuarded: boolean) => {
    const got: unknown[] = []
    const judged: unknown[] = []
    const definition = server({
      init: () => ({}),
      call: { put: { payload: Keyed, handle: (_state, value) => got.push(value) }, plain: (_state, value: unknown) => value },
      cast: { put: { payload: Keyed, handle: (_state, value) => void got.push(value) } },
    })
    const attributes = (argument: unknown): Attributes => {
      judged.push(argument)
      return { key: (argument as { key: string }).key }
    }
    const guard = { action: "keyed.put", ...(isGuarded ? { attributes } : {}) }
    class Keys extends Mailbox {
      readonly put: (argument: unknown) => Promise<unknown>
      readonly tell: (argument: unknown) => boolean
      readonly refusal: (argument: unknown) => unknown
      readonly mistaken: (argument: unknown) => Promise<unknown>
      constructor(port: MailboxPort, portOf: (key: string) => MailboxPort) {
        super(port)
        const call = definition.route("call", "put")
        const cast = definition.route("cast", "put")
        const keyOf = (value: unknown): string => (value as { key: string }).key
        this.put = (argument) => {
          try {
            const decoded = port.decoded(call, argument)
            return portOf(keyOf(decoded.value)).ask(call, decoded)
          } catch (error) {
            return port.refused(error)
          }
        }
        this.tell = (argument) => {
          const decoded = port.decoded(cast, argument)
          return portOf(keyOf(decoded.value)).cast(cast, decoded)
        }
        this.refusal = (argument) => portOf("k").refusal(call, argument)
        this.mistaken = (argument) => portOf("k").ask(call, port.decoded(cast, argument))
      }
    }
    const box = service({
      kind: "keyed",
      server: definition,
      argument: undefined,
      acquire: "keyed.get",
      guards: { put: guard },
      mailbox: (port) => new Keys(port, () => port),
      partitions: 3,
      partitioned: (port) => new Keys(port, (key) => port.portOf(key)),
    })
    return { got, judged, box }
  }

  it.each([false, true])("has it decoded once, guarded or not (%s)", async (isGuarded) => {
    const { got, judged, box } = spread(isGuarded)
    const { runtime } = await bootApp({ "app:k": box })
    const keys = await runtime.acquire("app:k")
    await keys.put({ key: "a", by: 1 })
    expect(keys.tell({ key: "b", by: 2 })).toBe(true)
    await keys.put({ key: "b", by: 3 })
    expect(got).toEqual([
      { key: "a!", by: 1 },
      { key: "b!", by: 2 },
      { key: "b!", by: 3 },
    ])
    expect(judged.length > 0).toBe(isGuarded)
    for (const one of judged) expect(got).toContain(one)
    expect((await errorOf(keys.put({ key: "a" }))).details.field).toBe("argument.by")
    await runtime.stop()
  })

  it("reads a getter that answers twice once, and is judged by what it has read", async () => {
    const { got, box } = spread(true)
    const policy = judging(({ key }) => key !== "secret!")
    const acquiring = { effect: "allow", actions: "keyed.get", resources: "*" } as const
    const { runtime } = await bootApp({ "app:k": box }, { policies: [acquiring, policy] })
    const keys = await runtime.acquire("app:k")
    const answers = ["open", "secret", "secret"]
    const twoFaced = {
      by: 1,
      get key() {
        return answers.shift()
      },
    }
    await keys.put(twoFaced)
    expect(got).toEqual([{ key: "open!", by: 1 }])
    expect((await errorOf(keys.put({ key: "secret", by: 1 }))).kind).toBe("PERMISSION_DENIED")
    await runtime.stop()
  })

  it("has one of another operation, or written by hand, decoded as any argument", async () => {
    const { got, box } = spread(false)
    const { runtime } = await bootApp({ "app:k": box })
    const keys = await runtime.acquire("app:k")
    expect((await errorOf(keys.mistaken({ key: "a", by: 1 }))).details.field).toBe("argument.key")
    expect((await errorOf(keys.put({ value: { key: "a", by: 1 } }))).details.field).toBe("argument.key")
    expect(got).toEqual([])
    await runtime.stop()
  })

  it("is told what the policies say of what was decoded, and of what does not fit that it does not", async () => {
    const { got, box } = spread(true)
    const policy = judging(({ key }) => key === "a!")
    const acquiring = { effect: "allow", actions: "keyed.get", resources: "*" } as const
    const { runtime } = await bootApp({ "app:k": box }, { policies: [acquiring, policy] })
    const keys = await runtime.acquire("app:k")
    expect(keys.refusal({ key: "a", by: 1 })).toBe(undefined)
    expect(keys.refusal({ key: "b", by: 1 })).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(keys.refusal({ key: "a", by: "1" })).toMatchObject({ kind: "INVALID", details: { field: "argument.by" } })
    expect(got).toEqual([])
    await runtime.stop()
  })
})

/** Takes a good part of the stack. */
const deep = (left: number): number => (left === 0 ? 0 : deep(left - 1) + 1)

it.each(["a schema", "a getter"])("a caller's full stack is no fault of what it sends: %s finds no room", async (which) => {
  const schema = by<unknown>((value) => ({ value: which === "a schema" && deep(1500) > 0 ? value : value }))
  const { got, definition } = seen(schema)
  const { runtime } = await bootApp({})
  const pid = runtime.spawn(definition)
  const own = decoderOf(schema, "value")
  const sent = {
    get count() {
      return which === "a getter" ? deep(1500) : 1
    },
  }
  await pid.call.put(sent)
  own(sent)
  const errors: unknown[] = []
  for (let frames = 1; frames < 4000; frames += 3) {
    let answer: Promise<unknown> | undefined
    nearStackEnd(frames, () => {
      try {
        if (frames % 2 === 0) answer = pid.call.put(sent)
        else own(sent)
      } catch (error) {
        errors.push(error)
      }
    })
    await answer?.catch((error) => errors.push(error))
  }
  expect(errors.length).toBeGreaterThan(0)
  for (const error of errors) expect(error).toBeInstanceOf(RangeError)
  expect(pid.isAlive).toBe(true)
  expect(got.length).toBeGreaterThan(1)
  await runtime.stop()
})

it("a Schema of Effect decodes in its standard form", async () => {
  const { got, definition } = seen(Schema.toStandardSchemaV1(Schema.Struct({ by: Schema.FiniteFromString })))
  const { runtime } = await bootApp({})
  const pid = runtime.spawn(definition)
  await pid.call.put({ by: "2" })
  expect(got).toEqual([{ by: 2 }])
  expect((await errorOf(pid.call.put({ by: 2 }))).details.field).toBe("argument.by")
  await runtime.stop()
})
