/** How a store is watched: the handler, and what it needs permission for. What is told then goes no way of messages. */

import type { Guard } from "../../src/index.ts"
import type { StoreState } from "./store-state.ts"
import { Watcher } from "./watcher.ts"

export const watchCalls = {
  watch: ({ watches }: Pick<StoreState, "watches">, watcher: Watcher) => watches.join(watcher),
}

export const watchGuards: Readonly<Record<keyof typeof watchCalls, Guard>> = {
  watch: { action: "store.key.watch", attributes: ({ attributes }: Watcher) => attributes, take: Watcher.take },
}
