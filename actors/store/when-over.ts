/** The end of an incarnation, for what outlives it. */

import type { StoreSelf } from "./incarnation.ts"

/** Calls back once, when the incarnation is told to end, or has ended: by a kill, too. What it calls must not throw. */
export function whenOver({ signal }: Pick<StoreSelf, "signal">, callback: () => void): void {
  if (signal.aborted) callback()
  else signal.addEventListener("abort", callback, { once: true })
}
