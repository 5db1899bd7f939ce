/** The programs to judge a search by, with their sort: given with the issue, ported from what others have met, and our own. */

import * as crossAsk from "./given/cross-ask.ts"
import * as doubleBooking from "./given/double-booking.ts"
import * as lateReply from "./given/late-reply.ts"
import * as leaseWithoutFence from "./given/lease-without-fence.ts"
import * as lostUpdate from "./given/lost-update.ts"
import * as staleFill from "./given/stale-fill.ts"
import * as acknowledgedFirst from "./own/acknowledged-first.ts"
import * as alarmOfTheLastVisit from "./own/alarm-of-the-last-visit.ts"
import * as anyTwoNeighbours from "./own/any-two-neighbours.ts"
import * as asksItsOwnPool from "./own/asks-its-own-pool.ts"
import * as blockBegunAnew from "./own/block-begun-anew.ts"
import * as bothGreen from "./own/both-green.ts"
import * as cancelledWhilePaying from "./own/cancelled-while-paying.ts"
import * as chargedTwice from "./own/charged-twice.ts"
import * as circleOfLocks from "./own/circle-of-locks.ts"
import * as clearedTooEarly from "./own/cleared-too-early.ts"
import * as deletedTwice from "./own/deleted-twice.ts"
import * as doesTheOldJob from "./own/does-the-old-job.ts"
import * as electedTwice from "./own/elected-twice.ts"
import * as enrolledAnew from "./own/enrolled-anew.ts"
import * as gapIsNothing from "./own/gap-is-nothing.ts"
import * as halfTransfer from "./own/half-transfer.ts"
import * as holdRanOut from "./own/hold-ran-out.ts"
import * as hookIsTheSameAgain from "./own/hook-is-the-same-again.ts"
import * as knownByTheLast from "./own/known-by-the-last.ts"
import * as lastOneOut from "./own/last-one-out.ts"
import * as lateSuccess from "./own/late-success.ts"
import * as mirrorIsBehind from "./own/mirror-is-behind.ts"
import * as oldAfterNew from "./own/old-after-new.ts"
import * as openedWhileClosing from "./own/opened-while-closing.ts"
import * as paidWhenExpired from "./own/paid-when-expired.ts"
import * as poolOvertakes from "./own/pool-overtakes.ts"
import * as readyTooSoon from "./own/ready-too-soon.ts"
import * as releasedForAnother from "./own/released-for-another.ts"
import * as remembersTheLastOne from "./own/remembers-the-last-one.ts"
import * as renewedLate from "./own/renewed-late.ts"
import * as servedAtOnce from "./own/served-at-once.ts"
import * as sessionComesBack from "./own/session-comes-back.ts"
import * as tailLags from "./own/tail-lags.ts"
import * as thirdTryIsBlind from "./own/third-try-is-blind.ts"
import * as watchedTooLate from "./own/watched-too-late.ts"
import * as writesToTheOldRoom from "./own/writes-to-the-old-room.ts"
import * as writtenOnceMore from "./own/written-once-more.ts"
import * as boundedBuffer from "./ported/bounded-buffer.ts"
import * as closingTime from "./ported/closing-time.ts"
import * as declaredDead from "./ported/declared-dead.ts"
import * as foundTooLate from "./ported/found-too-late.ts"
import * as lostOnTimeout from "./ported/lost-on-timeout.ts"
import * as nameStillTaken from "./ported/name-still-taken.ts"
import * as philosophers from "./ported/philosophers.ts"
import * as settingComesLast from "./ported/setting-comes-last.ts"
import * as staleSuggestion from "./ported/stale-suggestion.ts"
import * as stoppedWhenEmpty from "./ported/stopped-when-empty.ts"
import * as twoActivations from "./ported/two-activations.ts"
import * as votedThenAborted from "./ported/voted-then-aborted.ts"
import type { Race } from "./race.ts"

/** Where a program is from. */
export type Sort = "given" | "ported" | "own"

export interface Program {
  readonly name: string
  readonly sort: Sort
  readonly race: Race
}

const SORTS: Readonly<Record<Sort, Readonly<Record<string, Race>>>> = {
  given: { crossAsk, doubleBooking, lateReply, leaseWithoutFence, lostUpdate, staleFill },
  ported: {
    boundedBuffer,
    closingTime,
    declaredDead,
    foundTooLate,
    lostOnTimeout,
    nameStillTaken,
    philosophers,
    settingComesLast,
    staleSuggestion,
    stoppedWhenEmpty,
    twoActivations,
    votedThenAborted,
  },
  own: {
    acknowledgedFirst,
    alarmOfTheLastVisit,
    anyTwoNeighbours,
    asksItsOwnPool,
    blockBegunAnew,
    bothGreen,
    cancelledWhilePaying,
    chargedTwice,
    circleOfLocks,
    clearedTooEarly,
    deletedTwice,
    doesTheOldJob,
    electedTwice,
    enrolledAnew,
    gapIsNothing,
    halfTransfer,
    holdRanOut,
    hookIsTheSameAgain,
    knownByTheLast,
    lastOneOut,
    lateSuccess,
    mirrorIsBehind,
    oldAfterNew,
    openedWhileClosing,
    paidWhenExpired,
    poolOvertakes,
    readyTooSoon,
    releasedForAnother,
    remembersTheLastOne,
    renewedLate,
    servedAtOnce,
    sessionComesBack,
    tailLags,
    thirdTryIsBlind,
    watchedTooLate,
    writesToTheOldRoom,
    writtenOnceMore,
  },
}

export const PROGRAMS: readonly Program[] = Object.entries(SORTS).flatMap(([sort, races]) =>
  Object.entries(races).map(([name, race]) => ({ name, sort: sort as Sort, race })),
)
