/** What one says that is looked at between two steps: it must answer at once, and changes nothing. */

import { shown, thrownText } from "../../kernel/errors.ts"
import { isA } from "../../kernel/instance.ts"
import { contain, isThenable } from "../../kernel/thenable.ts"
import type { Failure, FailureKind } from "../report/failure.ts"
import type { DeclaredOperations } from "../scene/declared-operations.ts"
import type { Always } from "./application.ts"
import { Failed, meddling, saidBy, thrown } from "./failed.ts"
import { absentIn, type World } from "./world.ts"

/** What says how far a schedule is. */
interface Moving {
  /** Of the last thing that was sent, asked, called or armed. */
  readonly lastId: number
  declared: DeclaredOperations | undefined
}

/** Looks between two steps, where nothing may begin. */
export class Looks {
  readonly #scene: Moving
  readonly #world: World
  #events = 0

  constructor(scene: Moving, world: World) {
    this.#scene = scene
    this.#world = world
  }

  /** Something has happened in a runtime, that nobody sends a message for, perhaps: somebody began, or acquired something. */
  told(): void {
    this.#events += 1
  }

  /** What one says that must not throw, gives no promise, declares nothing and begins nothing. */
  look(kind: FailureKind, name: string, look: Always): unknown {
    const scene = this.#scene
    const { lastId, declared } = scene
    const events = this.#events
    scene.declared = undefined
    try {
      const said = lookedAt(this.#world, kind, name, look)
      if (scene.lastId !== lastId || this.#events !== events) throw meddling(kind, name)
      return said
    } finally {
      scene.declared = declared
    }
  }
}

/** Throws `Failed` where it throws, and where it gives a promise. */
function lookedAt(world: World, kind: FailureKind, name: string, look: Always): unknown {
  const said = attempted(world, kind, name, look)
  if (!isThenable(said)) return said
  // One that is not looked at would be taken for a yes.
  contain(said)
  throw new Failed(kind, name, `${name} gave a promise: it is looked at between two steps, and must answer at once`)
}

function attempted(world: World, kind: FailureKind, name: string, look: Always): unknown {
  // Whoever looks between two steps of another says nothing of what that one has looked at.
  const before = absentIn(world)
  try {
    return look(world)
  } catch (error) {
    throw new Failed(kind, name, saidBy(name, thrownText(error)), thrownIn(world, error))
  } finally {
    absentIn(world, before)
  }
}

/** What is told of an error of who may have looked at what is not there: between two incarnations there is no state, and most who look first do not think of that. */
export function thrownIn(world: World, error: unknown): Partial<Failure> {
  const told = thrown(error)
  const absent = absentIn(world)
  if (absent === undefined || !isA(error, TypeError)) return told
  const hint = `there was nothing to show of ${shown(absent)}: it had not begun, or is no such service (\`?.\` passes over it)`
  return { ...told, details: told.details === undefined ? hint : `${told.details}\n${hint}` }
}
