/** What must compile of addresses by key, and what must not. Checked by `tsc`; never run. */

import { actor, child, type DynamicSupervisorMailbox, type Pid, type Runtime, registry, type Self, server } from "../../src/index.ts"

declare const runtime: Runtime
declare const self: Self
declare const supervisor: DynamicSupervisorMailbox
declare const pid: Pid

const room = server({
  init: (name: string) => ({ name, posts: [] as string[] }),
  call: { post: (state, text: string) => state.posts.push(text) },
  cast: { clear: (state) => void state.posts.splice(0) },
})
const session = server({ init: () => ({}), call: { user: () => "alice" } })
const plain = actor(async () => {})

const rooms = registry<undefined, typeof room>({ keys: "unique" })
const sessions = registry<{ readonly since: number }, typeof session>({ keys: "unique" })
const anybody = registry({ keys: "unique" })

// -- via -----------------------------------------------------------------------------------------------------------

const lobby = runtime.via(rooms, "lobby")
lobby.call.post("hello", { timeoutMs: 5 }) satisfies Promise<number>
lobby.cast.clear() satisfies boolean
self.via(rooms, "lobby").call.post("hello") satisfies Promise<number>
runtime.as({ id: "user:1" }).via(rooms, "lobby").call.post("hello") satisfies Promise<number>
lobby.tell("x") satisfies boolean
lobby.ask("x") satisfies Promise<unknown>
lobby.pid?.call.post("x") satisfies Promise<number> | undefined

// @ts-expect-error it takes a text
lobby.call.post(5)
// @ts-expect-error it has no such call
lobby.call.leave()
// @ts-expect-error of a registry that does not say of what, nobody knows the names
runtime.via(anybody, "x").call.post("x")
// @ts-expect-error a plain process has none
runtime.via(registry<undefined, typeof plain>({ keys: "unique" }), "x").call.post
// @ts-expect-error a key is no object
runtime.via(rooms, {})

// -- registering ---------------------------------------------------------------------------------------------------

runtime.registry(rooms).register(runtime.spawn(room, "lobby"), "lobby")
runtime.registry(anybody).register(pid, "x")
// @ts-expect-error it is no room
runtime.registry(rooms).register(pid, "lobby")

// -- looking up or starting ----------------------------------------------------------------------------------------

const found = supervisor.lookUpOrStart(rooms, "lobby", child(room, { argument: "lobby" }))
found.then((present) => present.call.post("hello") satisfies Promise<number>)
supervisor.lookUpOrStart(sessions, 5, session, { value: { since: 1 }, timeoutMs: 5 }).then(({ call }) => call.user())
supervisor.lookUpOrStart(anybody, "x", plain) satisfies Promise<Pid>

// @ts-expect-error a session is no room
supervisor.lookUpOrStart(rooms, "lobby", session)
// @ts-expect-error nor is one with options
supervisor.lookUpOrStart(rooms, "lobby", child(session, { restart: "temporary" }))
// @ts-expect-error a room needs to be told its name
supervisor.lookUpOrStart(rooms, "lobby", room)
// @ts-expect-error its entries carry a value
supervisor.lookUpOrStart(sessions, "x", session)
