/**
 * The program's globals, taken over by a world: what tells the time, arms timers and draws chance is answered by it while it holds them.
 * What each is and what is not reached is said where it is replaced: `world-time.ts`, `world-formats.ts`, `world-timers.ts`, `world-chance.ts`,
 * `world-exit.ts`.
 *
 * Invariants
 * - When they are given back they are as they were, descriptor by descriptor; also those of Node's modules that ES modules have imported.
 * - Nobody takes them twice at once, another copy of the package neither.
 * - The runtime took hold of what it uses when it was loaded (`kernel/host.ts`): it goes by its host's time, whoever has the globals.
 */

import { Conflict } from "../../kernel/errors.ts"
import { Patches } from "./patches.ts"
import { replaceChance } from "./world-chance.ts"
import { setPresentWorld, type WorldClock } from "./world-clock.ts"
import { replaceExit } from "./world-exit.ts"
import { replaceFormats } from "./world-formats.ts"
import { replaceTime } from "./world-time.ts"
import { forgetNumbers } from "./world-timer.ts"
import { replaceTimers } from "./world-timers.ts"

export type { WorldClock } from "./world-clock.ts"

/** On the global object while they are taken, for all copies of the package. */
const TAKEN = Symbol.for("pigeonhole.simulation.globals")

/** The globals, in the hands of who has taken them over. */
export interface WorldGlobals {
  /**
   * Gives them to another world, as the next schedule begins; `undefined`: they are the host's until they are given to one again. What was
   * armed in the world before does nothing from then on.
   *
   * Cost  some 100 ns; to take them over and give them back is 1000 times that on Node, which goes over its modules.
   */
  serve(clock: WorldClock | undefined): void
  /** Puts them back as they were. Again: nothing. */
  giveBack(): void
}

/**
 * Takes the globals over: they are the world's until they are given back; without one they are the host's, until they are given to one.
 *
 * Errors  Conflict, where they are taken; Unavailable, where one of them is frozen. Then nothing has changed.
 */
export function takeOver(clock: WorldClock | undefined): WorldGlobals {
  if (Reflect.has(globalThis, TAKEN)) {
    throw new Conflict("another simulation runs in this program: its globals can belong to one at a time; begin when that has ended")
  }
  const patches = new Patches()
  try {
    replaceAll(patches)
    serve(clock)
  } catch (error) {
    giveBack(patches)
    throw error
  }
  let isHeld = true
  return {
    serve: (next) => {
      if (isHeld) serve(next)
    },
    giveBack: () => {
      if (isHeld) giveBack(patches)
      isHeld = false
    },
  }
}

function replaceAll(patches: Patches): void {
  patches.put(globalThis, TAKEN, { value: true })
  replaceTime(patches)
  replaceFormats(patches)
  replaceTimers(patches)
  replaceChance(patches)
  replaceExit(patches)
  tellImporters()
}

function serve(clock: WorldClock | undefined): void {
  setPresentWorld(clock)
  forgetNumbers()
}

function giveBack(patches: Patches): void {
  serve(undefined)
  patches.undo()
  tellImporters()
}

/** ES modules that import a name of a module of Node's see what it is now. */
function tellImporters(): void {
  globalThis.process?.getBuiltinModule?.("node:module")?.syncBuiltinESMExports?.()
}
