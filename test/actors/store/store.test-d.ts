/** What a store's mailbox must not let through the compiler. */

import {
  child,
  type Frozen,
  type ListItem,
  Mailbox,
  type StoreMailbox,
  StoreMailbox as StoreMailboxClass,
  server,
  start,
  store,
} from "../../../actors/index.ts"

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

  await users.put("u", { name: "Alice" }, { onlyIfAbsent: true, ttl: 60, bound: true })
  await users.put("u", { name: "Alice" }, { ifVersion: "1", keepTtl: true })
  await users.put("u", { name: "Alice" }, { ifVersion: "1", onlyIfAbsent: false })
  const when = { onlyIfAbsent: Math.random() < 0.5 }
  await users.put("u", { name: "Alice" }, when)
  // @ts-expect-error: what is not there has no version
  await users.put("u", { name: "Alice" }, { onlyIfAbsent: true, ifVersion: "1" })

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
  const many = await users.getMany(["u", "v"])
  same<typeof many, (Frozen<User> | undefined)[]>(true)
  await users.getMany(new Set(["u"]))
  // @ts-expect-error: text is no list of keys
  await users.deleteMany(5)
  const written = await users.setMany(
    [
      ["u", { name: "Alice" }],
      ["v", { name: "Bob" }, 60],
      ["w", { name: "Eve" }, { idle: 5, bound: true }],
    ],
    { ttl: 60 },
  )
  same<typeof written, true[]>(true)
  await users.setMany(new Map([["u", { name: "Alice" }]]))
  // What the store gave it takes again.
  for await (const { key, value } of users.entries()) await users.setMany([[key, value]])
  // @ts-expect-error: not a User
  await users.setMany([["u", { age: 3 }]])
  // @ts-expect-error: a condition is for one key
  await users.setMany([["u", { name: "Alice" }, { onlyIfAbsent: true }]])
  // @ts-expect-error: a TTL is a number of seconds
  await users.setMany([["u", { name: "Alice" }, "60"]])
  const { items, cursor, hasMore } = await users.list({ prefix: "u", after: undefined, limit: 5 })
  same<typeof items, readonly ListItem[]>(true)
  same<typeof hasMore, boolean>(true)
  await users.list({ after: cursor })
  // @ts-expect-error: an item has no value
  items[0]?.value
  // @ts-expect-error: a page is not to be changed
  items.push()
  // @ts-expect-error: a range has no limit: it is read page by page
  users.keys({ limit: 5 })
  for await (const key of users.keys("u")) same<typeof key, string>(true)

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
