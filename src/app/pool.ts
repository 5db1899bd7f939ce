/** Defining pools of workers. */

import type { WithNeeds } from "../process/needs.ts"
import type { ServerDefinition } from "../server/server.ts"
import { PoolDefinition, type PoolSettings } from "./pool-definition.ts"
import type { PoolMailbox } from "./pool-mailbox.ts"
import type { NeedsOf } from "./services-of.ts"
import type { ChildDefinition } from "./tree.ts"

/**
 * Defines a pool: `size` workers, each a server of its own, and the next free one serves the next job. The workers' calls and casts are the
 * pool's; it is acquired like a service, and each call needs the permission that it would need of one. A worker's crash fails the job it had
 * begun, and the worker is restarted. `child(worker, …)` says what the workers are given, and how they are kept.
 *
 * Order   jobs begin in the order in which they came.
 * Errors  of a job: as of a call; RateLimited, where `queue` jobs wait; Timeout withdraws one that waits, while one that was begun keeps its
 *         worker until it is done, which hears of it (`self.requestSignal`). Of this: Invalid, naming the field.
 * Source  poolboy; Elixir, NimblePool. Differs: nothing is checked out, so nothing can be lost.
 *
 * @example
 * const worker = server({ init: () => ({}), call: { square: async (_state, n: number) => n * n } })
 * await using app = await start({ "app:squares": pool(worker, { size: 2, queue: 100 }) })
 * const squares = await app.acquire("app:squares")
 * await Promise.all([1, 2, 3].map((n) => squares.call.square(n))) // => [1, 4, 9]
 */
export function pool<Calls, Casts, Worker>(
  worker: Worker & (ServerDefinition<undefined, Calls, Casts> | ChildDefinition<ServerDefinition<never, Calls, Casts>>),
  settings: PoolSettings,
): PoolDefinition<PoolMailbox<Calls, Casts>> & WithNeeds<NeedsOf<Worker>> {
  const definition = new PoolDefinition<PoolMailbox<Calls, Casts>>(worker, settings)
  return definition as typeof definition & WithNeeds<NeedsOf<Worker>>
}
