/** What a store's mailbox must not let through the compiler. */

import { child, Mailbox, type StoreMailbox, StoreMailbox as StoreMailboxClass, server, start, store } from "../../../actors/index.ts"

interface User {
  readonly name: string
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_verdict: Same<A, B>): void => {}

export async function typesOfAStore(): Promise<void> {
  await using runtime = await start({ "app:users": store<User>(), "app:any": store() })

  const users = await runtime.acquire("app:users")
  same<typeof users, StoreMailbox<User>>(true)
  const user = await users.get("u")
  same<typeof user, User | undefined>(true)
  await users.set("u", { name: "Alice" }, 60)
  await users.set("u", { name: "Alice" }, { ttl: 60, bound: true })
  // @ts-expect-error: not a User
  await users.set("u", { age: 3 })
  // @ts-expect-error: not a User either
  await users.set("u", undefined)
  // @ts-expect-error: a key is a string
  await users.get(1)
  // @ts-expect-error: a key is a string
  await users.set(1, { name: "Alice" })
  // @ts-expect-error: a key is a string
  await users.has(Symbol("u"))
  // @ts-expect-error: a key is a string
  await users.delete(undefined)
  // @ts-expect-error: a TTL is a number of seconds
  await users.set("u", { name: "Alice" }, "60")
  // @ts-expect-error: there is no such option
  await users.set("u", { name: "Alice" }, { timeToLive: 60 })

  const loaded = await users.getOrSet("u", async () => ({ name: "Alice" }), { ttl: 60, staleFor: 600, failFor: 1 })
  same<typeof loaded, User>(true)
  const perhaps = await users.getOrSet("u", ({ key, signal, stale }) => (signal.aborted ? undefined : (stale ?? { name: key })))
  same<typeof perhaps, User | undefined>(true)
  // @ts-expect-error: not a User
  await users.getOrSet("u", () => ({ age: 3 }))
  // @ts-expect-error: it is loaded by a function
  await users.getOrSet("u", { name: "Alice" })
  // @ts-expect-error: a loaded value is nobody's own
  await users.getOrSet("u", () => ({ name: "Alice" }), { bound: true })

  const untyped = await runtime.acquire("app:any")
  same<typeof untyped, StoreMailbox<unknown>>(true)
  // @ts-expect-error: what an untyped store holds is unknown
  const _name: string | undefined = await untyped.get("u")

  // @ts-expect-error: there is no service of this id
  await runtime.acquire("app:elsewhere")
  const elsewhere = await runtime.acquire("app:elsewhere", { as: Mailbox })
  same<typeof elsewhere, Mailbox>(true)
  // @ts-expect-error: an id known at run time only gives the mailbox asked for, and this one has no face
  await elsewhere.get("u")
  const named = await runtime.acquire(String("app:users"), { as: StoreMailboxClass })
  await named.get("u")

  // @ts-expect-error: what a mailbox is made of is not its face
  users.ask
  // @ts-expect-error: a base mailbox cannot be made
  new Mailbox()
  const counting = server({ init: (from: number) => ({ from }), call: { value: (state) => state.from } })
  child(counting, { argument: 5 })
  // @ts-expect-error: it needs an argument
  child(counting)
  // @ts-expect-error: the argument is a number
  child(counting, { argument: "5" })
  // @ts-expect-error: it needs an argument, to be said in child
  await start({ "app:n": counting })
  // @ts-expect-error: a number of entries
  store({ maxEntries: "10" })
}
