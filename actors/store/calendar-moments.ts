/**
 * Moments of the monotonic clock as the host's calendar has them, in whole milliseconds since 1970.
 *
 * Invariant: the same moment is told as the same, however often it is asked for, until the calendar was set: what is read of that is cut to milliseconds.
 */

import type { StoreSelf } from "./incarnation.ts"
import { NEVER } from "./lifetime.ts"

/** `undefined` for what has no end. */
export type CalendarMoments = (moment: number) => number | undefined

export function calendarMoments(self: Pick<StoreSelf, "calendarLead">): CalendarMoments {
  let lead = self.calendarLead()
  return (moment) => {
    const read = self.calendarLead()
    if (Math.abs(read - lead) >= 1) lead = read
    return moment === NEVER ? undefined : Math.round(lead + moment)
  }
}
