/** How callers get at a pool: by its workers' calls and casts, each with the permission that it would need of a service. */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { CallsOf, CastsOf } from "../server/operations.ts"
import type { ServerDefinition } from "../server/server.ts"
import { guardOf } from "../service/guard.ts"
import { Mailbox, type MailboxPort, type MailboxRoute } from "../service/mailbox.ts"
import type { Reception } from "../service/service-record.ts"
import { type ChildCounts, type ChildStatus, SupervisorRoute } from "../supervision/supervisor-route.ts"
import type { PoolDefinition } from "./tree.ts"

/** What is asked of a pool as a supervisor. */
interface PoolRoutes {
  readonly whichChildren: SupervisorRoute
  readonly countChildren: SupervisorRoute
}

/** The mailbox of a pool: made by `pool`. Its calls and casts are those of the workers, of which the next free one serves each. */
export class PoolMailbox<Calls, Casts> extends Mailbox {
  /** The calls of the workers by name: each is a job, and gives a promise of the reply. */
  readonly call: CallsOf<Calls>
  /** The casts likewise; `false`: refused, and reported. */
  readonly cast: CastsOf<Casts>
  readonly #port: MailboxPort
  readonly #routes: PoolRoutes

  constructor(port: MailboxPort, worker: ServerDefinition<never, Calls, Casts>, routes: PoolRoutes) {
    super(port)
    this.#port = port
    this.#routes = routes
    this.call = worker.bindCalls((route, argument, options) => this.#ask(route, argument, options))
    this.cast = worker.bindCasts((route, argument) => port.cast(route, argument))
  }

  /** Its workers: `id#0`, `id#1`, … */
  whichChildren(options?: AskOptions): Promise<readonly ChildStatus[]> {
    return this.#ask(this.#routes.whichChildren, {}, options) as Promise<readonly ChildStatus[]>
  }

  /** How many workers it has, and how many of them live. */
  countChildren(options?: AskOptions): Promise<ChildCounts> {
    return this.#ask(this.#routes.countChildren, {}, options) as Promise<ChildCounts>
  }

  /** A worker that starts has no pool yet that could serve it. */
  #ask(route: MailboxRoute, argument: unknown, options: AskOptions | undefined): Promise<unknown> {
    const refusal = this.#port.bootDeadlock()
    return refusal === undefined ? this.#port.ask(route, argument, options) : this.#port.refused(refusal)
  }
}

export function poolReceptionOf({ worker }: PoolDefinition<Mailbox>): Reception {
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
