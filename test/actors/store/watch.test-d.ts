/** What the compiler knows of a watch and of a lease, and must not let through. */

import { isWatchNotice, type Lease, type LeaseInfo, type StoreMailbox, type StoreWatch, type WatchEvent } from "../../../actors/index.ts"

interface User {
  readonly name: string
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_verdict: Same<A, B>): void => {}

export async function typesOfAWatch(users: StoreMailbox<User>): Promise<void> {
  const watch = users.watch({ prefix: "user:", initial: true })
  same<typeof watch, StoreWatch<User>>(true)
  for await (const event of watch) {
    same<typeof event, WatchEvent<User>>(true)
    if (event.type === "set") same<typeof event.value, User>(true)
    else if (event.type === "gap" || event.type === "reset") same<typeof event.key, undefined>(true)
    else same<typeof event.key, string>(true)
    // @ts-expect-error: only a set has a value
    if (event.type === "delete") event.value.name
    // @ts-expect-error: there is no such event
    if (event.type === "touch") break
  }
  // @ts-expect-error: a key is a string
  users.watch({ key: 1 })
  // @ts-expect-error: there is no such option
  users.watch({ key: "a", since: "x" })
  users.watch({ key: "a", prefix: undefined })
  // @ts-expect-error: a key or a prefix, not both
  users.watch({ key: "a", prefix: "b" })
  // @ts-expect-error: one of them there has to be
  users.watch({})
  // @ts-expect-error: one of them there has to be
  users.watch({ initial: true })
  // @ts-expect-error: a process is told by its self
  watch.sendTo({})
}

export async function typesOfALease(users: StoreMailbox<User>): Promise<void> {
  const lease = await users.lease("a", { ttl: 5, wait: true }, { timeoutMs: 10 })
  same<typeof lease, Lease>(true)
  same<Awaited<ReturnType<typeof users.leaseOf>>, LeaseInfo | undefined>(true)
  // @ts-expect-error: a fence is given, and not set
  lease.fence = 5
  // @ts-expect-error: a TTL is a number of seconds
  await lease.renew("5")
  // @ts-expect-error: there is no such option
  await users.lease("a", { force: true })
}

export function typesOfANotice(message: unknown): void {
  if (isWatchNotice(message)) same<typeof message.event, WatchEvent | undefined>(true)
}
