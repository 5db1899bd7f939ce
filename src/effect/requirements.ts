/** Types: what services of Effect a tree needs of the layer that starts it. */

import type { NeedsOf } from "../app/services-of.ts"
import type { SupervisorDefinition } from "../app/supervisor-definition.ts"
import type { Definition } from "../process/definition.ts"
import type { Needing } from "../process/needs.ts"

/**
 * The services that the definitions of a tree need, those below nested supervisors among them: of children by id, of a supervisor, of one
 * definition. `never`: none.
 *
 * @example
 * import { Effect } from "effect"
 * import { server } from "pigeonhole/effect"
 * const clock = server({ init: () => Effect.succeed({}) })
 * const nothing: RequirementsOf<{ readonly "app:clock": typeof clock }>[] = []
 * nothing // => []
 */
export type RequirementsOf<Tree> =
  Tree extends Needing<infer Needs>
    ? Needs
    : Tree extends SupervisorDefinition<object> | Definition<never>
      ? never
      : { [Id in keyof Tree]: NeedsOf<Tree[Id]> }[keyof Tree]
