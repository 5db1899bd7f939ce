/** Defining supervisors: of children with ids, of any number without, and of like ones of which a key picks one. */

import type { WithNeeds } from "../process/needs.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { DynamicSupervisorDefinition, type DynamicSupervisorSettings } from "./dynamic-supervisor-definition.ts"
import { PartitionSupervisorDefinition, type PartitionSupervisorSettings } from "./partition-supervisor-definition.ts"
import type { DefinitionOf, MailboxOf, NeedsOf, ServicesOf } from "./services-of.ts"
import { SupervisorDefinition, type SupervisorSettings } from "./supervisor-definition.ts"
import type { ChildDefinition, Children, Startable, Supervisable } from "./tree.ts"

/**
 * Defines a supervisor of children with ids. Acquired by its own id, it adds, stops, starts and lists children while it runs.
 *
 * Errors  Invalid, naming the field: unknown strategy, negative intensity, a child that is none, …
 * Source  OTP, supervisor(3): sup_flags() and child_spec().
 *
 * @example
 * const tree = supervisor({ strategy: "rest_for_one", children: { "app:cache": store(), "app:users": store() } })
 * await using runtime = await start(tree)
 * runtime.tree().children.map((node) => node.id) // => ["app:cache", "app:users"]
 */
export function supervisor<const C extends Children>(
  settings: SupervisorSettings<C>,
): SupervisorDefinition<ServicesOf<C>> & WithNeeds<NeedsOf<C[keyof C]>> {
  return new SupervisorDefinition<ServicesOf<C>>(settings) as SupervisorDefinition<ServicesOf<C>> & WithNeeds<NeedsOf<C[keyof C]>>
}

/**
 * Defines a supervisor of any number of children without ids, started while it runs: sessions, connections, jobs. They stop all at the same
 * time.
 *
 * Errors  Invalid, naming the field.
 * Source  Elixir, DynamicSupervisor.
 *
 * @example
 * await using runtime = await start({ "app:sessions": dynamicSupervisor({ maxChildren: 10_000 }) })
 * const sessions = await runtime.acquire("app:sessions")
 * await sessions.startChild(server({ init: () => ({}) }))
 * const { active } = await sessions.countChildren()
 * active // => 1
 */
export function dynamicSupervisor(settings?: DynamicSupervisorSettings): DynamicSupervisorDefinition {
  return new DynamicSupervisorDefinition(settings)
}

/**
 * Defines a supervisor of `partitions` like children. `acquire(id, { key })` gives a mailbox of the one that the key picks, always the same.
 *
 * Errors  Invalid, naming the field.
 * Source  Elixir, PartitionSupervisor.
 *
 * @example
 * await using runtime = await start({ "app:cache": partitionSupervisor({ child: store<number>(), partitions: 4 }) })
 * const cache = await runtime.acquire("app:cache", { key: "user:123" })
 * await cache.set("user:123", 1) // => true
 */
export function partitionSupervisor<const C extends Startable | ChildDefinition<Supervisable>>(
  settings: PartitionSupervisorSettings<C>,
): PartitionSupervisorDefinition<PartitionMailbox<C>> & WithNeeds<NeedsOf<C>> {
  return new PartitionSupervisorDefinition(settings) as PartitionSupervisorDefinition<PartitionMailbox<C>> & WithNeeds<NeedsOf<C>>
}

/** A plain process has no mailbox. */
type PartitionMailbox<C> = MailboxOf<DefinitionOf<C>> extends infer M extends Mailbox ? M : never
