/** How a store is watched: the handler, and what it needs permission for. What is told then goes no way of messages. */

import type { Guard } from "../../src/index.ts"
import type { StoreState } from "./store-state.ts"
import { Watcher } from "./watcher.ts"

export const watchCalls = {
  watch: (state: Pick<StoreState, "watches"> & Partial<Pick<StoreState, "plan">>, watcher: Watcher) => {
    const joined = state.watches.join(watcher)
    state.plan?.()
    return joined
  },
}

export const watchGuards: Readonly<Record<keyof typeof watchCalls, Guard>> = {
  watch: { action: "store.key.watch", attributes: ({ attributes }: Watcher) => attributes, take: Watcher.take },
}
