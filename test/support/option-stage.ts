/** A running application with one of everything that has public methods, and what can be seen of it from outside. */

import { Effect } from "effect"
import { createMachine } from "xstate"
import { AcquiredServer, RuntimeService, Store } from "../../actors/effect.ts"
import {
  actor,
  child,
  Deferred,
  dynamicSupervisor,
  failure,
  formatTree,
  keyedLock,
  NotFound,
  type ProcessSelf,
  partitionSupervisor,
  pool,
  registry,
  type ServerSelf,
  server,
  store,
  supervisor,
} from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { statechart } from "../../src/xstate.ts"
import { bootApp } from "./app.ts"

export const machine = createMachine({ initial: "off", states: { off: {} } })

export const plain = server({
  init: (_: undefined, self) => ({ self }),
  call: { ping: (_state, argument?: string) => argument ?? "pong" },
  cast: { poke: () => {} },
})

export const topics = registry<string>({ keys: "unique" })

export type OptionStage = Awaited<ReturnType<typeof openOptionStage>>

export async function openOptionStage() {
  const app = await bootApp({
    "o:store": store<number>(),
    "o:server": plain,
    "o:supervisor": supervisor({ children: {} }),
    "o:dynamic": dynamicSupervisor(),
    "o:partitions": partitionSupervisor({ child: plain, partitions: 2 }),
    "o:chart": statechart(machine),
    "o:pool": pool(plain, { size: 1 }),
    "o:lock": keyedLock(),
  })
  const { runtime, time, events } = app
  const mailboxes = {
    store: await runtime.acquire("o:store"),
    server: await runtime.acquire("o:server"),
    supervisor: await runtime.acquire("o:supervisor"),
    dynamic: await runtime.acquire("o:dynamic"),
    partitions: await runtime.acquire("o:partitions"),
    chart: await runtime.acquire("o:chart"),
    pool: await runtime.acquire("o:pool"),
    lock: await runtime.acquire("o:lock"),
  }
  const pids = { server: runtime.spawn(plain), chart: runtime.spawn(statechart(machine)) }
  runtime.registry(topics).register(pids.server, "server", "v")
  const { self: serverSelf } = await runtime.sys.getState<{ readonly self: ServerSelf }>(pids.server)
  const selves: ProcessSelf<unknown>[] = []
  const bystander = runtime.spawn(actor((self) => new Promise<void>(() => selves.push(self))))
  await time.settle()
  const [self] = selves
  if (self === undefined) throw new Error("the process did not start")
  const task = runtime.async(() => new Promise<void>(() => {}))

  /** All that a call could have changed; without the number of messages, where somebody is asked and refuses. */
  const seen = (isAsked: boolean): string => {
    const { groups } = runtime
    const { accepted, handled, ...statistics } = runtime.statistics()
    const names = [...runtime.registered(), ...groups.whichGroups().map(String), runtime.registry(topics).count]
    return JSON.stringify([statistics, isAsked || [accepted, handled], names, formatTree(runtime.tree()), time.armedTimers, events.length])
  }
  const effectServer = new AcquiredServer(mailboxes.server)
  /** One of each class that has public methods, by the name that the table calls it. */
  const instances = {
    runtime,
    security: runtime.security,
    sys: runtime.sys,
    groups: runtime.groups,
    registry: runtime.registry(topics),
    via: runtime.via(topics, "server"),
    self,
    selfGroups: self.groups,
    selfRegistry: self.registry(topics),
    serverSelf,
    task,
    timer: self.after(1e9, "never"),
    deferred: new Deferred(undefined),
    failure: failure(new NotFound("nothing")),
    pid: bystander,
    serverPid: pids.server,
    "serverPid.call": pids.server.call,
    "serverPid.cast": pids.server.cast,
    chartPid: pids.chart,
    chartSubscription: pids.chart.subscribe(() => {}),
    store: mailboxes.store,
    server: mailboxes.server,
    "server.call": mailboxes.server.call,
    "server.cast": mailboxes.server.cast,
    supervisor: mailboxes.supervisor,
    dynamic: mailboxes.dynamic,
    partitions: mailboxes.partitions,
    chart: mailboxes.chart,
    pool: mailboxes.pool,
    "pool.call": mailboxes.pool.call,
    lock: mailboxes.lock,
    effectStore: new Store(mailboxes.store),
    effectServer,
    "effectServer.call": effectServer.call,
    "effectServer.cast": effectServer.cast,
    effectRuntime: new RuntimeService({ runtime, ended: Effect.never }),
    storeWatch: mailboxes.store.watch({ key: "watched" }),
    lease: await mailboxes.store.lease("leased"),
    monitorRef: self.monitor(bystander),
    groupRef: self.groups.monitor("watched").ref,
    registryRef: self.registry(topics).listen(),
    serverDefinition: plain,
    serviceDefinition: store(),
    chartDefinition: statechart(machine),
    child: child(plain),
    supervisorDefinition: supervisor({ children: {} }),
    dynamicDefinition: dynamicSupervisor(),
    partitionDefinition: partitionSupervisor({ child: plain, partitions: 1 }),
    poolDefinition: pool(plain, { size: 1 }),
    registryDefinition: topics,
    virtualTime: virtualTime({ unseenMs: 0 }),
  }
  await time.settle()
  return { ...app, self, serverSelf, bystander, pids, mailboxes, task, instances, seen }
}
