/** What holds for each schedule of an exploration. */

import type { AskedFault } from "../strategies/fault-draw.ts"
import type { Exploration } from "./explore-options.ts"
import type { ActorKnowledge } from "./world.ts"

export interface TrialRules
  extends Pick<Exploration, "always" | "finally" | "eventually" | "sometimes" | "faults" | "models" | "crashes" | "maxSteps"> {
  readonly knowledge: ActorKnowledge
  readonly askedFaults: readonly AskedFault[]
}
