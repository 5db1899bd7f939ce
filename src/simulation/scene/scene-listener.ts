/** Who judges, as a scene knows it. */

import type { Inspection } from "../../inspection/inspection.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Asked, Waiting } from "./candidate.ts"
import type { TimerWatch } from "./scene-port.ts"

/** Told of what happens in a scene, as it happens. */
export interface SceneListener {
  /** A runtime begins. What it tells of itself is heard from here on. */
  began(topology: Topology, inspection: Inspection): void
  readonly timers: TimerWatch
  /** A process is given that, in the step that follows. */
  taken(waiting: Waiting): void
  posted(envelope: Envelope, inbox: Inbox): void
  /** A service was asked for that. */
  asked(asked: Asked, inbox: Inbox, argument: unknown): void
  /** It was answered, and that is on its way. */
  given(asked: Asked): void
  /** Whoever has asked that is told what was answered. */
  answered(asked: Asked): void
  /** Whoever has asked that is told that it failed. */
  failed(asked: Asked, error: unknown): void
}
