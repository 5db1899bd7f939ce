/**
 * A program: `npx pigeonhole`.
 *
 * Exit codes  0 all is well; 1 something was found, or has failed; 2 it was asked wrongly; 130 it was interrupted, between two schedules, and
 *             printed how far it was: a schedule that never gives the host its turn holds that up, too. An application that is run ends by the signal that has stopped it.
 */

import process from "node:process"
import { runCommand } from "./dispatch.ts"
import { erased } from "./progress.ts"
import { processTerminal } from "./terminal.ts"

const INTERRUPTED = 130
const ASKED_WRONGLY = 2

const argv = process.argv.slice(2)

let isThrough = false
/** Of the host: a schedule refuses that of the program. */
const exit = process.exit.bind(process)

function end(code: string | number): never {
  isThrough = true
  return exit(code)
}

// An application stops in order, and who else listens would keep the signal from ending the program afterwards.
if (argv[0] !== "run") {
  process.once("SIGINT", () => {
    processTerminal.tell(erased(processTerminal))
    processTerminal.print(processTerminal.interrupted?.() ?? "")
    end(INTERRUPTED)
  })
  // Whose file ends the program has found nothing wrong, and nothing right either.
  process.once("exit", (code) => {
    if (isThrough) return
    const wrong = "FILE must let the command come to its end; it has ended the program, or waits for what never comes"
    processTerminal.tell(`pigeonhole ${argv[0]}: ${wrong}\n`)
    process.exitCode = code === 0 ? ASKED_WRONGLY : code
  })
}
// Who reads no further, as `head`, needs no error.
process.stdout.once("error", () => end(process.exitCode ?? 1))

const code = await runCommand(argv, processTerminal)
isThrough = true
if (code !== undefined) {
  process.exitCode = code
  // What a file has left running does not hold it up, once all of it is printed.
  process.stdout.write("", () => process.exit())
}
