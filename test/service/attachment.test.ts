import { describe, expect, it } from "vitest"
import {
  type Guard,
  Mailbox,
  type MailboxPort,
  type PigeonholeError,
  type Policy,
  type ServiceDefinition,
  type StoreMailbox,
  server,
  service,
  store,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

interface FileRequest {
  readonly name: string
}

const protocol = server({
  init: () => ({}),
  call: {
    wait: () => new Promise<void>(() => {}),
    read: (_state, file: FileRequest) => file,
  },
  cast: { touch: (_state, _file: FileRequest): void => {} },
  concurrency: 2,
})

class Files extends Mailbox {
  wait(): Promise<unknown> {
    return this.ask(protocol.route("call", "wait"), undefined)
  }
  read(file: unknown): Promise<unknown> {
    return this.ask(protocol.route("call", "read"), file)
  }
  touch(file: unknown): boolean {
    return this.post(protocol.route("cast", "touch"), file)
  }
}

function files(read: Guard, mailbox: (port: MailboxPort) => Files = (port) => new Files(port)): ServiceDefinition<Files> {
  const touch = { ...read, action: "files.touch" }
  return service({ kind: "files", server: protocol, argument: undefined, acquire: "files.get", guards: { read, touch }, mailbox })
}

const looking: Guard = { action: "files.read", attributes: ({ name }: FileRequest) => ({ name }) }
const publicOnly: readonly Policy[] = [
  { effect: "allow", actions: ["files.get", "service.call.wait"], resources: "*" },
  {
    effect: "allow",
    actions: ["files.read", "files.touch"],
    resources: "*",
    conditions: [{ field: "attributes.name", operator: "eq", value: "public" }],
  },
]

const all = { effect: "allow", actions: "*", resources: "*" } as const

function raise(): never {
  throw new Error("boom")
}

describe("what a guard looks at", () => {
  it("is what the handler gets, whatever becomes of the caller's object", async () => {
    const { runtime, time } = await bootApp({ files: files(looking) }, { policies: publicOnly })
    const box = await runtime.acquire("files")
    const file = { name: "public" }
    await time.settle()
    const reading = box.read(file)
    file.name = "secret"
    expect(await reading).toEqual({ name: "public" })
    expect(await reading).not.toBe(file)
    await runtime.stop()
  })

  it("is read once: a getter that answers twice is asked once", async () => {
    const { runtime } = await bootApp({ files: files(looking) }, { policies: publicOnly })
    const box = await runtime.acquire("files")
    let reads = 0
    const twice = {
      get name(): string {
        reads += 1
        return reads === 1 ? "public" : "secret"
      },
    }
    expect([await box.read(twice), reads]).toEqual([{ name: "public" }, 1])
    await runtime.stop()
  })

  it("is copied without any policy too, as one may come later; what no guard looks at stays shared", async () => {
    const { runtime } = await bootApp({ files: files(looking), shared: files({ action: "files.read" }) })
    const file = { name: "public" }
    expect(await (await runtime.acquire("files")).read(file)).not.toBe(file)
    expect(await (await runtime.acquire("shared")).read(file)).toBe(file)
    await runtime.stop()
  })

  it("is what its guard takes of it, where that says so; what it throws is Invalid", async () => {
    const taking: Guard = {
      ...looking,
      take: ({ name }: FileRequest) => {
        if (typeof name !== "string") throw new TypeError("no name")
        return { name }
      },
    }
    const { runtime } = await bootApp({ files: files(taking) })
    const box = await runtime.acquire("files")
    expect(await box.read(Object.assign(new (class File {})(), { name: "a", more: 1 }))).toEqual({ name: "a" })
    expect(await refusal(box.read({}))).toMatchObject({ kind: "INVALID", details: { field: "argument" } })
    await runtime.stop()
  })

  it.each<[string, Guard]>([
    ["attributes", { action: "files.read", attributes: (async () => raise()) as never }],
    ["take", { ...looking, take: async () => raise() }],
  ])("is there at once: what is promised by %s is judged by no policy, and its failure is no unhandled rejection", async (_how, guard) => {
    const secret = { field: "attributes.name", operator: "eq", value: "secret" } as const
    const policies = [all, { effect: "deny", actions: "files.read", resources: "*", conditions: [secret] } as const]
    const { runtime } = await bootApp({ files: files(guard) }, { policies })
    const box = await runtime.acquire("files")
    expect(await refusal(box.read({ name: "secret" }))).toMatchObject({ kind: "INVALID" })
    expect(box.touch({ name: "secret" })).toBe(false)
    await runtime.stop()
  })

  it("that cannot be copied is refused before it takes room: asked Invalid, cast a dead letter without its content", async () => {
    const { runtime, events } = await bootApp({ files: files(looking) })
    const box = await runtime.acquire("files")
    const { accepted } = runtime.statistics()
    const bad = { name: "secret", of: new (class File {})() }
    expect(await refusal(box.read(bad))).toMatchObject({ kind: "INVALID", details: { field: "argument.of" } })
    expect(box.touch(bad)).toBe(false)
    expect(runtime.statistics()).toMatchObject({ accepted, refused: 2 })
    expect(JSON.stringify(events.filter(({ type }) => type === "dead_letter"))).toContain('"message":{"sort":"an Object"}')
    await runtime.stop()
  })
})

describe("a mailbox", () => {
  it("has nothing at run time that lets others post what its author did not mean", async () => {
    const definition = store<number>()
    const { runtime } = await bootApp({ "app:s": definition, inner: files(looking) })
    for (const name of ["routes", "guards", "createMailbox", "reception"]) expect(Reflect.get(definition, name)).toBeUndefined()
    const box = await runtime.acquire("app:s")
    expect(Object.keys(box)).toEqual([])
    const ask = Reflect.get(box, "ask") as (route: unknown, argument: unknown) => Promise<unknown>
    const forged = { name: "set", kind: "call", index: 0 }
    expect(await refusal(ask.call(box, forged, { key: "k", value: 1, ttlMs: 1, owner: 0 }))).toMatchObject({ kind: "INVALID" })
    await runtime.stop()
  })

  it("of a kind of ours does not post by what others may put in the place of its methods", async () => {
    const { runtime } = await bootApp({ "app:s": store<number>() })
    const box: StoreMailbox<number> = await runtime.acquire("app:s")
    const seen: unknown[] = []
    for (const name of ["ask", "post"]) Object.defineProperty(box, name, { value: (route: unknown) => void seen.push(route) })
    expect([await box.set("k", 1), await box.get("k"), await box.delete("k")]).toEqual([true, 1, true])
    const root = await runtime.acquire("root")
    Object.defineProperty(root, "ask", { value: (route: unknown) => void seen.push(route) })
    expect((await root.whichChildren()).map(({ id }) => id)).toEqual(["app:s"])
    expect(seen).toEqual([])
    await runtime.stop()
  })

  it("is of no use before it is attached, nor where that fails: not to its factory, nor to who was refused", async () => {
    const ports: MailboxPort[] = []
    const early: unknown[] = []
    const factory = (port: MailboxPort): Files => {
      ports.push(port)
      early.push(port.cast(protocol.route("cast", "touch"), undefined), port.isReleased)
      void port.release()
      return new Files(port)
    }
    const { runtime, events } = await bootApp({ files: files({ action: "files.read" }, factory) })
    expect(await refusal(runtime.acquire("files", { as: class Other extends Mailbox {} }))).toMatchObject({ kind: "INVALID" })
    expect(await refusal(ports[0]?.ask(protocol.route("call", "read"), "x") as Promise<unknown>)).toMatchObject({ kind: "INVALID" })
    expect(early).toEqual([false, true])
    const box = await runtime.acquire("files")
    expect(await box.read("x")).toBe("x")
    expect(events.filter(({ type }) => type === "attached" || type === "detached")).toHaveLength(1)
    await runtime.stop()
  })
})

describe("an operation that needs several permissions, or names many things", () => {
  interface Batch {
    readonly names: readonly string[]
  }
  const batch: Guard = {
    action: ["files.read", "files.delete"],
    each: ({ names }: Batch) => names.map((name) => ({ name })),
  }
  const allow = (actions: string, name?: string): Policy => ({
    effect: "allow",
    actions,
    resources: "*",
    ...(name === undefined ? {} : { conditions: [{ field: "attributes.name", operator: "eq", value: name }] }),
  })
  const acquire: Policy = { effect: "allow", actions: "files.get", resources: "*" }
  const outcome = async (policies: Policy[], names: string[]): Promise<unknown> => {
    const { runtime } = await bootApp({ files: files(batch) }, { policies: [acquire, ...policies] })
    const box = await runtime.acquire("files")
    const refused = await box.read({ names }).then(
      () => undefined,
      (error) => error as PigeonholeError,
    )
    await runtime.stop()
    return refused === undefined ? "done" : [refused.kind, refused.details.action, refused.details.name]
  }

  it("needs each of them", async () => {
    expect(await outcome([allow("files.read"), allow("files.delete")], ["a"])).toBe("done")
    expect(await outcome([allow("files.read")], ["a"])).toEqual(["PERMISSION_DENIED", "files.delete", undefined])
    expect(await outcome([allow("files.delete")], ["a"])).toEqual(["PERMISSION_DENIED", "files.read", undefined])
    expect(await outcome([], [])).toEqual(["PERMISSION_DENIED", "files.read", undefined])
  })

  it("is denied as a whole where one thing is, which the denial names", async () => {
    const policies = [allow("files.read"), allow("files.delete", "a")]
    expect(await outcome(policies, ["a", "a"])).toBe("done")
    expect(await outcome(policies, ["a", "b", "a"])).toEqual(["PERMISSION_DENIED", "files.delete", "b"])
    // What names nothing has no more leave than what names something.
    expect(await outcome(policies, [])).toEqual(["PERMISSION_DENIED", "files.delete", undefined])
  })

  it("is handed on as a copy, like all that is looked at, also where no policy looks at it", async () => {
    const { runtime } = await bootApp({ files: files(batch) })
    const sent = { names: ["a"] }
    const read = await (await runtime.acquire("files")).read(sent as never)
    expect([read, read === (sent as never)]).toEqual([sent, false])
    await runtime.stop()
  })

  it("is Invalid where a guard names no action, or its things in two ways", () => {
    expect(() => files({ action: [] })).toThrow(/must name an action/)
    expect(() => files({ action: ["a", 5 as never] })).toThrow(/action\[1\]/)
    expect(() => files({ ...batch, attributes: () => ({}) })).toThrow(/each stands in the place of attributes/)
  })
})

describe("the refusal of a request that is not posted", () => {
  const route = protocol.route("call", "read")
  const opened = async () => {
    const ports: MailboxPort[] = []
    const definition = files(looking, (port) => {
      ports.push(port)
      return new Files(port)
    })
    const app = await bootApp({ files: definition }, { policies: publicOnly })
    const mailbox = await app.runtime.acquire("files")
    const [port] = ports
    if (port === undefined) throw new Error("there is no port")
    return { ...app, mailbox, port }
  }

  it("is what the policies say now, and a denial is reported", async () => {
    const { port, runtime, events } = await opened()
    expect(port.refusal(route, { name: "public" })).toBeUndefined()
    expect(port.refusal(route, { name: "secret" })).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(events.filter(({ type }) => type === "denied")).toHaveLength(1)
    runtime.security.setPolicies([all])
    expect(port.refusal(route, { name: "secret" })).toBeUndefined()
    const strange = server({ init: () => ({}), call: { read: () => 1 } }).route("call", "read")
    expect(port.refusal(strange, {})).toMatchObject({ kind: "INVALID" })
  })

  it("does not let a mailbox post that was given back, though it is permitted", async () => {
    const { port, runtime, mailbox } = await opened()
    runtime.security.setPolicies([all])
    await mailbox.release()
    expect(port.refusal(route, { name: "public" })).toBeUndefined()
    expect(await refusal(mailbox.read({ name: "public" }))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
  })
})
