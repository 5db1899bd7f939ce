/** What a store with a schema takes and gives, as the compiler has it. Never run. */

import * as z from "zod"
import { durableStore } from "../../../actors/durable.ts"
import { cache, type SchemaStoreMailbox, type ServiceDefinition, type StoreMailbox, store } from "../../../actors/index.ts"

const User = z.object({ name: z.string() })
const Session = z.object({ since: z.string().transform((text) => new Date(text)) })

store({ value: User }) satisfies ServiceDefinition<StoreMailbox<{ name: string }>>
cache({ value: User, maxEntries: 1 }) satisfies ServiceDefinition<StoreMailbox<{ name: string }>>
durableStore({ value: User, path: "a.db" }) satisfies ServiceDefinition<StoreMailbox<{ name: string }>>
store<{ name: string }>({ weigh: ({ name }) => name.length, maxBytes: 1 }) satisfies ServiceDefinition<StoreMailbox<{ name: string }>>
store() satisfies ServiceDefinition<StoreMailbox>
store({ value: Session }) satisfies ServiceDefinition<SchemaStoreMailbox<{ since: Date }, { since: string }>>
store({ value: Session, weigh: ({ since }) => since.getTime(), maxBytes: 1 })

declare const sessions: SchemaStoreMailbox<{ since: Date }, { since: string }>
sessions.set("a", { since: "2026" })
sessions.update("a", (session) => ({ since: String(session?.since.getTime()) }))
sessions.getOrSet("a", () => ({ since: "2026" })) satisfies Promise<{ readonly since: unknown }>
sessions.setMany([["a", { since: "2026" }]])
sessions.transaction(["a"], (tx) => tx.set("a", { since: "2026" }))
sessions satisfies StoreMailbox<unknown>
// @ts-expect-error it takes text
sessions.set("a", { since: new Date() })
// @ts-expect-error likewise
sessions.put("a", { since: new Date() })
// @ts-expect-error likewise
sessions.transaction(["a"], (tx) => tx.set("a", { since: new Date() }))
// @ts-expect-error it is no schema
store({ value: { parse: () => 1 } })
// @ts-expect-error it has no such field
store({ value: User }) satisfies ServiceDefinition<StoreMailbox<{ nam: string }>>
