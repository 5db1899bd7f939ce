/**
 * Writes for which more has to go than may go in one turn. Others are served meanwhile; what room there is already is kept for the write, which is then carried
 * out anew, on what is there by then: the store is at no moment above its limits, and nobody has waited long.
 *
 * Invariants
 * - One write at a time, in the lane of what changes many keys. What would take from it what may still go comes behind it.
 * - What stands under its own keys does not go for it, as long as others can; of a transaction some may in the turn in which it was asked for, as if it had come then.
 * - Who came after a plain `set`, and before it is in, has the last word on the key.
 */

import type { WritingIncarnation } from "./incarnation.ts"
import { type Asked, LATER, type Slices } from "./slices.ts"

/** Whose entries it may read or write. */
type Keyed = { readonly key: string } | { readonly keys: readonly string[] }

/**
 * A handler: `carryOut` gives the answer, or `LATER` where nothing was changed for want of room. `since`: the changes there had been when it was asked for,
 * where that is some turns ago (`later-changes.ts`). `self` may be left out where there is room.
 */
export function onceThereIsRoom<State extends WritingIncarnation, Request extends Keyed>(
  carryOut: (state: State, request: Request, since?: number) => unknown,
) {
  return (state: State, request: Request, self?: Asked): unknown => {
    const answer = carryOut(state, request)
    return answer === LATER ? inSlices(state, request, (since) => carryOut(state, request, since), self as Asked) : answer
  }
}

/** Has `attempt` made once there is room for what was short of it a moment ago. It may give `LATER` again, where something else is there by now. */
export function inSlices(state: WritingIncarnation, request: Keyed, attempt: (since: number) => unknown, self: Asked): unknown {
  const { count } = state.laterChanges
  return state.changes.serve(
    slices(state, request, () => attempt(count)),
    self,
  )
}

function* slices(state: WritingIncarnation, request: Keyed, attempt: () => unknown): Slices {
  const { room, eviction } = state.table
  let wanted = room.shortage
  const keys = "key" in request ? [request.key] : request.keys
  eviction?.pin({ placeOf: new Map(keys.map((key) => [key, 0])), at: 0 })
  try {
    for (;;) {
      yield* gathered(state, wanted)
      const answer = attempt()
      if (answer !== LATER) {
        state.settleAll()
        return answer
      }
      wanted = room.shortage
    }
  } finally {
    eviction?.unpin()
  }
}

/** Ends in the turn in which there is room for so much more, or can be none. */
export function* gathered({ table, now }: Pick<WritingIncarnation, "table" | "now">, weight = 0): Slices<void> {
  while (!table.room.gather(table, weight, now)) yield
}
