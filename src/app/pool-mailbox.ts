/** How callers get at a pool: by its workers' calls and casts, each with the permission that it would need of a service. */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { ServerDefinition } from "../server/server.ts"
import { guardOf } from "../service/guard.ts"
import type { MailboxPort, MailboxRoute } from "../service/mailbox.ts"
import { OperationsMailbox } from "../service/server-mailbox.ts"
import type { Reception } from "../service/service-record.ts"
import { type ChildCounts, type ChildStatus, SupervisorRoute } from "../supervision/supervisor-route.ts"

/** What is asked of a pool as a supervisor. */
interface PoolRoutes {
  readonly whichChildren: SupervisorRoute
  readonly countChildren: SupervisorRoute
}

/** The mailbox of a pool: made by `pool`. Its calls and casts are those of the workers: each is a job, which the next free one serves. */
export class PoolMailbox<Calls, Casts> extends OperationsMailbox<Calls, Casts> {
  readonly #port: MailboxPort
  readonly #routes: PoolRoutes

  constructor(port: MailboxPort, worker: ServerDefinition<never, Calls, Casts>, routes: PoolRoutes) {
    super(port, worker, (route, argument, options) => askPool(port, route, argument, options))
    this.#port = port
    this.#routes = routes
  }

  /** Its workers: `id#0`, `id#1`, … */
  whichChildren(options?: AskOptions): Promise<readonly ChildStatus[]> {
    return askPool(this.#port, this.#routes.whichChildren, {}, options) as Promise<readonly ChildStatus[]>
  }

  /** How many workers it has, and how many of them live. */
  countChildren(options?: AskOptions): Promise<ChildCounts> {
    return askPool(this.#port, this.#routes.countChildren, {}, options) as Promise<ChildCounts>
  }
}

/** A worker that starts has no pool yet that could serve it. */
function askPool(port: MailboxPort, route: MailboxRoute, argument: unknown, options: AskOptions | undefined): Promise<unknown> {
  const refusal = port.bootDeadlock()
  return refusal === undefined ? port.ask(route, argument, options) : port.refused(refusal)
}

export function poolReceptionOf(worker: ServerDefinition<never, unknown, unknown>): Reception {
  const { length } = worker.routes
  const own = {
    whichChildren: new SupervisorRoute("whichChildren", length),
    countChildren: new SupervisorRoute("countChildren", length + 1),
  }
  return {
    kind: "pool",
    acquireAction: "service.acquire",
    routes: [...worker.routes, own.whichChildren, own.countChildren],
    guards: [
      ...worker.routes.map((route) => guardOf(route)),
      ...[own.whichChildren, own.countChildren].map(({ name }) => ({ action: `supervisor.${name}` })),
    ],
    hasDetachedHook: false,
    isServedByChildren: true,
    createMailbox: (port) => new PoolMailbox(port, worker, own),
  }
}
