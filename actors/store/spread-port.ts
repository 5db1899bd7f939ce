/**
 * What stands behind the mailbox of a store with partitions: the same as behind one of a store without, so that the mailbox is the same, too. Each message
 * goes where its key is; what is about many keys, or all, is divided, and the answers are made one.
 *
 * What is decided of a message stands in `spreads.ts`; this carries it out, and is asked for nothing else.
 */

import type { AskOptions, MailboxPort, MailboxRoute, PartitionedPort } from "../../src/index.ts"
import { keyOf, type Spread, spreadOf } from "./spreads.ts"
import { STORE_CALLS, type StoreFace } from "./store-face.ts"

/** `spreads`: by the index of the route, made by `spreadsOf`. */
export function spreadPort(whole: PartitionedPort, spreads: readonly Spread[]): MailboxPort {
  return whole.as({
    ask(route: MailboxRoute, argument: unknown, options?: AskOptions) {
      const spread = spreads[route.index]
      if (spread === undefined) return whole.ask(route, argument, options)
      try {
        return spread(whole, route, argument, options)
      } catch (error) {
        return whole.refused(error)
      }
    },
    // Of what is about one key.
    refusal: (route, argument) => whole.portOf(keyOf(argument)).refusal(route, argument),
  })
}

/** By the index of their routes. */
export function spreadsOf(face: StoreFace): readonly Spread[] {
  const spreads: Spread[] = []
  for (const name of STORE_CALLS) if (name !== "watch") spreads[face[name].index] = spreadOf(name)
  return spreads
}
