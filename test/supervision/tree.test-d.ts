/** What a tree says of the mailboxes in it, and what must not compile. */

import { expectTypeOf, it } from "vitest"
import {
  child,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  type PartitionSupervisorMailbox,
  partitionSupervisor,
  type ServerPid,
  type StoreMailbox,
  type SupervisorMailbox,
  server,
  start,
  store,
  supervisor,
} from "../../actors/index.ts"

const session = server({ init: (user: string) => ({ user }), call: { user: (state) => state.user } })

it("types mailboxes of supervisors by their kind", async () => {
  const runtime = await start({
    "app:static": supervisor({ children: { "app:inner": store<number>() } }),
    "app:dynamic": dynamicSupervisor(),
    "app:parts": partitionSupervisor({ child: store<number>(), partitions: 2 }),
  })
  expectTypeOf(await runtime.acquire("root")).toEqualTypeOf<SupervisorMailbox>()
  expectTypeOf(await runtime.acquire("app:static")).toEqualTypeOf<SupervisorMailbox>()
  expectTypeOf(await runtime.acquire("app:dynamic")).toEqualTypeOf<DynamicSupervisorMailbox>()
  expectTypeOf(await runtime.acquire("app:parts")).toEqualTypeOf<PartitionSupervisorMailbox<StoreMailbox<number>>>()
  expectTypeOf(await runtime.acquire("app:parts", { key: "k" })).toEqualTypeOf<StoreMailbox<number>>()
  expectTypeOf(await runtime.acquire("app:inner")).toEqualTypeOf<StoreMailbox<number>>()
  // @ts-expect-error: it has no partitions
  runtime.acquire("app:static", { key: "k" })
  // @ts-expect-error: there is no such service
  runtime.acquire("app:nobody")
})

it("types what a dynamic supervisor starts", async () => {
  const runtime = await start({ "app:sessions": dynamicSupervisor() })
  const sessions = await runtime.acquire("app:sessions")
  const alice = await sessions.startChild(child(session, { argument: "alice" }))
  expectTypeOf(await alice.call.user()).toEqualTypeOf<string>()
  expectTypeOf(alice).toExtend<ServerPid<object, object>>()
  // @ts-expect-error: it needs its argument
  sessions.startChild(session)
  // @ts-expect-error: an argument of another type
  sessions.startChild(child(session, { argument: 1 }))
  // @ts-expect-error: children are known by pid, or by an id of their own
  sessions.terminateChild(1)
})

it("takes no children for a dynamic supervisor, and no strategy", () => {
  // @ts-expect-error: they are started while it runs
  dynamicSupervisor({ children: {} })
  // @ts-expect-error: no child has to do with another
  dynamicSupervisor({ strategy: "one_for_all" })
})
