/**
 * Who starts with its application, for the first time. No fault befalls what could keep it from that: an application that does not start is none, `start`
 * says so, and there is nothing to explore.
 */

import type { Party } from "../../kernel/envelope.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"

/** Whether the application that it is of has not started: the one that is explored, or another that the scenario starts. */
export function isOfFirstStart(process: Party | undefined): boolean {
  let above = process
  while (above?.parent !== undefined) above = above.parent
  return above instanceof KeeperProcess && !above.isStarted
}
