/** What is judged without being asked is judged in every runtime of a world: what is broken is told in the application's own, and in one that the scenario starts. */

import type { Application, World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  isDown,
  type MailboxOf,
  type Pid,
  type Runtime,
  registry,
  reset,
  type ServerSelf,
  type SupervisorDefinition,
  server,
  start,
  supervisor,
} from "../../../actors/index.ts"
import type { Envelope } from "../../../src/kernel/envelope.ts"
import { InboxDoor } from "../../../src/kernel/inbox-door.ts"
import { Kernel } from "../../../src/kernel/kernel.ts"
import { ProcessTimer } from "../../../src/kernel/process-timer.ts"
import { CallerRequests } from "../../../src/supervision/caller-requests.ts"
import { ChildRoster } from "../../../src/supervision/child-roster.ts"
import { SupervisedChild } from "../../../src/supervision/supervised-child.ts"
import { Groups } from "../../../src/topology/groups.ts"
import { Names } from "../../../src/topology/names.ts"
import { Registry } from "../../../src/topology/registry.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { patient, together } from "../../support/explored.ts"

type Children = Exclude<Application["tree"], SupervisorDefinition<object>>
type Use = (runtime: Runtime) => Promise<unknown>

/** Where it is used: there the application runs, or beside it another of the same tree. */
const PLACES = ["the application's runtime", "a runtime of the scenario's"] as const
type Where = (typeof PLACES)[number]

function used(where: Where, tree: Children, use: Use): () => Application {
  const make = (world: World): Application => {
    let other: Runtime | undefined
    return {
      tree,
      async run(own) {
        other = (await start(tree, { host: world.host, log: () => {} })) as unknown as Runtime
        await use(where === PLACES[0] ? (own as unknown as Runtime) : other)
      },
      // Not before all was at rest.
      check: () => other?.stop({ timeoutMs: Number.POSITIVE_INFINITY }),
    }
  }
  return make as () => Application
}

const desks = registry<number>({ keys: "unique" })
const desk = server({
  init: (_none: undefined, self: ServerSelf) => {
    self.after(30, "keyed", { key: "k" })
    return { count: 0 }
  },
  call: {
    add: (state) => (state.count += 1),
    anew: (_state, _none: undefined, self: ServerSelf) => void self.after(30, "keyed", { key: "k" }),
    crash: () => {
      throw new Error("wanted")
    },
  },
  cast: { note: () => {} },
  info: () => {},
})
const tree = {
  "app:first": desk,
  "app:desk": child(desk, { onDetach: reset, state: "retain", backoff: { initialMs: 0, maxMs: 0 } }),
}

/** Asks for something of everything: names, keys, groups, timers, a crash, a mailbox that is given back. */
const use: Use = async (runtime) => {
  const tied = runtime.spawn(
    actor(async (self) => {
      self.register("tied")
      self.registry(desks).register("a", 1)
      self.groups.join("all")
      await self.receive()
      await self.receive()
    }),
  )
  await together(runtime, async (self) => {
    self.monitor(tied)
    for (const message of [1, 2]) self.tell(tied, message)
    while (!isDown(await self.receive())) {}
    const box = await self.acquire<MailboxOf<typeof desk>>("app:desk")
    await box.call.anew(undefined, patient)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await box.call.crash(undefined, patient).catch(() => {})
    await box.call.add(undefined, patient)
    box.cast.note()
    await box.release()
  })
}

/** A runtime that is broken, where the other is, too: both are told of, and each schedule by the one that shows it first. */
interface Broken {
  readonly number: string
  readonly how: RegExp
  broken(explored: () => ReturnType<typeof failureOf>): ReturnType<typeof failureOf>
}

const nothing = () => () => {}
const BROKEN: readonly Broken[] = [
  {
    number: "1",
    how: /was given message after message, which the same sender had sent later/,
    broken: (explored) => {
      const overtaking = (original: InboxDoor["post"]) =>
        function (this: InboxDoor, envelope: Envelope, isOwn?: boolean) {
          const refusal = original.call(this, envelope, isOwn)
          if (envelope.argument === 2) this.bringForward(envelope)
          return refusal
        }
      return brokenBy(InboxDoor.prototype, "post", overtaking, explored)
    },
  },
  {
    number: "2",
    how: /^(in the 2nd runtime: )?of \d+ messages \d+ were handled/,
    broken: (explored) => {
      const miscounting = (original: InboxDoor["post"]) =>
        function (this: InboxDoor, envelope: Envelope, isOwn?: boolean) {
          if (envelope.argument === 2 && this.kernel instanceof Kernel) this.kernel.counters.accepted += 1
          return original.call(this, envelope, isOwn)
        }
      return brokenBy(InboxDoor.prototype, "post", miscounting, explored)
    },
  },
  {
    number: "6",
    how: /was heard of while tied was its name still/,
    broken: (explored) => brokenBy(Names.prototype, "sever", nothing, explored),
  },
  {
    number: "9",
    how: /app:desk has crashed, and its next incarnation has not the state that it has left/,
    broken: (explored) => brokenBy(SupervisedChild.prototype, "legacy", () => () => undefined, explored),
  },
  {
    number: "10",
    how: /app:desk was to begin anew as a caller has left, and goes on/,
    broken: (explored) => {
      const idle = (original: CallerRequests["serve"]) =>
        function (this: CallerRequests, request: Parameters<CallerRequests["serve"]>[0]) {
          if (request.type === "left") return request.settle(request.decision)
          return original.call(this, request)
        }
      return brokenBy(CallerRequests.prototype, "serve", idle, explored)
    },
  },
  {
    number: "18",
    how: /a tick of k, which was armed anew since/,
    broken: (explored) => brokenBy(ProcessTimer.prototype, "cancel", () => () => false as const, explored),
  },
  {
    number: "20",
    how: /was heard of while a registry had 1 of one that has ended/,
    broken: (explored) => brokenBy(Registry.prototype, "remove", nothing, explored),
  },
  {
    number: "20",
    how: /was heard of while it was in the group all still/,
    broken: (explored) => brokenBy(Groups.prototype, "sever", nothing, explored),
  },
]

describe.each(PLACES)("in %s", (where) => {
  const explored = () => failureOf(used(where, tree, use), { schedules: 40 })

  it("what is promised holds", async () => {
    expect(await explored()).toBeUndefined()
    expect(await failureOf(used(where, tree, use), { schedules: 100, faults: { crash: 2, callerDies: 1, slowHandler: 1 } })).toSatisfy(
      (failure: { kind: string } | undefined) => failure?.kind !== "promise",
    )
  })

  it.each(BROKEN)("promise $number is told to be broken: $how", async ({ number, how, broken }) => {
    const failure = await broken(explored)
    expect(failure).toMatchObject({ kind: "promise", name: number, message: expect.stringMatching(how) })
    const isOther = failure?.message.startsWith("in the 2nd runtime: ") === true
    expect(isOther).toBe(where === PLACES[1])
  })
})

describe("in a runtime that the scenario starts", () => {
  /** Nothing of its own is asked of the application's. */
  const stopped = (world: World): Application => ({
    tree: {},
    async run() {
      await using other = await start({ "app:a": desk, "app:b": desk }, { host: world.host, log: () => {} })
      await use(other as unknown as Runtime).catch(() => {})
    },
  })
  const explored = () => failureOf(stopped as () => Application)
  const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })

  it("promise 23 is judged: children stop in the order that is promised", async () => {
    const backwards = (original: ChildRoster["list"]) =>
      function (this: ChildRoster) {
        return original.call(this).toReversed()
      }
    expect(await brokenBy(ChildRoster.prototype, "list", backwards, explored)).toMatchObject(
      told("23", /^in the 2nd runtime: root told app:a to stop while app:b lived/),
    )
  })

  it("promises 7 and 14 are judged: who has begun is told to have ended, before there is another", async () => {
    const saying = (label: string) => (original: Kernel["launch"]) =>
      function (this: Kernel, process: never, hasRoom?: boolean) {
        const launched = original.call(this, process, hasRoom) as unknown as { readonly label: string; readonly pid: never }
        if (launched.label === "app:a") this.trace?.({ type: "spawned", pid: launched.pid, label, parent: undefined } as never)
        return launched
      } as Kernel["launch"]
    expect(await brokenBy(Kernel.prototype, "launch", saying("app:a"), explored)).toMatchObject(
      told("7", /^in the 2nd runtime: app:a was started again while an earlier incarnation of it lived/),
    )
    expect(await brokenBy(Kernel.prototype, "launch", saying("nobody"), explored)).toMatchObject(
      told("14", /^in the 2nd runtime: nobody was told to have begun, and never to have ended/),
    )
  })

  it.each(["the application's", "a scenario's"])(
    "whoever outlives a supervisor that was killed is no earlier incarnation, in %s runtime",
    async (whose) => {
      const slow = server({
        init: () => ({}),
        terminate: () => new Promise<void>((resolve) => setTimeout(resolve, 5)),
      })
      const idle = server({ init: () => ({}) })
      const below = supervisor({ children: { "app:lower": supervisor({ children: { "app:slow": slow } }) } })
      const upper = supervisor({
        children: { "app:below": child(below, { shutdown: 1, backoff: { initialMs: 0 } }), "app:beside": idle },
        strategy: "one_for_all",
      })
      const tree = { "app:upper": upper }
      const killing = async (runtime: Runtime<object>): Promise<void> => {
        runtime.exit(runtime.whereis("app:beside") as Pid, "kill")
        await new Promise<void>((resolve) => setTimeout(resolve, 50))
      }
      const mine = (): Application => ({ tree, run: (runtime) => killing(runtime) })
      const others = (world: World): Application => ({
        tree: {},
        async run() {
          const other = await start(tree, { host: world.host, log: () => {} })
          await killing(other)
          await other.stop(patient)
        },
      })
      expect(await failureOf((whose === "a scenario's" ? others : mine) as () => Application)).toBeUndefined()
    },
  )

  it("which is left as it was, nothing of a stop is promised", async () => {
    const left = (world: World): Application => ({
      tree: {},
      async run() {
        const other = await start({ "app:desk": desk }, { host: world.host, log: () => {} })
        const box = await other.acquire("app:desk")
        await box.call.anew()
      },
    })
    expect(await failureOf(left as () => Application)).toBeUndefined()
  })
})
