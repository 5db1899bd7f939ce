/** The running application within a handler: mailboxes of the process's own, as itself or as whoever has asked. */

import { Effect, Exit, type Layer, Option } from "effect"
import { describe, expect, expectTypeOf, it } from "vitest"
import { type AcquiredServer, Mailbox, Pigeonhole, Principal, process, Store, server } from "../../actors/effect.ts"
import { child, type InspectionEvent, type MailboxOf, type Pid, scope, store } from "../../actors/index.ts"
import { type Acting, CurrentActing } from "../../src/effect/principal.ts"

/** A server that reads a store for others. */
const desk = server({
  init: () => Effect.map(Effect.scoped(Store.acquire("app:cache")), ({ principal }) => ({ own: principal.id })),
  call: {
    own: ({ own }) => own,
    read: (_state, key: string) =>
      Effect.scoped(Effect.flatMap(Store.acquire<string>("app:cache"), (cache) => cache.get(key))).pipe(Effect.map(Option.getOrUndefined)),
    asWhom: () => Effect.scoped(Effect.map(Store.acquire("app:cache"), ({ principal }) => principal.id)),
    asItself: () => Effect.scoped(Effect.map(Store.acquire("app:cache"), ({ principal }) => principal.id)).pipe(Principal.asItself),
    asAdmin: () => Effect.scoped(Store.acquire("app:cache")).pipe(Principal.with({ id: "admin" }), Effect.asVoid),
    forward: () => Effect.scoped(Effect.flatMap(Mailbox.acquire<MailboxOf<typeof inner>>("app:inner"), (box) => box.call.who())),
    forged: () =>
      Effect.flatMap(CurrentActing, (acting) => {
        const made = { ...acting, principal: { id: "admin" } } as Acting
        return Effect.asVoid(Effect.scoped(Store.acquire("app:cache"))).pipe(Effect.provideService(CurrentActing, made))
      }),
    runtime: () => Effect.map(Pigeonhole, ({ runtime }) => runtime.statistics().processes),
    spawned: () => Effect.flatMap(Pigeonhole, (own) => Effect.flatMap(own.spawn(echo), (pid) => own.ask(pid, "hello"))),
    named: () =>
      Effect.flatMap(Pigeonhole, (own) =>
        Effect.flatMap(own.spawn(echo, undefined, { name: "echo" }), (pid) => own.ask(pid, "hello", { timeout: "1 second" })),
      ),
    keep: () => Effect.map(Store.acquire("app:cache"), ({ id }) => id),
  },
  cast: { ask: () => Effect.void },
})

const inner = server({
  init: () => ({}),
  call: { who: () => Effect.map(Principal.current, (principal) => (principal as { readonly id: string } | undefined)?.id) },
})

const echo = process<undefined, string>((self) => Effect.flatMap(self.receive(), (message) => self.reply(message)))

const TREE = { "app:cache": store<string>(), "app:inner": inner, "app:desk": child(desk, { principal: { id: "desk" } }) }
const policies = [
  { id: "in", effect: "allow", actions: "*", resources: ["app:desk", "app:inner"] },
  {
    id: "own",
    effect: "allow",
    actions: "*",
    resources: "app:cache",
    conditions: [{ field: "principal.id", operator: "in", value: ["alice", "desk"] }],
  },
  scope("readers", [{ id: "readers", effect: "allow", actions: "*", resources: "app:cache" }]),
] as const

type Desk = MailboxOf<typeof desk>

/** What a program comes to that has the desk's mailbox as this principal. */
function asked<A, E>(
  as: string,
  program: (desk: AcquiredServer<Desk>) => Effect.Effect<A, E, Pigeonhole>,
  { scopes = [], ...options }: Parameters<typeof Pigeonhole.layer>[1] & { readonly scopes?: readonly string[] } = {},
): Promise<Exit.Exit<A, unknown>> {
  const acquired = Mailbox.acquire<Desk>("app:desk").pipe(Principal.with({ id: as }, { scopes }))
  const whole = Effect.scoped(Effect.flatMap(acquired, program))
  return Effect.runPromiseExit(Effect.provide(whole, Pigeonhole.layer(TREE, { log: () => {}, policies, ...options })))
}

const denied = { _tag: "Failure", cause: { reasons: [{ error: { kind: "PERMISSION_DENIED" } }] } }

describe("a handler", () => {
  it("acts as whoever has asked: what it acquires is judged by that principal", async () => {
    expect(await asked("alice", (box) => Effect.all([box.call.asWhom(), box.call.read("a")]))).toEqual(Exit.succeed(["alice", undefined]))
    expect(await asked("mallory", (box) => box.call.read("a"))).toMatchObject(denied)
  })

  it("carries the scopes of the mailbox that it is asked through, and no others", async () => {
    expect(await asked("bob", (box) => box.call.read("a"), { scopes: ["readers"] })).toEqual(Exit.succeed(undefined))
    expect(await asked("bob", (box) => box.call.read("a"))).toMatchObject(denied)
  })

  it("acts as its process where the code says so, and in its init", async () => {
    expect(await asked("mallory", (box) => Effect.all([box.call.asItself(), box.call.own()]))).toEqual(Exit.succeed(["desk", "desk"]))
  })

  it("acts as nobody that was not given", async () => {
    expect(await asked("alice", (box) => box.call.asAdmin())).toMatchObject(denied)
    expect(await asked("alice", (box) => box.call.runtime())).toMatchObject({ _tag: "Failure" })
  })

  it("cannot turn an identity that was carried into another", async () => {
    expect(await asked("alice", (box) => box.call.forged())).toMatchObject(denied)
  })

  it("carries who has asked to whom it asks in its turn", async () => {
    expect(await asked("alice", (box) => box.call.forward())).toEqual(Exit.succeed("alice"))
  })

  it("is told of each of several that it serves side by side", async () => {
    const slow = server({
      init: () => ({}),
      call: {
        who: () =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.map(Principal.current, (who) => (who as { readonly id: string }).id),
          ),
      },
      concurrency: 4,
    })
    const one = (id: string) =>
      Effect.flatMap(Mailbox.acquire<MailboxOf<typeof slow>>("app:slow").pipe(Principal.with({ id })), (box) => box.call.who())
    const all = Effect.all([one("alice"), one("bob"), one("carol")], { concurrency: "unbounded" })
    const program = Effect.scoped(all).pipe(Effect.provide(Pigeonhole.layer({ "app:slow": slow }, { log: () => {} })))
    expect(await Effect.runPromise(program)).toEqual(["alice", "bob", "carol"])
  })

  it("starts and asks processes as its own", async () => {
    expect(await asked("alice", (box) => Effect.all([box.call.spawned(), box.call.named()]))).toEqual(Exit.succeed(["hello", "hello"]))
  })

  it("gives back with its scope, and at the latest with its process", async () => {
    const seen: string[] = []
    const inspect = (event: InspectionEvent): void => {
      if (event.type === "detached" && event.service === "app:cache") seen.push(event.cause)
    }
    const program = (box: AcquiredServer<Desk>) =>
      Effect.gen(function* () {
        yield* box.call.asWhom()
        const after = [...seen]
        yield* box.call.keep()
        const { runtime } = yield* Pigeonhole
        const kept = [...seen]
        runtime.exit(runtime.whereis("app:desk") as Pid, "kill")
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        return [after, kept, seen.slice(0, 3)]
      })
    expect(await asked("alice", program, { inspect })).toEqual(
      Exit.succeed([
        ["released", "released"],
        ["released", "released"],
        ["released", "released", "caller_ended"],
      ]),
    )
  })

  it("needs nothing of a layer for it", () => {
    const layer = Pigeonhole.layer(TREE)
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<Pigeonhole, Layer.Error<typeof layer>>>()
  })
})
