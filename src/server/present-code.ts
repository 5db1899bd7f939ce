/** What the next incarnation of a child runs: a code change holds for it too, as a new module does in OTP. */

import type { Process } from "../kernel/process.ts"
import type { Definition } from "../process/definition.ts"
import { ServerDefinition } from "./server.ts"
import { ServerProcess } from "./server-process.ts"

/** `last`: the incarnation before, ended or not; its definition where it was changed, else the child's own. */
export function presentCode(definition: Definition<never>, last: Process | undefined): Definition<never> {
  const present = definition instanceof ServerDefinition && last instanceof ServerProcess ? last.definition : undefined
  return present instanceof ServerDefinition ? present : definition
}
