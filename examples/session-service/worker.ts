/** Follows the sessions, and counts how often somebody has come. Named by `app.yaml`, which says as whom it acts. */

import { type ProcessSelf, StoreMailbox } from "pigeonhole"

export async function follow(self: ProcessSelf<unknown>): Promise<void> {
  const sessions = await self.acquire("app:sessions", { as: StoreMailbox<{ page: string }> })
  const visits = await self.acquire("app:visits", { as: StoreMailbox<number> })
  // Until the application stops.
  for await (const { type, key } of sessions.watch({ prefix: "", initial: true, signal: self.signal })) {
    if (type === "set") await visits.set(key, ((await visits.get(key)) ?? 0) + 1)
  }
}
