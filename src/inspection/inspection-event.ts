/** What a runtime tells of itself, of whichever layer. */

import type { KernelEvent } from "../kernel/trace.ts"
import type { MeasuredEvent } from "../process/measurements.ts"
import type { ReportEvent } from "../process/report.ts"
import type { SecurityEvent } from "../security/gate.ts"
import type { ServiceEvent } from "../service/service-event.ts"
import type { SupervisionEvent } from "../supervision/supervision-event.ts"
import type { CrashReport } from "./crash-report.ts"
import type { RequestEvent } from "./request-sampling.ts"

/** The runtime's turn is over: it has handled what waited, or as much as it may at a stretch. For an inspector that asks for it (`measureTurns`). */
export interface TurnEvent {
  readonly type: "turn"
  /** How long the host had to wait. */
  readonly durationMs: number
  /** Messages handled, and starts of processes. */
  readonly messages: number
}

/** What can be observed of a runtime; `type` tells which. */
export type InspectionEvent =
  | KernelEvent
  | CrashReport
  | SupervisionEvent
  | SecurityEvent
  | ServiceEvent
  | ReportEvent
  | MeasuredEvent
  | RequestEvent
  | TurnEvent

/** Called with every event as it happens, in the middle of the runtime's work: it must be quick. */
export type Inspector = (event: InspectionEvent) => void
