/**
 * The main job. `npm start` runs a small session service; `npm start -- replay FILE` puts a real request stream through a store.
 */

import { replayCommand } from "./replay/command.ts"
import { runSessions } from "./sessions/sessions.ts"

const USAGE = `npm start                        a small session service, line by line
npm start -- replay FILE         a request stream (gzip, one key a line) through a store; --help for its options`

const [command, ...rest] = process.argv.slice(2)

switch (command) {
  case undefined:
    await runSessions(console.log)
    break
  case "replay":
    process.exitCode = await replayCommand(rest)
    break
  case "--help":
  case "help":
    console.log(USAGE)
    break
  default:
    console.error(`there is no ${command}\n\n${USAGE}`)
    process.exitCode = 2
}
