/** Applications for tests: time stands still until told, and what is logged is kept. */

import {
  type Children,
  type InspectionEvent,
  type LogEntry,
  type RootService,
  type Runtime,
  type RuntimeOptions,
  type ServicesOf,
  start,
  supervisor,
} from "../../actors/index.ts"
import type { SupervisorDefinition } from "../../src/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"

export interface TestApp<S extends object> {
  readonly runtime: Runtime<S & RootService>
  readonly time: VirtualTime
  readonly log: readonly LogEntry[]
  readonly events: readonly InspectionEvent[]
}

export async function bootTree<S extends object>(tree: SupervisorDefinition<S>, options: RuntimeOptions = {}): Promise<TestApp<S>> {
  const time = virtualTime({ unseenMs: 0 })
  const log: LogEntry[] = []
  const events: InspectionEvent[] = []
  const runtime = await start(tree, { host: time, log: (entry) => log.push(entry), inspect: (event) => events.push(event), ...options })
  return { runtime, time, log, events }
}

export async function bootApp<const C extends Children>(children: C, options?: RuntimeOptions): Promise<TestApp<ServicesOf<C>>> {
  return bootTree(supervisor({ children }), options)
}
