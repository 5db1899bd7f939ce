/** Stores as Effects: typed errors, scopes, interruption, streams. */

import { expect, it } from "@effect/vitest"
import { Cause, Context, Deferred, Duration, Effect, Exit, Fiber, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { Mailbox, Pigeonhole, Principal, Store } from "../../actors/effect.ts"
import { type AccessRequest, type MailboxOf, type Pid, type Runtime, server, store } from "../../actors/index.ts"

interface User {
  readonly name: string
}

const signals: AbortSignal[] = []
/** Answers when it is told to. */
const desk = server({
  init: () => ({}),
  call: {
    wait: (_state, _argument: undefined, self) => {
      signals.push(self.requestSignal)
      return new Promise<string>((_resolve, reject) =>
        self.requestSignal.addEventListener("abort", () => reject(self.requestSignal.reason)),
      )
    },
    answer: (_state, argument: number) => argument + 1,
    refuse: (_state, _argument: undefined) => {
      throw new Error("boom")
    },
  },
})

const readers = {
  policies: [({ principal, action }: AccessRequest) => principal.id !== "reader" || action !== "store.key.set"],
}

const tree = { "app:users": store<User>(), "app:desk": desk }
const live = Pigeonhole.layerTest(tree)

const attachments = (runtime: Runtime<object>, id: string): number =>
  runtime.tree().children.find((node) => node.id === id)?.attachments ?? -1

describe("a store in a scope", () => {
  it.effect("does what a store does, with what may be missing as an Option", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      expect(yield* users.get("a")).toEqual(Option.none())
      yield* users.set("a", { name: "Alice" })
      expect(yield* users.get("a")).toEqual(Option.some({ name: "Alice" }))
      expect(yield* users.has("a")).toBe(true)
      expect(yield* users.getOrElse("b", () => "nobody")).toBe("nobody")
      const first = yield* users.put("b", { name: "Bob" }, { onlyIfAbsent: true })
      expect(Option.map(yield* users.entry("b"), ({ version }) => version)).toEqual(Option.some(first.version))
      yield* users.setMany([["c", { name: "Carol" }]], "1 hour")
      expect(yield* users.getMany(["c", "x"])).toEqual([Option.some({ name: "Carol" }), Option.none()])
      expect((yield* users.list()).items.map(({ key }) => key)).toEqual(["a", "b", "c"])
      expect(yield* Stream.runCollect(users.keys())).toEqual(["a", "b", "c"])
      expect((yield* Stream.runCollect(users.entries())).map(({ value }) => value.name)).toEqual(["Alice", "Bob", "Carol"])
      const updated = yield* users.update("a", (user) => ({ name: `${user?.name}!` }))
      expect(Option.map(updated, ({ value }) => value)).toEqual(Option.some({ name: "Alice!" }))
      expect(yield* users.transaction(["a", "b"], (tx) => [tx.get("a")?.name, tx.get("b")?.name])).toEqual(["Alice!", "Bob"])
      expect(yield* users.take("a")).toEqual(Option.some({ name: "Alice!" }))
      expect(yield* users.deleteMany(["b", "x"])).toEqual([true, false])
      expect(yield* users.delete("x")).toBe(false)
      expect(yield* users.count()).toBe(1)
      expect(yield* users.clear()).toBe(1)
      expect((yield* users.increment("n", 2)).value).toBe(2)
      expect((yield* users.statistics()).entries).toBe(1)
      expect((yield* users.info()).id).toBe("app:users")
    }).pipe(Effect.provide(live)),
  )

  it.effect("takes durations: a plain number is milliseconds", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      yield* users.set("text", { name: "a" }, "1 minute")
      yield* users.set("number", { name: "a" }, 60)
      yield* users.set("object", { name: "a" }, { minutes: 1 })
      yield* users.set("options", { name: "a" }, { ttl: Duration.minutes(1) })
      yield* users.set("infinite", { name: "a" }, "Infinity")
      expect(yield* users.ttl("text")).toEqual(Option.some(Duration.minutes(1)))
      expect(yield* users.ttl("object")).toEqual(Option.some(Duration.minutes(1)))
      expect(yield* users.ttl("options")).toEqual(Option.some(Duration.minutes(1)))
      expect(yield* users.ttl("infinite")).toEqual(Option.some(Duration.infinity))
      expect(yield* users.ttl("none")).toEqual(Option.none())
      yield* TestClock.adjust("60 millis")
      expect(yield* Stream.runCollect(users.keys())).toEqual(["infinite", "object", "options", "text"])
      expect(yield* users.persist("text")).toBe(true)
      expect(yield* users.touch("object", "1 hour")).toBe(true)
      yield* TestClock.adjust("1 minute")
      expect(yield* Stream.runCollect(users.keys())).toEqual(["infinite", "object", "text"])
    }).pipe(Effect.provide(live)),
  )

  it.effect.each([
    ["ttl", { ttl: "soon" }],
    ["ttl", { ttl: 0 }],
    ["ttl", { ttl: -5 }],
    ["ttl", { ttl: Number.NaN }],
    ["timeout", { timeout: 0 }],
    ["tll", { tll: 5 }],
  ])("refuses a wrong %s, by name", ([field, options]) =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      const error = yield* Effect.flip(users.set("a", { name: "a" }, options as never))
      expect(error).toMatchObject({ _tag: "Invalid", details: { field } })
      expect(yield* users.has("a")).toBe(false)
    }).pipe(Effect.provide(live)),
  )

  it.effect("fails with errors that are known by their tags", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users").pipe(Principal.with({ id: "reader" }))
      const answer = yield* users.set("a", { name: "a" }).pipe(Effect.catchTag("PermissionDenied", (error) => Effect.succeed(error.kind)))
      expect(answer).toBe("PERMISSION_DENIED")
      expect(yield* users.get("a")).toEqual(Option.none())
      const own = yield* Store.acquire<User>("app:users")
      expect((yield* Effect.flip(own.get("")))._tag).toBe("Invalid")
      const first = yield* own.put("a", { name: "a" })
      expect((yield* Effect.flip(own.put("a", { name: "b" }, { onlyIfAbsent: true })))._tag).toBe("AlreadyExists")
      expect((yield* Effect.flip(own.put("x", { name: "b" }, { ifVersion: first.version })))._tag).toBe("NotFound")
      expect((yield* Effect.flip(Store.acquire("app:none")))._tag).toBe("NotFound")
      expect((yield* Effect.flip(Store.acquire("app:desk")))._tag).toBe("Invalid")
    }).pipe(Effect.provide(Pigeonhole.layerTest(tree, readers))),
  )

  it.effect("has what a function of the caller's throws for a defect, and changes nothing", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      const bug = new Error("bug")
      const exit = yield* Effect.exit(
        users.update("a", () => {
          throw bug
        }),
      )
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause) && Cause.squash(exit.cause)).toBe(bug)
      expect(yield* users.has("a")).toBe(false)
    }).pipe(Effect.provide(live)),
  )
})

describe("leaving the scope", () => {
  it.effect("gives the mailbox back, however it is left", () =>
    Effect.gen(function* () {
      const { runtime } = yield* Pigeonhole
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Store.acquire("app:users")
          expect(attachments(runtime, "app:users")).toBe(1)
        }),
      )
      expect(attachments(runtime, "app:users")).toBe(0)
      yield* Effect.exit(Effect.scoped(Effect.andThen(Store.acquire("app:users"), Effect.die("bug"))))
      expect(attachments(runtime, "app:users")).toBe(0)
      const fiber = yield* Effect.forkChild(Effect.scoped(Effect.andThen(Store.acquire("app:users"), Effect.never)))
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      expect(attachments(runtime, "app:users")).toBe(1)
      yield* Fiber.interrupt(fiber)
      expect(attachments(runtime, "app:users")).toBe(0)
    }).pipe(Effect.provide(live)),
  )

  it.effect("has a mailbox that came too late given back at once", () =>
    Effect.gen(function* () {
      const { runtime } = yield* Pigeonhole
      const scope = yield* Scope.make()
      const fiber = yield* Effect.forkChild(Store.acquire("app:users").pipe(Effect.provideService(Scope.Scope, scope)), {
        startImmediately: true,
      })
      yield* Fiber.interrupt(fiber)
      for (let turn = 0; turn < 3; turn += 1) yield* Effect.yieldNow
      expect(attachments(runtime, "app:users")).toBe(0)
    }).pipe(Effect.provide(live)),
  )

  it.effect("refuses what is asked of the mailbox afterwards", () =>
    Effect.gen(function* () {
      const users = yield* Effect.scoped(Store.acquire<User>("app:users"))
      expect(users.isReleased).toBe(true)
      expect((yield* Effect.flip(users.get("a")))._tag).toBe("Invalid")
    }).pipe(Effect.provide(live)),
  )
})

describe("a request", () => {
  const asked = Mailbox.acquire<MailboxOf<typeof desk>>("app:desk")

  it.effect("that is answered at once suspends no fiber", () =>
    Effect.gen(function* () {
      const box = yield* asked
      const users = yield* Store.acquire<User>("app:users")
      yield* Effect.yieldNow
      expect(Effect.runSyncExit(box.call.answer(41))).toEqual(Exit.succeed(42))
      yield* users.set("a", { name: "Alice" })
      yield* Effect.yieldNow
      expect(Effect.runSyncExit(users.get("a"))).toEqual(Exit.succeed(Option.some({ name: "Alice" })))
    }).pipe(Effect.provide(live)),
  )

  it.effect("behind another suspends none either, but where another process waits for its turn", () =>
    Effect.gen(function* () {
      const box = yield* asked
      const users = yield* Store.acquire<User>("app:users")
      yield* Effect.yieldNow
      const many = Effect.forEach([1, 2, 3], (n) => Effect.andThen(users.has("a"), box.call.answer(n)))
      expect(Effect.runSyncExit(many)).toEqual(Exit.succeed([2, 3, 4]))
      const { runtime } = yield* Pigeonhole
      runtime.tell(runtime.spawn(server({ init: () => ({}) })), "starts first")
      expect(Exit.isFailure(Effect.runSyncExit(box.call.answer(1)))).toBe(true)
    }).pipe(Effect.provide(live)),
  )

  it.effect("that is interrupted is withdrawn: its handler hears of it, and no deadline is left", () =>
    Effect.gen(function* () {
      const { runtime } = yield* Pigeonhole
      const box = yield* asked
      signals.length = 0
      const waiting = yield* Effect.forkChild(box.call.wait(), { startImmediately: true })
      const queued = yield* Effect.forkChild(box.call.answer(1), { startImmediately: true })
      for (let turn = 0; turn < 3; turn += 1) yield* Effect.yieldNow
      expect(signals.map(({ aborted }) => aborted)).toEqual([false])
      yield* Fiber.interrupt(waiting)
      yield* Fiber.join(queued)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true])
      const { timeouts } = runtime.statistics()
      yield* TestClock.adjust("1 hour")
      expect(runtime.statistics().timeouts).toBe(timeouts)
    }).pipe(Effect.provide(live)),
  )

  it.effect("waits as long as it says, and fails with Timeout", () =>
    Effect.gen(function* () {
      const box = yield* asked
      const fiber = yield* Effect.forkChild(Effect.flip(box.call.wait(undefined, { timeout: "10 seconds" })), { startImmediately: true })
      for (let turn = 0; turn < 3; turn += 1) yield* Effect.yieldNow
      yield* TestClock.adjust("9 seconds")
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(fiber))._tag).toBe("Timeout")
    }).pipe(Effect.provide(live)),
  )

  it.effect("fails with Internal where its handler throws", () =>
    Effect.gen(function* () {
      const box = yield* asked
      expect((yield* Effect.flip(box.call.refuse()))._tag).toBe("Internal")
    }).pipe(Effect.provide(live)),
  )
})

describe("getOrSet", () => {
  class Prefix extends Context.Service<Prefix, string>()("test/Prefix") {}

  it.effect("runs its load with its caller's services, once for all", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      let loads = 0
      const load = ({ key }: { readonly key: string }) =>
        Effect.gen(function* () {
          loads += 1
          yield* Effect.yieldNow
          return { name: `${yield* Prefix} ${key}` }
        })
      const both = yield* Effect.all([users.getOrSet("7", load, { ttl: "1 hour" }), users.getOrSet("7", load)], { concurrency: 2 })
      expect(both).toEqual([Option.some({ name: "user 7" }), Option.some({ name: "user 7" })])
      expect(loads).toBe(1)
      expect(yield* users.ttl("7")).toEqual(Option.some(Duration.hours(1)))
    }).pipe(Effect.provideService(Prefix, "user"), Effect.provide(live)),
  )

  it.effect("fails with what its load fails with, and dies of its defects", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      expect(yield* Effect.flip(users.getOrSet("7", () => Effect.fail("no such user" as const)))).toBe("no such user")
      const exit = yield* Effect.exit(users.getOrSet("7", () => Effect.die("bug")))
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    }).pipe(Effect.provide(live)),
  )

  it.effect("interrupts its load when nobody waits for it any more", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      const started = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<string>()
      const load = () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(ended, "interrupted")),
        )
      const fiber = yield* Effect.forkChild(users.getOrSet("7", load))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      expect(yield* Deferred.await(ended)).toBe("interrupted")
    }).pipe(Effect.provide(live)),
  )
})

describe("a lease", () => {
  it.effect("is held by its scope, and lost to who breaks it", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const lease = yield* users.lease("report", { ttl: "1 minute" })
          expect(yield* lease.isHeld).toBe(true)
          expect((yield* Effect.flip(Effect.scoped(users.lease("report"))))._tag).toBe("Conflict")
          yield* TestClock.adjust("59 seconds")
          yield* lease.renew("2 minutes")
          yield* TestClock.adjust("1 minute")
          expect(yield* lease.isHeld).toBe(true)
        }),
      )
      expect(yield* users.leaseOf("report")).toEqual(Option.none())
      const fiber = yield* Effect.forkChild(Effect.flip(Effect.never.pipe(users.withLease("report"))), { startImmediately: true })
      for (let turn = 0; turn < 3; turn += 1) yield* Effect.yieldNow
      expect(yield* users.breakLease("report")).toBe(true)
      expect((yield* Fiber.join(fiber))._tag).toBe("Conflict")
    }).pipe(Effect.provide(live)),
  )
})

describe("a watch", () => {
  it.effect("is a stream, and over with it", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      yield* users.set("a", { name: "Alice" })
      const fiber = yield* Effect.forkChild(
        users.watch({ prefix: "", initial: true }).pipe(
          Stream.map(({ type, key }) => `${type} ${key}`),
          Stream.take(3),
          Stream.runCollect,
        ),
      )
      for (let turn = 0; turn < 4; turn += 1) yield* Effect.yieldNow
      yield* users.set("b", { name: "Bob" })
      yield* users.delete("a")
      expect(yield* Fiber.join(fiber)).toEqual(["set a", "set b", "delete a"])
    }).pipe(Effect.provide(live)),
  )

  it.effect("fails with what ends it", () =>
    Effect.gen(function* () {
      const users = yield* Store.acquire<User>("app:users")
      expect((yield* Effect.flip(Stream.runDrain(users.watch({} as never)))).message).toContain("key is missing")
    }).pipe(Effect.provide(live)),
  )
})

describe("inspection events", () => {
  it.effect("are a stream that waits for nobody, and ends its inspector", () =>
    Effect.gen(function* () {
      const service = yield* Pigeonhole
      const fiber = yield* Effect.forkChild(
        service.events({ bufferSize: 16 }).pipe(
          Stream.filter(({ type }) => type === "exited"),
          Stream.take(1),
          Stream.runCollect,
        ),
      )
      for (let turn = 0; turn < 3; turn += 1) yield* Effect.yieldNow
      service.runtime.exit(service.runtime.whereis("app:desk") as Pid, "kill")
      expect((yield* Fiber.join(fiber))[0]).toMatchObject({ type: "exited", label: "app:desk" })
    }).pipe(Effect.provide(live)),
  )
})
