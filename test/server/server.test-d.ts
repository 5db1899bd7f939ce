/** What must compile of a server, and what must not. Checked by `tsc`; never run. */

import {
  type Deferred,
  failure,
  NotFound,
  type OneWaysOf,
  type OperationsOf,
  type Runtime,
  type ServerDefinition,
  type ServerPid,
  server,
} from "../../src/index.ts"

declare const runtime: Runtime

const counter = server({
  init: (from: number) => ({ count: from }),
  call: {
    value: (state) => state.count,
    add: (state, by: number) => (state.count += by),
    maybe: (state, by?: number) => state.count + (by ?? 0),
    find: (_state, id: string) => (id === "" ? failure(new NotFound("none")) : { id }),
    later: (_state, _none: undefined, self): Deferred<Date> => self.defer<Date>(),
    slow: async (state) => `${state.count}`,
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

const pid = runtime.spawn(counter, 41)

pid.call.value() satisfies Promise<number>
pid.call.add(1) satisfies Promise<number>
pid.call.add(1, { timeoutMs: 10 }) satisfies Promise<number>
pid.call.maybe() satisfies Promise<number>
pid.call.maybe(2) satisfies Promise<number>
// A failure is an error to the caller, and no part of the reply.
pid.call.find("a") satisfies Promise<{ id: string }>
pid.call.later() satisfies Promise<Date>
pid.call.slow() satisfies Promise<string>
pid.cast.reset() satisfies boolean
pid.cast.set(1) satisfies boolean

// @ts-expect-error the argument of init is a number
runtime.spawn(counter, "41")
// @ts-expect-error the argument of init is required
runtime.spawn(counter)
// @ts-expect-error no such call
pid.call.subtract(1)
// @ts-expect-error no such cast
pid.cast.add(1)
// @ts-expect-error the argument is a number
pid.call.add("1")
// @ts-expect-error the argument is required
pid.call.add()
// @ts-expect-error it takes no argument
pid.call.value(1)
// @ts-expect-error the reply is a number
pid.call.value() satisfies Promise<string>
// @ts-expect-error a cast takes no options
pid.cast.set(1, { timeoutMs: 10 })
// @ts-expect-error a cast of nothing takes nothing
pid.cast.reset(1)
// @ts-expect-error a cast has no reply
pid.cast.reset() satisfies Promise<unknown>
// @ts-expect-error no such option
pid.call.add(1, { timeout: 10 })
// @ts-expect-error the names are not to be written to
pid.call.value = async () => 1

// @ts-expect-error the state has no such field
server({ init: () => ({ count: 0 }), call: { value: (state) => state.total } })
// @ts-expect-error init is required
server({ call: { value: () => 1 } })
// @ts-expect-error a handler is a function
server({ init: () => ({}), call: { value: 1 } })
// @ts-expect-error failure takes an error of the runtime's
failure(new Error("other"))

const plain = server({ init: () => ({}) })
runtime.spawn(plain)

export async function operationsOfHandlers(): Promise<void> {
  interface State {
    count: number
  }
  const call = { add: async (state: State, by: number) => (state.count += by), read: (state: State) => state.count }
  const cast = { set: (state: State, to: number) => (state.count = to) }
  const definition = server({ init: (): State => ({ count: 0 }), call, cast })
  definition satisfies ServerDefinition<undefined, OperationsOf<typeof call>, OneWaysOf<typeof cast>>
  const own = runtime.spawn(definition)
  own satisfies ServerPid<OperationsOf<typeof call>, OneWaysOf<typeof cast>>
  // As many of them as somebody wants, written as they are called.
  own satisfies ServerPid<{ add(by: number): number }, {}>
  // @ts-expect-error it takes a number
  own satisfies ServerPid<{ add(by: string): number }, {}>
  // @ts-expect-error it has no such call
  own satisfies ServerPid<{ subtract(by: number): number }, {}>
  // @ts-expect-error the reply is a number
  own satisfies ServerPid<{ read(): string }, {}>
  const loose = runtime.spawn(server({ init: () => ({}), call: { any: (...parts: unknown[]) => parts.length } }))
  loose.call.any("whatever") satisfies Promise<number>
}

export async function argumentsOfHandlers(): Promise<void> {
  const typed = server({
    init: () => ({ seen: [] as unknown[] }),
    call: {
      nothing: (state) => state.seen.length,
      anything: (state, what: unknown) => state.seen.push(what),
      perhaps: (state, what?: string) => state.seen.push(what),
      number: (state, by: number) => state.seen.push(by),
      either: (state, by: number, self) => (by > 0 ? self.defer<number>() : state.seen.length),
    },
    cast: { note: (state, what: unknown) => void state.seen.push(what) },
  })
  const pid = runtime.spawn(typed)
  await pid.call.nothing()
  await pid.call.anything({ whatever: true })
  await pid.call.perhaps()
  await pid.call.perhaps("this", { timeoutMs: 5 })
  const either: number = await pid.call.either(1)
  pid.cast.note(either)
  // @ts-expect-error: a number
  await pid.call.number("5")
  // @ts-expect-error: it takes an argument
  await pid.call.number()
  // @ts-expect-error: it takes none
  await pid.call.nothing(5)
}

export async function continuationsAndCodeChange(): Promise<void> {
  // The argument of `continue` is declared as what is sent; its state is that of `init`.
  server({ init: () => ({ count: 0 }), continue: (state, by: number) => state.count + by })
  // @ts-expect-error the state has no such field
  server({ init: () => ({ count: 0 }), continue: (state) => state.total })
  // @ts-expect-error what is put aside is no reply
  server({ init: () => ({}), call: { wait: (_state, _none: undefined, self) => self.stash() } }) satisfies { call: unknown }
  const patient = server({ init: () => ({}), call: { wait: (_state, name: string, self) => (name === "" ? self.stash() : name) } })
  runtime.spawn(patient).call.wait("a") satisfies Promise<string>

  // @ts-expect-error a number
  server({ init: () => ({}), concurrency: "2" })
  // @ts-expect-error a number
  server({ init: () => ({}), initTimeoutMs: "2" })
  // @ts-expect-error a function
  server({ init: () => ({}), idle: 5 })
  // @ts-expect-error the state has no such field
  server({ init: () => ({ count: 0 }), formatStatus: (state) => state.total })
  // @ts-expect-error no such option
  server({ init: () => ({}), timeoutMs: 5 })

  const renewed = server({ init: () => ({ total: 0 }), call: { total: (state) => state.total } })
  const changed = await runtime.sys.changeCode(pid, renewed, { migrate: (old: { count: number }) => ({ total: old.count }) })
  changed.call.total() satisfies Promise<number>
  // @ts-expect-error the new names are those of the new definition
  changed.call.value()
  // @ts-expect-error what makes the new state is a function
  await runtime.sys.changeCode(pid, renewed, { migrate: { count: 1 } })
  // @ts-expect-error a server
  await runtime.sys.changeCode(pid, {})

  const state = await runtime.sys.getState<{ count: number }>(pid)
  state.count satisfies number
  const unknownState = await runtime.sys.getState(pid)
  // @ts-expect-error it is not known what its state is
  unknownState.count
  await runtime.sys.replaceState(pid, ({ count }: { count: number }) => ({ count: count + 1 }))
  // @ts-expect-error what update takes is what it gives
  await runtime.sys.replaceState(pid, ({ count }: { count: number }) => ({ count: String(count) }))
  runtime.sys.trace(pid, (event) => {
    if (event.type === "reply") event.reply satisfies unknown
    // @ts-expect-error only a message has one
    return event.message
  })
  await runtime.stopProcess(pid, { shutdown: unknownState })
  // @ts-expect-error no reason of OTP's
  await runtime.stopProcess(pid, "tired")
}
