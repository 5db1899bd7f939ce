/**
 * What an editor shows of the commonest names: names, arguments, replies; never the state, nor what a type was put together of. Never run;
 * `hovers.test.ts` holds each line behind a `^?` against what the compiler's language server says of the place the mark points at.
 */

import { createMachine, setup } from "xstate"
import {
  type AddressOf,
  actor,
  child,
  dynamicSupervisor,
  type MailboxOf,
  partitionSupervisor,
  pool,
  type Runtime,
  type ServicesOf,
  server,
  start,
  store,
  supervisor,
} from "../actors/index.ts"
import { statechart } from "../src/xstate.ts"

interface User {
  name: string
  tags: string[]
}

const counter = server({
  //  ^? const counter: ServerDefinition<number, { value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>
  init: (from: number) => ({ count: from, hidden: new Map<string, { hidden: User[] }>() }),
  call: {
    value: (state) => state.count,
    add: async (state, by: number) => (state.count += by),
    find: (_state, user: User, self) => (user.name === "" ? self.defer<User[]>() : [user]),
    maybe: (state, by?: number) => String(state.count + (by ?? 0)),
  },
  cast: {
    reset: (state) => {
      state.count = 0
    },
    set: (state, to: number) => {
      state.count = to
    },
  },
})

const silent = server({ init: () => ({ hidden: 1 }) })
//    ^? const silent: ServerDefinition<undefined, {}, {}>

const drawing = server({
  //  ^? const drawing: ServerDefinition<undefined, { area: (argument_0: { width: number }) => number; any: (what?: unknown) => undefined; wait: () => Date }, {}>
  init: () => ({ hidden: 1 }),
  call: {
    area: (state, { width }: { width: number }) => width * state.hidden,
    any: (_state, what: unknown) => void what,
    wait: (_state, _none: undefined, self) => self.defer<Date>(),
  },
})

const echo = actor<undefined, string>(async (self) => void self.reply(await self.receive()))
//    ^? const echo: Definition<undefined, Pid>

const users = store<User>({ maxEntries: 10 })
//    ^? const users: ServiceDefinition<StoreMailbox<User>>

const kept = child(counter, { argument: 1, restart: "transient" })
//    ^? const kept: ChildDefinition<ServerDefinition<number, { value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>>

const sharded = partitionSupervisor({ child: store<number>(), partitions: 4 })
//    ^? const sharded: PartitionSupervisorDefinition<StoreMailbox<number>>

const pooled = pool(silent, { size: 2 })
//    ^? const pooled: PoolDefinition<PoolMailbox<{}, {}>>

const below = supervisor({ children: { "app:sharded": sharded, "app:sessions": dynamicSupervisor(), echo } })
//    ^? const below: SupervisorDefinition<{ "app:sharded": PartitionSupervisorMailbox<StoreMailbox<number>>; "app:sessions": DynamicSupervisorMailbox }>

const tree = supervisor({ strategy: "rest_for_one", children: { "app:counter": kept, "app:users": users, below } })
//    ^? const tree: SupervisorDefinition<{ "app:counter": ServerMailbox<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>; "app:users": StoreMailbox<User>; below: SupervisorMailbox; "app:sharded": PartitionSupervisorMailbox<StoreMailbox<number>>; "app:sessions": DynamicSupervisorMailbox }>

// What a machine speaks of, by name: not the configuration that it was made of, nor what it does not speak of.
const machine = setup({ types: { events: {} as { type: "PRESS" } | { type: "DIM"; by: number } } }).createMachine({
  initial: "off",
  states: { off: { on: { PRESS: "on" } }, on: { after: { 1000: "off" }, meta: { hidden: true } } },
})
const light = statechart(machine)
//    ^? const light: StatechartDefinition<Machine<{ events: { type: "PRESS" } | { type: "DIM"; by: number }; states: "off" | "on" }>, unknown>

const dimmer = setup({
  types: {
    context: {} as { level: number },
    events: {} as { type: "DIM"; by: number },
    input: {} as { from: number },
    output: {} as string,
    emitted: {} as { type: "dimmed" },
    tags: {} as "bright",
  },
  actions: { hidden: () => {} },
}).createMachine({ context: ({ input }) => ({ level: input.from }), initial: "on", states: { on: { entry: "hidden" } } })
const dimmed = statechart(dimmer)
//    ^? const dimmed: StatechartDefinition<Machine<{ events: { type: "DIM"; by: number }; states: "on"; tags: "bright"; input: { from: number }; output: string; emitted: { type: "dimmed" }; context: { level: number } }>, { from: number }>
const named = statechart(dimmer, { input: (room: string) => ({ from: room.length }) })
//    ^? const named: StatechartDefinition<Machine<{ events: { type: "DIM"; by: number }; states: "on"; tags: "bright"; input: { from: number }; output: string; emitted: { type: "dimmed" }; context: { level: number } }>, string>
const untyped = statechart(createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: {} } }))
//    ^? const untyped: StatechartDefinition<Machine<{}>, unknown>

export type Lamp = AddressOf<typeof light>
//          ^? type Lamp = StatechartPid<Machine<{ events: { type: "PRESS" } | { type: "DIM"; by: number }; states: "off" | "on" }>>
export type LampBox = MailboxOf<typeof dimmed>
//          ^? type LampBox = StatechartMailbox<Machine<{ events: { type: "DIM"; by: number }; states: "on"; tags: "bright"; input: { from: number }; output: string; emitted: { type: "dimmed" }; context: { level: number } }>>
export type Jobs = MailboxOf<typeof pooled>
//          ^? type Jobs = PoolMailbox<{}, {}>

export type Address = AddressOf<typeof counter>
//          ^? type Address = ServerPid<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>

export type Box = MailboxOf<typeof silent>
//          ^? type Box = ServerMailbox<{}, {}>

export type Services = ServicesOf<{ "app:users": typeof users; "app:silent": typeof silent }>
//          ^? type Services = { "app:users": StoreMailbox<User>; "app:silent": ServerMailbox<{}, {}> }

export async function application(): Promise<void> {
  const nested = await start(tree)
  await using runtime = await start({ "app:counter": kept, "app:users": users })
  //          ^? await using runtime: Runtime<{ root: SupervisorMailbox; "app:counter": ServerMailbox<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>; "app:users": StoreMailbox<User> }>

  const alone = await start({ "app:users": users })
  //    ^? const alone: Runtime<{ root: SupervisorMailbox; "app:users": StoreMailbox<User> }>
  const caller = alone.as({ id: "alice" })
  //    ^? const caller: Caller<{ root: SupervisorMailbox; "app:users": StoreMailbox<User> }>

  const pid = runtime.spawn(counter, 1)
  //    ^? const pid: ServerPid<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>
  await pid.call.value(undefined, { timeoutMs: 10 })
  //             ^? (property) value: (argument?: undefined, options?: AskOptions | undefined) => Promise<number>
  pid.cast.reset()
  //       ^? (property) reset: (argument?: undefined) => boolean

  const lamp = runtime.spawn(light, undefined)
  //    ^? const lamp: StatechartPid<Machine<{ events: { type: "PRESS" } | { type: "DIM"; by: number }; states: "off" | "on" }>>
  lamp.send({ type: "PRESS" })
  pid.call.add(1)
  //  ^? (property) call: CallsOf<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }>
  pid.cast.reset()
  //  ^? (property) cast: CastsOf<{ reset: () => void; set: (to: number) => void }>

  const box = await runtime.acquire("app:counter")
  //    ^? const box: ServerMailbox<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }, { reset: () => void; set: (to: number) => void }>
  await box.call.add(1)
  //             ^? (property) add: (by: number, options?: AskOptions | undefined) => Promise<number>
  await box.call.find({ name: "", tags: [] })
  //             ^? (property) find: (user: User, options?: AskOptions | undefined) => Promise<User[]>
  box.cast.set(1)
  //       ^? (property) set: (to: number) => boolean

  const cast = box.cast
  //               ^? (property) cast: CastsOf<{ reset: () => void; set: (to: number) => void }>
  const jobs = await start({ "app:jobs": pool(kept, { size: 2 }), "home:dimmer": child(dimmed, { argument: { from: 1 } }) })
  const calls = (await jobs.acquire("app:jobs")).call
  //                                              ^? (property) call: CallsOf<{ value: () => number; add: (by: number) => number; find: (user: User) => User[]; maybe: (by?: number | undefined) => string }>
  const dimmerBox = await jobs.acquire("home:dimmer")
  //    ^? const dimmerBox: StatechartMailbox<Machine<{ events: { type: "DIM"; by: number }; states: "on"; tags: "bright"; input: { from: number }; output: string; emitted: { type: "dimmed" }; context: { level: number } }>>
  const cache = await caller.acquire("app:users")
  //                         ^? (method) acquire<"app:users">(id: "app:users"): Promise<StoreMailbox<User>>
  const again = await runtime.acquire("app:users")
  //                          ^? (method) acquire<"app:users">(id: "app:users"): Promise<StoreMailbox<User>>
  const mailbox = cache
  //    ^? const mailbox: StoreMailbox<User>
  const user = await mailbox.get("alice")
  //    ^? const user: FrozenRecord<User> | undefined
  const tags = user?.tags
  //    ^? const tags: readonly string[] | undefined
  const shard = await nested.acquire("app:sharded", { key: 1 })
  //    ^? const shard: StoreMailbox<number>
  const sessions = await nested.acquire("app:sessions")
  //    ^? const sessions: DynamicSupervisorMailbox
  const session = await sessions.startChild(silent)
  //    ^? const session: ServerPid<{}, {}>
  const size = runtime.async(async () => tags?.length)
  //    ^? const size: Task<number | undefined>
  void [named, untyped, cast, calls, dimmerBox, again, pooled, drawing, shard, session, size, nested satisfies Runtime]
}
