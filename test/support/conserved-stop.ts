/** A stop at the end of a test: whatever was going on, each message has had its one end, and no timer is left. */

import { expect } from "vitest"
import type { TestApp } from "./app.ts"

/** Longer than any limit of a stop. */
const LONG_MS = 60_000

export async function stopConserved({ runtime, time }: Pick<TestApp<object>, "runtime" | "time">): Promise<void> {
  const stopped = runtime.stop()
  await time.advance(LONG_MS)
  await stopped
  const { accepted, handled, returned, reported, waiting } = runtime.statistics()
  expect(accepted).toBe(handled + returned + reported + waiting)
  expect(time.armedTimers).toBe(0)
}
