/** Handlers of what changes many keys: it comes behind what others still write, and knows who has come after it. */

import type { ServerSelf } from "../../src/index.ts"
import type { Slices } from "./slices.ts"
import type { StoreState } from "./store-state.ts"

/** `since`: the changes there had been when it was asked for (`later-changes.ts`). */
type Work<Request> = (state: StoreState, request: Request, since: number) => Slices

export function behindOthers<Request>(work: Work<Request>) {
  return (state: StoreState, request: Request, self: ServerSelf): unknown =>
    state.changes.serve(work(state, request, state.laterChanges.count), self)
}
