/** What user code may do to a runtime that stops; the same cases for a host whose time is virtual and for Node's. */

import {
  actor,
  child,
  type Definition,
  type LogEntry,
  type Runtime,
  type RuntimeOptions,
  server,
  start,
  store,
  supervisor,
} from "../../actors/index.ts"

/** A stop that has begun. */
export interface Stopping {
  readonly runtime: Runtime
  readonly stopped: Promise<void>
}

export interface StopCase {
  readonly name: string
  /** Starts what resists, waits by `settle` until it does, and begins the stop. */
  readonly begin: (options: RuntimeOptions, settle: () => Promise<void>) => Promise<Stopping>
}

/** How long the whole stop may take in each case. */
export const STOP_MS = 100

const never = (): Promise<void> => new Promise<void>(() => {})
const stop = (runtime: Runtime): Stopping => ({ runtime, stopped: runtime.stop({ timeoutMs: STOP_MS }) })

/** A server that resists in the way its terminate hook does. */
const resisting = (terminate: () => void | Promise<void>): Definition<undefined> => server({ init: () => ({}), terminate })

/** Deaf to a stop; killed, it has started another first. */
export const avenging: Definition<undefined> = actor((self) => {
  self.signal.addEventListener("abort", () => {
    try {
      self.spawn(avenging, undefined)
    } catch {
      // Refused, as the application has stopped.
    }
  })
  return never()
})

async function beside(definition: Definition<undefined>, options: RuntimeOptions, settle: () => Promise<void>): Promise<Stopping> {
  const runtime: Runtime = await start({ "app:r": definition, "app:s": store() }, options)
  runtime.spawn(definition)
  await settle()
  return stop(runtime)
}

export const STOP_CASES: readonly StopCase[] = [
  { name: "nothing at all", begin: async (options) => stop(await start({ "app:s": store() }, options)) },
  {
    name: "handlers that never return, and callers that wait for them",
    async begin(options, settle) {
      const hanging = server({ init: () => ({}), call: { hang: never } })
      const runtime = await start({ "app:h": child(hanging, { shutdown: "infinity" }) }, options)
      const box = await runtime.acquire("app:h")
      void box.call.hang(undefined, { timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
      void runtime
        .spawn(hanging)
        .call.hang(undefined, { timeoutMs: 60_000 })
        .catch(() => {})
      await settle()
      return stop(runtime)
    },
  },
  { name: "terminate hooks that never return", begin: (options, settle) => beside(resisting(never), options, settle) },
  {
    name: "terminate hooks that throw",
    begin: (options, settle) =>
      beside(
        resisting(() => {
          throw new Error("bug in terminate")
        }),
        options,
        settle,
      ),
  },
  {
    name: "terminate hooks that reject",
    begin: (options, settle) =>
      beside(
        resisting(() => Promise.reject(new Error("bug in terminate"))),
        options,
        settle,
      ),
  },
  {
    name: 'children with shutdown "infinity", under supervisors',
    async begin(options) {
      const patient = child(resisting(never), { shutdown: "infinity" })
      return stop(await start({ inner: supervisor({ children: { "app:a": patient, "app:b": patient } }), "app:c": patient }, options))
    },
  },
  {
    name: "a child that starts for ever",
    async begin(options, settle) {
      let starts = 0
      const slow = server({
        init: () => {
          starts += 1
          return starts === 1 ? {} : new Promise<object>(() => {})
        },
      })
      const runtime: Runtime = await start({ "app:slow": child(slow, { shutdown: "infinity" }) }, options)
      const pid = runtime.whereis("app:slow")
      if (pid !== undefined) runtime.exit(pid, { error: new Error("start again") })
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "processes that start others on their way out",
    begin(options, settle) {
      const hydra: Definition<undefined> = server({
        init: () => ({}),
        terminate: (_state, _reason, self) => void self.spawn(hydra, undefined),
      })
      return beside(hydra, options, settle)
    },
  },
  {
    name: "processes that start others all the time",
    async begin(options) {
      const pair: Definition<undefined> = server({
        init: (_argument: undefined, self) => {
          self.after(1, "again")
          return {}
        },
        info: (_state, _message, self) => {
          self.after(1, "again")
          self.spawn(pair, undefined)
        },
        terminate: never,
      })
      const runtime: Runtime = await start({}, options)
      runtime.spawn(pair)
      return stop(runtime)
    },
  },
  {
    name: "processes that start others when they are killed",
    async begin(options, settle) {
      const runtime: Runtime = await start({}, options)
      runtime.spawn(avenging)
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "plain processes that go on whatever they are told",
    begin(options, settle) {
      const deaf = actor(async (self) => {
        self.trapExit(true)
        for (;;) await self.receive().catch(never)
      })
      return beside(deaf, options, settle)
    },
  },
  {
    name: "a process that is linked to a service, and outlives it",
    async begin(options, settle) {
      const worker = actor(async (self) => {
        self.trapExit(true)
        await self.receive()
        await never()
      })
      const owner = server({ init: (_argument: undefined, self) => ({ pid: self.spawnLink(worker, undefined) }) })
      const runtime: Runtime = await start({ "app:owner": owner }, options)
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "timers that go on",
    begin: (options, settle) =>
      beside(
        server({
          init: (_argument: undefined, self) => self.every(1, "tick"),
          info: () => {},
          terminate: never,
        }),
        options,
        settle,
      ),
  },
  {
    name: "an inspector and a log that throw",
    begin(options) {
      const thrower = (): never => {
        throw new Error("bug in the observer")
      }
      const log = (entry: LogEntry): void => {
        if (entry.message.includes("stop")) thrower()
      }
      return beside(resisting(never), { ...options, inspect: thrower, log }, async () => {})
    },
  },
  {
    name: "an inspector that spawns and stops",
    async begin(options, settle) {
      let runtime: Runtime | undefined
      const meddling = (): void => {
        runtime?.stop({ timeoutMs: STOP_MS })
        runtime?.spawn(actor(() => {}))
      }
      runtime = await start({ "app:s": store() }, { ...options, inspect: meddling })
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "a second stop",
    async begin(options) {
      const runtime = await start({ "app:h": child(resisting(never), { shutdown: "infinity" }) }, options)
      void runtime.stop()
      return stop(runtime)
    },
  },
  {
    name: "a stop that a process of the tree waits for",
    async begin(options, settle) {
      const begun = Promise.withResolvers<void>()
      const runtime = await start(
        {
          "app:t": child(
            server({
              init: () => ({}),
              cast: {
                stop: async () => {
                  begun.resolve()
                  await runtime.stop({ timeoutMs: STOP_MS })
                },
              },
            }),
            { shutdown: "infinity" },
          ),
        },
        options,
      )
      const box = await runtime.acquire("app:t")
      box.cast.stop()
      await begun.promise
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "a stop that a process outside the tree waits for",
    async begin(options) {
      const begun = Promise.withResolvers<void>()
      const runtime: Runtime = await start({ "app:s": store() }, options)
      runtime.spawn(
        actor(async () => {
          begun.resolve()
          await runtime.stop({ timeoutMs: STOP_MS })
        }),
      )
      await begun.promise
      return stop(runtime)
    },
  },
  {
    name: "dead letters that the log has left out",
    async begin(options, settle) {
      const runtime: Runtime = await start({ "app:s": store() }, options)
      const dead = runtime.spawn(actor(() => {}))
      await settle()
      for (let left = 100; left > 0; left -= 1) runtime.tell(dead, left)
      return stop(runtime)
    },
  },
  {
    name: "a root that has given up, with somebody outside who does not stop",
    async begin(options, settle) {
      const runtime: Runtime = await start(
        supervisor({
          intensity: 0,
          children: {
            "app:f": server({ init: () => ({}) }),
          },
        }),
        options,
      )
      runtime.spawn(resisting(never))
      const pid = runtime.whereis("app:f")
      if (pid !== undefined) runtime.exit(pid, { error: new Error("the last") })
      await settle()
      return stop(runtime)
    },
  },
  {
    name: "signals that were asked for",
    async begin(options) {
      return stop(await start({ "app:s": store() }, { ...options, signals: true }))
    },
  },
]
