/**
 * The end of the program, kept from a schedule: `process.exit` would end the exploration with the code of one that has found nothing, or
 * with none of what it has found. It is refused while a world has the globals, and told to that world; else it is the host's.
 *
 * Not reached: `process.abort`, signals that the program sends itself, and an exit of a thread of its own.
 */

import { Unavailable } from "../../kernel/errors.ts"
import type { Patches } from "./patches.ts"
import { presentWorld } from "./world-clock.ts"

/** How it is called, in the report and in the error. */
export const EXIT = "process.exit"

/** Puts the world's in the place of the host's. */
export function replaceExit(patches: Patches): void {
  const { process } = globalThis as { readonly process?: { readonly exit?: (code?: unknown) => unknown } }
  const exitOfHost = process?.exit
  if (process === undefined || exitOfHost === undefined) return
  function exit(code?: unknown): unknown {
    const world = presentWorld()
    if (world === undefined) return exitOfHost?.call(process, code)
    world.refused(EXIT)
    // Whoever calls it counts on not going on.
    throw new Unavailable(`${EXIT} is refused while a schedule has the program`, { retryable: false })
  }
  patches.replace(process, "exit", { value: exit })
}
