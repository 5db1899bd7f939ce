/**
 * Who waits for whom where nothing can go on: those who have asked and were not answered, those who wait for what another one holds, and those who wait for nobody
 * that is known. A picture for the report; it decides nothing.
 */

import type { Knowledge } from "../judges/judges.ts"
import { actorOf } from "../scene/actor.ts"
import type { Asked } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import { standingIn } from "../scene/standing.ts"
import type { Wait } from "../scene/wait.ts"

export function whoWaits({ requests, outside, kernels }: Scene, { heldUp }: Knowledge): readonly Wait[] {
  const asked = [...requests.open, ...outside.unanswered]
  const held = heldUp?.(requests.operations) ?? []
  return [...asked.map(waitFor), ...held, ...standingIn(kernels, new Set(asked.map(({ asker }) => asker)))]
}

function waitFor({ asker, target, operation }: Asked): Wait {
  return { actor: actorOf(asker), on: target, what: operation }
}
