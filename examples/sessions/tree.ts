/** The session service as one definition: two stores, a worker, and what their supervisor is to do about them. */

import { actor, child, keep, StoreMailbox, stopWhenIdle, store, supervisor } from "pigeonhole"

export interface Session {
  readonly user: string
  readonly role: string
}

/** Counts logins: what it is told, it adds up in a store of its own. */
const counter = actor<undefined, { readonly login: string }>(async (self) => {
  const logins = await self.acquire("session:logins", { as: StoreMailbox<number> })
  for await (const message of self.inbox) {
    if (!("login" in message)) continue
    await logins.set(message.login, ((await logins.get(message.login)) ?? 0) + 1)
  }
})

export const sessionService = supervisor({
  strategy: "one_for_one",
  intensity: 3,
  periodMs: 5_000,
  children: {
    "session:active": child(store<Session>({ maxEntries: 1_000 }), { state: "reset", onDetach: keep }),
    "session:logins": child(store<number>(), { state: "retain", onDetach: stopWhenIdle({ lingerMs: 50 }) }),
    "session:counter": child(counter, { requires: ["session:logins"], principal: { id: "worker:counter" } }),
  },
})
