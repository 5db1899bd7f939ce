/** One of the commands that `npx pigeonhole` has. */

import type { Terminal } from "./terminal.ts"

/** What it is called, what it says of itself, and what it does. */
export interface Command {
  readonly name: string
  /** In a line. */
  readonly about: string
  readonly help: string
  /** Gives the exit code; `undefined`: a signal ends the program. Errors: Invalid, in a sentence, for what was asked wrongly. */
  run(argv: readonly string[], terminal: Terminal): Promise<number | undefined>
}
