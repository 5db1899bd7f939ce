/** What nobody sees while all goes well: each of these was broken on purpose, and no test had noticed. */

import { Cause, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { expect, it } from "vitest"
import { Pigeonhole, Store } from "../../actors/effect.ts"
import {
  child,
  type ExitReason,
  Mailbox,
  type Pid,
  Runtime,
  StoreMailbox,
  server,
  store,
  type TreeNode,
  Unavailable,
} from "../../actors/index.ts"
import { acquiring } from "../../src/effect/acquiring.ts"
import { launched } from "../../src/effect/launched.ts"
import { collectGarbage } from "../support/garbage.ts"

const quiet = { log: () => {} }
const turns = Effect.promise(async () => {
  for (let left = 10; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve))
})

it("a release that rejects fails no scope, and nobody else either", async () => {
  let released = 0
  const refuse = (): Promise<never> => {
    released += 1
    return Promise.reject(new Error("no way out"))
  }
  const mailbox = (): Mailbox => Object.create(Mailbox.prototype, { release: { value: refuse } })
  const held = Effect.scoped(
    acquiring(
      () => Promise.resolve(mailbox()),
      (box) => box,
    ),
  )
  expect(Exit.isSuccess(await Effect.runPromiseExit(held))).toBe(true)
  const interrupted = Effect.scoped(
    Effect.andThen(
      acquiring(
        () => Promise.resolve(mailbox()),
        (box) => box,
      ),
      Effect.interrupt,
    ),
  )
  const exit = await Effect.runPromiseExit(interrupted)
  expect(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBe(true)
  const late = Effect.gen(function* () {
    const gate = Promise.withResolvers<Mailbox>()
    const fiber = yield* Effect.forkChild(
      Effect.scoped(
        acquiring(
          () => gate.promise,
          (box) => box,
        ),
      ),
      { startImmediately: true },
    )
    yield* Fiber.interrupt(fiber)
    gate.resolve(mailbox())
    yield* turns
  })
  await Effect.runPromise(late)
  expect(released).toBe(3)
})

it("the end of an application carries the error that it has ended with as its cause", async () => {
  const boom = new Error("boom")
  const ending: ((reason: ExitReason) => void)[] = []
  const onEnded = (listener: (reason: ExitReason) => void): void => void ending.push(listener)
  const runtime: Runtime<object> = Object.create(Runtime.prototype, { onEnded: { value: onEnded } })
  const program = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const starting = launched(
      () => Promise.resolve(runtime),
      () => Promise.resolve(),
    )
    const { ended } = yield* Fiber.join(yield* Effect.forkChild(Effect.provideService(starting, Scope.Scope, scope)))
    for (const end of ending) end({ error: boom })
    return [yield* Effect.flip(ended), yield* Effect.exit(Scope.close(scope, Exit.void))] as const
  })
  const [end, closed] = await Effect.runPromise(program)
  expect(end).toBeInstanceOf(Unavailable)
  expect(end.cause).toBe(boom)
  expect(Exit.isFailure(closed) && Cause.squash(closed.cause)).toBe(end)
})

it("a layer on a test's time kills what takes longer to stop than a second of ours, though nobody moves its time on", async () => {
  const stubborn = server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) })
  const layer = Pigeonhole.layerTest({ "app:s": child(stubborn, { shutdown: "infinity" }) }, { ...quiet, stopTimeout: "1 hour" })
  const exit = await Effect.runPromiseExit(Effect.provide(Effect.asVoid(Pigeonhole), layer))
  expect(Exit.isSuccess(exit)).toBe(true)
}, 3000)

it("an interruption withdraws a request from all the partitions that it was spread over", async () => {
  const program = Effect.gen(function* () {
    const { runtime } = yield* Pigeonhole
    const kept = yield* Store.acquire<number>("app:kept")
    const leaves = leavesOf(runtime.tree())
    for (const { pid } of leaves) yield* Effect.promise(() => runtime.sys.suspend(pid as Pid))
    const before = runtime.statistics()
    const fiber = yield* Effect.forkChild(kept.count(undefined, { timeout: "Infinity" }), { startImmediately: true })
    yield* turns
    const during = runtime.statistics()
    yield* Fiber.interrupt(fiber)
    const after = runtime.statistics()
    for (const { pid } of leaves) runtime.sys.resume(pid as Pid)
    return [during.accepted - before.accepted, after.returned - during.returned, leavesOf(runtime.tree()).map(({ waiting }) => waiting)]
  })
  const layer = Pigeonhole.layer({ "app:kept": store({ partitions: 3 }) }, quiet)
  expect(await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layer)))).toEqual([3, 3, [0, 0, 0]])
})

/** The processes that keep something. */
const leavesOf = (node: TreeNode): readonly TreeNode[] => (node.type === "worker" ? [node] : node.children.flatMap(leavesOf))

it("who waits for the end of an application, and gives up, is let go of", async () => {
  const abandoned = (ended: Effect.Effect<never, Unavailable>): Promise<readonly WeakRef<object>[]> => {
    const fibers = Array.from({ length: 10 }, () => Effect.runFork(ended))
    return Effect.runPromise(Effect.as(Fiber.interruptAll(fibers), fibers)).then((all) => all.map((fiber) => new WeakRef(fiber)))
  }
  const program = Effect.gen(function* () {
    const { ended } = yield* Pigeonhole
    const waiters = yield* Effect.promise(() => abandoned(ended))
    yield* Effect.promise(collectGarbage)
    yield* Effect.promise(collectGarbage)
    return waiters.filter((waiter) => waiter.deref() !== undefined).length
  })
  expect(await Effect.runPromise(Effect.provide(program, Pigeonhole.layer({ "app:cache": store() }, quiet)))).toBeLessThan(2)
})

it("a watch that fails with an error that is none of the runtime's is a defect", async () => {
  const broken = new Error("broken")
  const watch = async function* () {
    yield { type: "gap" }
    throw broken
  }
  const mailbox: StoreMailbox = Object.create(StoreMailbox.prototype, { watch: { value: watch } })
  const exit = await Effect.runPromiseExit(Stream.runDrain(new Store(mailbox).watch({ key: "a" })))
  expect(Exit.isFailure(exit) && [Cause.hasDies(exit.cause), Cause.hasFails(exit.cause), Cause.squash(exit.cause)]).toEqual([
    true,
    false,
    broken,
  ])
})
