/** Several runtimes at once in one scenario, with services of the same id: each has a history of its own, and is judged by that. */

import { fileSnapshot } from "pigeonhole/durable"
import { type Application, explore, type ServiceModel, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  child,
  type MailboxOf,
  type Runtime,
  reset,
  StoreMailbox,
  type SupervisorDefinition,
  server,
  start,
  store,
} from "../../../actors/index.ts"
import { CallerRequests } from "../../../src/supervision/caller-requests.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { nothingFailed, patient } from "../../support/explored.ts"

const storeOf = (runtime: Runtime) => runtime.acquire("app:store", { as: StoreMailbox<number> })
const counterOf = (runtime: { acquire(id: string): Promise<unknown> }) =>
  runtime.acquire("app:counter") as Promise<MailboxOf<typeof counter>>

type Children = Exclude<Application["tree"], SupervisorDefinition<object>>

/** The same tree in the application's own runtime and in two that the scenario starts, one beside the other. */
function threefold(tree: Children, use: (runtimes: readonly [Runtime, Runtime, Runtime], world: World) => Promise<unknown>) {
  return (world: World): Application => ({
    tree,
    async run(own) {
      await using one = await start(tree, { host: world.host, log: () => {} })
      await using other = await start(tree, { host: world.host, log: () => {} })
      await use([own, one, other] as never, world)
    },
  })
}

const counter = server({ init: () => ({ total: 0 }), call: { add: (state) => (state.total += 1), total: ({ total }) => total } })
/** Counts two for one. */
const wrong = server({ init: () => ({ total: 0 }), call: { add: (state) => (state.total += 2), total: ({ total }) => total } })
const model: ServiceModel<number> = { init: () => 0, call: { add: (total) => [total + 1, total + 1], total: (total) => [total, total] } }

describe("stores of one id in runtimes at once", () => {
  it("have nothing of each other", async () => {
    const make = threefold({ "app:store": store() }, (runtimes) =>
      Promise.all(
        runtimes.map(async (runtime, at) => {
          const box = await storeOf(runtime)
          await box.set("a", at, undefined, patient)
          await box.get("a", patient)
          await box.delete("a")
          await box.get("a", patient)
        }),
      ),
    )
    nothingFailed(await explore(make, { schedules: 60 }))
    nothingFailed(await explore(make, { schedules: 60, faults: { crash: 2 } }))
  })

  it("tell what they watch, each by its own versions", async () => {
    const make = threefold({ "app:store": store() }, (runtimes) =>
      Promise.all(
        runtimes.map(async (runtime, at) => {
          const box = await storeOf(runtime)
          const watch = box.watch({ key: "a" })
          await box.set("a", at, undefined, patient)
          await box.set("a", at + 10, undefined, patient)
          await watch.next()
          await watch.return?.()
        }),
      ),
    )
    nothingFailed(await explore(make, { schedules: 60 }))
  })

  it("keep what is bound to a mailbox of theirs, whoever gives back one of another's", async () => {
    const make = threefold({ "app:store": store() }, async ([own, other]) => {
      const [left, kept] = [await storeOf(own), await storeOf(other)]
      await left.set("a", 1, { bound: true }, patient)
      await kept.set("a", 1, { bound: true }, patient)
      await left.release()
    })
    nothingFailed(await explore(make, { schedules: 60 }))
  })
})

describe("stores of one id that keep snapshots in runtimes at once, each in a file of its own", () => {
  const kept = (path: string) => ({
    "app:store": child(store<number>({ snapshot: { to: fileSnapshot(path), everyMs: 10 } }), { backoff: { initialMs: 5 } }),
  })

  it("begin with what they have kept themselves", async () => {
    const [one, another] = [kept("/one"), kept("/another")]
    const make = (world: World): Application => ({
      tree: one,
      async run(own) {
        const use = async (runtime: Runtime, value: number) => {
          const box = await storeOf(runtime)
          await box.set("a", value, undefined, patient).catch(() => {})
          await new Promise((resolve) => setTimeout(resolve, 50))
          await box.get("a", patient).catch(() => {})
        }
        await using other = await start(another, { host: world.host, log: () => {} })
        await Promise.all([use(own as unknown as Runtime, 1), use(other as unknown as Runtime, 2)])
      },
    })
    nothingFailed(await explore(make, { schedules: 80 }))
    nothingFailed(await explore(make, { schedules: 150, faults: { crash: 2 } }))
  })
})

describe("stores of one id that keep snapshots in runtimes one after the other, each in a file of its own", () => {
  it("have versions of their own: those of the later need not be greater, in one millisecond", async () => {
    const make = (world: World): Application => ({
      tree: {},
      async run() {
        for (const path of ["/one", "/another"]) {
          const tree = { "app:store": store<number>({ snapshot: { to: fileSnapshot(path) } }) }
          await using runtime = await start(tree, { host: world.host, log: () => {} })
          const box = await storeOf(runtime as unknown as Runtime)
          await box.set("a", 1, undefined, patient)
          await box.update("a", (value) => (value ?? 0) + 1, undefined, patient)
        }
      },
    })
    nothingFailed(await explore(make, { schedules: 40 }))
  })
})

describe("services with a model in runtimes at once", () => {
  const counting =
    (trees: readonly [Children, Children]) =>
    (world: World): Application => ({
      tree: trees[0],
      async run(own) {
        await using other = await start(trees[1], { host: world.host, log: () => {} })
        const use = async (runtime: Runtime) => {
          const box = await counterOf(runtime)
          await box.call.add()
          await box.call.total()
        }
        await Promise.all([own as unknown as Runtime, other as unknown as Runtime].map(use))
      },
    })
  const [right, bad] = [{ "app:counter": child(counter, {}) }, { "app:counter": child(wrong, {}) }]
  const options = { schedules: 60, models: { "app:counter": model } } as const

  it("each begin as the model does", async () => {
    nothingFailed(await explore(counting([right, right]), options))
  })

  it("are said to be wrong where one is, and which", async () => {
    const { failure: second } = await explore(counting([right, bad]), options)
    expect(second).toMatchObject({ kind: "history", name: "app:counter" })
    expect(second?.message).toMatch(/^app:counter of the 2nd runtime: outside's add\(\) gave 2, and no order/)
    const { failure: first } = await explore(counting([bad, right]), options)
    expect(first).toMatchObject({ kind: "history", name: "app:counter" })
    expect(first?.message).toMatch(/^app:counter: outside's add\(\) gave 2, and no order/)
  })

  it("were asked, whoever of them it was", async () => {
    const make = (world: World): Application => ({
      tree: {},
      async run() {
        await using first = await start(right, { host: world.host, log: () => {} })
        await using second = await start(right, { host: world.host, log: () => {} })
        void first
        await (await counterOf(second as unknown as Runtime)).call.add()
      },
    })
    expect((await explore(make, { ...options, schedules: 3 })).neverAsked).toEqual([])
  })
})

describe("world.stateOf and world.entriesOf", () => {
  it("show those of the runtime that was started first of those that have one", async () => {
    const seen = new Set<string>()
    const make = threefold({ "app:store": store(), "app:counter": counter }, async ([own, one], world) => {
      await (await storeOf(own)).set("a", 1, undefined, patient)
      await (await storeOf(one)).set("b", 2, undefined, patient)
      await (await counterOf(one)).call.add()
      seen.add(JSON.stringify([[...(world.entriesOf("app:store") ?? [])], world.stateOf("app:counter")]))
    })
    nothingFailed(await explore(make, { schedules: 10 }))
    expect([...seen]).toEqual(['[[["a",1]],{"total":0}]'])
  })
})

describe("promise 10, of services of one id in runtimes at once", () => {
  const desk = server({ init: () => ({ count: 0 }), call: { add: (state) => (state.count += 1) } })
  const tree = { "app:desk": child(desk, { onDetach: reset, backoff: { initialMs: 0, maxMs: 0 } }) }
  const leave = async (runtime: { acquire(id: string): Promise<unknown> }) => {
    const box = (await runtime.acquire("app:desk")) as MailboxOf<typeof desk>
    await box.call.add(undefined, patient)
    await box.release()
  }
  const leaving = (world: World): Application => ({
    tree,
    async run(own) {
      await using other = await start(tree, { host: world.host, log: () => {} })
      await leave(other)
      await leave(own)
    },
  })

  it("is judged of each, whoever has left the other", async () => {
    expect(await failureOf(leaving as () => Application)).toBeUndefined()
    const idle = (original: CallerRequests["serve"]) =>
      function (this: CallerRequests, request: Parameters<CallerRequests["serve"]>[0]) {
        if (request.type === "left") return request.settle(request.decision)
        return original.call(this, request)
      }
    const failure = await brokenBy(CallerRequests.prototype, "serve", idle, () => failureOf(leaving as () => Application))
    expect(failure).toMatchObject({ kind: "promise", name: "10", message: expect.stringContaining("app:desk was to begin anew") })
  })
})
