/** The application that arms measure: stores behind configured policies, asked by a member. */

import {
  type AsyncContextRule,
  type Caller,
  type Policy,
  type Runtime,
  type ServiceDefinition,
  type StoreMailbox,
  start,
  store,
} from "../../actors/index.ts"
import { SESSION_TTL, type Session, session } from "./session.ts"

/** `rule`: a policy on action, resource and principal. `key`: one that looks at the key too, so it is asked anew for each message. */
export type PolicyKind = "rule" | "key"

type Sessions = StoreMailbox<Session>
type Stores = Record<string, Sessions>

export interface Application {
  readonly runtime: Runtime<Stores>
  readonly member: Caller<Stores>
}

export async function startStores(
  count: number,
  policy: PolicyKind = "rule",
  asyncContext: AsyncContextRule = "sender",
): Promise<Application> {
  const children: Record<string, ServiceDefinition<Sessions>> = {}
  for (let i = 0; i < count; i += 1) children[storeId(i)] = store<Session>({ maxEntries: 0 })
  const runtime = (await start(children, { policies: policiesOf(policy), log: () => {}, asyncContext })) as Runtime<Stores>
  return { runtime, member: runtime.as({ id: "user:alice", meta: { role: "member" } }) }
}

/** Mailboxes of the first `count` stores. */
export async function acquireStores({ member }: Application, count: number): Promise<Sessions[]> {
  const mailboxes: Sessions[] = []
  for (let i = 0; i < count; i += 1) mailboxes.push((await member.acquire(storeId(i))) as Sessions)
  return mailboxes
}

/** One store of one application, and its mailbox. */
export async function acquireStore(policy?: PolicyKind, asyncContext: AsyncContextRule = "sender"): Promise<Sessions> {
  const [mailbox] = await acquireStores(await startStores(1, policy, asyncContext), 1)
  return mailbox as Sessions
}

/** Sets a session under every key, as many at a time as an inbox takes with ease; gives how many replies said so. */
export async function fill(mailbox: Sessions, keys: readonly string[]): Promise<number> {
  const atOnce = 1000
  let replies = 0
  for (let from = 0; from < keys.length; from += atOnce) {
    const set = await Promise.all(keys.slice(from, from + atOnce).map((key, i) => mailbox.set(key, session(from + i), SESSION_TTL)))
    replies += set.length
  }
  return replies
}

function storeId(index: number): string {
  return `app:sessions-${index}`
}

function policiesOf(kind: PolicyKind): readonly Policy[] {
  const role = { field: "principal.meta.role", operator: "eq", value: "member" } as const
  const key = { field: "attributes.key", operator: "matches", value: "^user:" } as const
  return [
    { effect: "allow", actions: "store.get", resources: "app:*", conditions: [role] },
    { effect: "allow", actions: "store.key.*", resources: "app:*", conditions: kind === "key" ? [role, key] : [role] },
  ]
}
