/** A runtime on virtual time, and all that it reported. */

import type { InspectionEvent, Runtime } from "../../src/index.ts"
import { start } from "../../src/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"

export interface Stage {
  readonly runtime: Runtime
  readonly time: VirtualTime
  readonly events: InspectionEvent[]
}

export async function openStage(): Promise<Stage> {
  const time = virtualTime({ unseenMs: 0 })
  const events: InspectionEvent[] = []
  const runtime = await start({}, { host: time, log: () => {}, inspect: (event) => events.push(event) })
  return { runtime, time, events }
}
