/**
 * A program: `npx pigeonhole`.
 *
 * Exit codes  0 all is well; 1 something was found; 2 it was asked wrongly; 130 it was interrupted, between two schedules: one that never
 *             gives the host its turn holds that up, too.
 */

import process from "node:process"
import { runCommand } from "./dispatch.ts"
import { erased } from "./progress.ts"
import { processTerminal } from "./terminal.ts"

const INTERRUPTED = 130

process.once("SIGINT", () => {
  processTerminal.tell(erased(processTerminal))
  process.exit(INTERRUPTED)
})
// Who reads no further, as `head`, needs no error.
process.stdout.once("error", () => process.exit(process.exitCode ?? 1))

process.exitCode = await runCommand(process.argv.slice(2), processTerminal)
// What a simulated file has left running does not hold it up, once all of it is printed.
process.stdout.write("", () => process.exit())
