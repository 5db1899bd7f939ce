/** Requests by pid: what a caller does who holds an address and not a mailbox. */

import { type AskOptions, signalOf, timeoutOf } from "./ask-options.ts"
import type { Party, Route, RoutePayload } from "./envelope.ts"
import { PermissionDenied } from "./errors.ts"
import type { Kernel } from "./kernel.ts"
import { goneError, type Pid } from "./pid.ts"
import { presentProcess } from "./present-process.ts"
import type { Process } from "./process.ts"
import { processOf } from "./process-of.ts"
import { refused } from "./unheard.ts"

/**
 * Posts a request to a process and waits for its reply. Never throws; the promise settles exactly once. `asker`: the process that waits.
 *
 * Errors  Unavailable, at once, when the process has ended, and when it ends before it answers; Timeout; Canceled; RateLimited (inbox
 *         full); PermissionDenied for a process that only answers mailboxes; Conflict when a process asks itself; Invalid for what is no pid,
 *         and with a kernel for a pid of another runtime.
 */
export function askPid(
  pid: Pid,
  route: Route | undefined,
  argument: unknown,
  options?: AskOptions,
  within?: Kernel,
  caller?: Party,
): Promise<unknown> {
  const asker = caller ?? within?.turn.process ?? presentProcess()
  try {
    const timeoutMs = timeoutOf(options)
    const signal = signalOf(options)
    const process = processOf(pid, within)
    if (process === undefined) {
      within?.following?.turnedAway(pid.toString(), route, true, undefined, asker, "UNAVAILABLE")
      return refused(asker, goneError(pid))
    }
    if (!process.refuses(route)) {
      const own = route?.payload === undefined ? argument : taken(process, route, route.payload, argument, asker)
      return process.kernel.ask(process.inbox, route, own, undefined, timeoutMs, asker, signal)
    }
    process.kernel.following?.turnedAway(process.label, route, true, undefined, asker, "PERMISSION_DENIED")
    process.kernel.refuse(process.label, process.inbox.shown(argument), "denied")
    return refused(asker, guardedError(process.label))
  } catch (error) {
    return refused(asker, error)
  }
}

/** Throws `Invalid`, and it counts as refused. */
function taken({ kernel, label }: Process, route: Route, payload: RoutePayload, argument: unknown, asker: Party | undefined): unknown {
  try {
    return payload.take(argument)
  } catch (error) {
    kernel.following?.turnedAway(label, route, true, undefined, asker, "INVALID")
    kernel.counters.refused += 1
    throw error
  }
}

/** What refuses whoever has a pid of a process that answers mailboxes alone. */
export function guardedError(label: string): PermissionDenied {
  return new PermissionDenied(`${label} answers only through a mailbox: acquire it`, { details: { target: label } })
}
