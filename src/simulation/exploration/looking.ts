/** What one says that is looked at between two steps: it must answer at once, and changes nothing. */

import { thrownText } from "../../kernel/errors.ts"
import { contain, isThenable } from "../../kernel/thenable.ts"
import type { FailureKind } from "../report/failure.ts"
import type { Always } from "./application.ts"
import { Failed, saidBy, thrown } from "./failed.ts"
import type { World } from "./world.ts"

/** Throws `Failed` where it throws, and where it gives a promise. */
export function lookedAt(world: World, kind: FailureKind, name: string, look: Always): unknown {
  const said = attempted(world, kind, name, look)
  if (!isThenable(said)) return said
  // One that is not looked at would be taken for a yes.
  contain(said)
  throw new Failed(kind, name, `${name} gave a promise: it is looked at between two steps, and must answer at once`)
}

function attempted(world: World, kind: FailureKind, name: string, look: Always): unknown {
  try {
    return look(world)
  } catch (error) {
    throw new Failed(kind, name, saidBy(name, thrownText(error)), thrown(error))
  }
}
