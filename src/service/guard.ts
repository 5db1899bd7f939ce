/** What an operation of a service needs permission for, and what policies may look at of it. */

import type { Attributes } from "../security/access.ts"
import type { ServerRoute } from "../server/server-code.ts"

/** What a call or cast needs permission for. */
export interface Guard {
  /** Named in policies: `store.key.get`. Of several, each is needed. */
  readonly action: string | readonly string[]
  /** What policies may look at beside principal, action and resource. */
  readonly attributes?: (argument: never) => Attributes
  /**
   * In place of `attributes`, for what names many things at once: what policies may look at of each of them. Made only where a policy does;
   * where one of them is denied, so is the whole.
   */
  readonly each?: (argument: never) => readonly Attributes[]
  /**
   * Makes of what a caller has sent the value that `attributes` looks at and the handler gets, reading each part once. Default: a copy of plain
   * data. Not called for what is no object, nor without `attributes` or `each`: then the argument is handed on as it is.
   */
  readonly take?: (argument: never) => unknown
}

/** The guard of a name; also what a plain server's names need. */
export function guardOf({ kind, name }: ServerRoute, guards: Readonly<Record<string, Guard>> = {}): Guard {
  return (Object.hasOwn(guards, name) ? guards[name] : undefined) ?? { action: `service.${kind}.${name}` }
}
