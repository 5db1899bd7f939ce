/** What a store does for `getOrSet`: its handler, and what it needs permission for. */

import type { Guard } from "../../src/index.ts"
import { NOWHERE } from "./entry-table.ts"
import { LoadRequest } from "./load-request.ts"
import { Loads, type RequestSelf } from "./loads.ts"
import type { StoreState } from "./store-state.ts"
import { TableLoadHome } from "./table-load-home.ts"

export const loadCalls = {
  getOrSet: (state: StoreState, request: LoadRequest, self: RequestSelf) => {
    const { table } = state
    const { key, options } = request
    const slot = table.find(key, state.now)
    if (slot === NOWHERE) return state.missed(key) ?? loadsOf(state).missed(request, self)
    table.read(slot, state.now)
    request.isAnswered = true
    // It is given beyond its time as long as this caller wants.
    if (options.staleForMs > 0) loadsOf(state).home.stale.mark(slot, options.staleForMs, table.weightAt(slot))
    return state.shown(table.valueAt(slot), key)
  },
}

/** A store that never loads has none. */
function loadsOf(state: StoreState): Loads<TableLoadHome> {
  state.loads ??= new Loads(new TableLoadHome(state))
  return state.loads
}

export const loadGuards: Readonly<Record<keyof typeof loadCalls, Guard>> = {
  getOrSet: {
    action: ["store.key.get", "store.key.set"],
    attributes: ({ key }: LoadRequest) => ({ key }),
    take: LoadRequest.take,
  },
}
