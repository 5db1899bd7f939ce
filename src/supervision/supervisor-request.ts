/** What the service layer asks of a supervisor, about a child of its. */

import type { PigeonholeError } from "../kernel/errors.ts"
import type { DetachDecision, DetachEvent } from "./detach-policy.ts"

/** Exactly one of the callbacks that answer is called, once. */
export type SupervisorRequest<Child> =
  /** A caller leaves a child. */
  | {
      readonly type: "detach"
      readonly child: Child
      readonly event: DetachEvent
      /** It may leave; what follows from that is carried out in the supervisor's turn. */
      leave(): void
      settle(decision: DetachDecision): void
      fail(error: unknown): void
      /** The supervisor has ended first. */
      abandoned(): void
    }
  /** It has left: what its detach policy has decided is to be carried out. */
  | {
      readonly type: "left"
      readonly child: Child
      readonly decision: DetachDecision
      settle(decision: DetachDecision): void
      abandoned(): void
    }
  /** Somebody wants a child that its detach policy has stopped. */
  | {
      readonly type: "want"
      readonly child: Child
      /** What is wanted is below it, and comes only when it runs. */
      readonly isAbove: boolean
      /** Whether it runs, or will, unless it is above; where it will not for want of something that it requires, the error of that. */
      settle(isComing: boolean, missing?: PigeonholeError): void
      abandoned(): void
    }
