/** How callers get at what a process definition starts: which mailbox they are given, and what each of its operations needs permission for. */

import type { Definition } from "../process/definition.ts"
import { ServerDefinition } from "../server/server.ts"
import { guardOf } from "./guard.ts"
import { ReceivedDefinition } from "./received-definition.ts"
import { ServerMailbox } from "./server-mailbox.ts"
import { receptionOfService, ServiceDefinition } from "./service.ts"
import type { Reception } from "./service-record.ts"

/** `undefined`: a plain process, which has no mailbox. */
export function receptionOf(definition: Definition<never>): Reception | undefined {
  if (definition instanceof ServiceDefinition) return receptionOfService(definition)
  if (definition instanceof ServerDefinition) return serverReception(definition)
  return definition instanceof ReceivedDefinition ? definition.reception : undefined
}

function serverReception(definition: ServerDefinition<never, unknown, unknown>): Reception {
  return {
    kind: "service",
    acquireAction: "service.acquire",
    routes: definition.routes,
    guards: definition.routes.map((route) => guardOf(route)),
    hasDetachedHook: definition.options.detached !== undefined,
    createMailbox: (port) => new ServerMailbox(port, definition),
  }
}
