/**
 * How a process stands still: messages wait, and what the system asks for is served, one request at a time.
 *
 * Invariant: each request has its answer before the next one is served; whoever hears of two, hears of them in the order in which they took
 * effect.
 *
 * Source  OTP, sys(3): suspend/1, resume/1.
 */

import type { Party } from "./envelope.ts"
import { ProcessRequests } from "./process-requests.ts"
import type { ProcessStatus } from "./process-status.ts"

export abstract class ProcessPause extends ProcessRequests {
  abstract override status: ProcessStatus
  abstract wake(): void

  /** Stands still from now on. Between two messages only. */
  suspend(): void {
    if (this.status === "ready") this.status = "suspended"
  }

  resume(): void {
    if (this.status !== "suspended") return
    this.status = "ready"
    this.wake()
  }

  /** A system request waits: one that stands still comes to it in its next turn. */
  heed(): void {
    if (this.status === "suspended") this.enqueue()
  }

  /** Again, after a request that took its time. */
  protected standStill(): void {
    this.suspend()
    this.heed()
  }

  /** Serves those that wait, while it stands still. One may take its time, or have it go on: the others keep their places then. */
  protected attend(process: Party): void {
    while (this.status === "suspended") {
      const request = this.inbox.takeSystem()
      if (request === undefined) return
      this.kernel.neutrally(request.serve, request, process)
    }
  }
}
