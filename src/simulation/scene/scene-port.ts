/** What a simulated kernel says to the scene that it plays in, and asks of it. */

import type { Carrier, Envelope, Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { KernelHost } from "../../kernel/kernel-host.ts"
import type { ProcessTimer } from "../../kernel/process-timer.ts"
import type { Operation } from "../schedule/step.ts"
import type { Asked, Waiting } from "./candidate.ts"
import type { Namesakes, RuntimeOf } from "./namesakes.ts"

/** Which bounds may be made small: of an inbox by its label, of all stores together. */
export type SmallBound = "small_inbox" | "small_sweep"

/** Told of the timers of processes. */
export interface TimerWatch {
  armed(timer: ProcessTimer, deadline: number): void
  /** It is cancelled, or its process has ended; of one that ticks once, also when that tick is taken. */
  disarmed(timer: ProcessTimer): void
  /** It has come to its moment. */
  expired(timer: ProcessTimer): void
}

/** Whose processes have names in a schedule: those of two of them may have the same label. */
export type NamedKernel = Carrier & RuntimeOf

export interface ScenePort {
  /** Milliseconds since the schedule began. */
  readonly now: number
  /** Whether an answer is known to its asker the moment it is given. */
  readonly repliesAtOnce: boolean
  /** Whether a process at rest serves a request where it is asked. */
  readonly servesAtOnce: boolean
  /** Who watches the timers of processes. */
  readonly timers: TimerWatch | undefined
  readonly namesakes: Namesakes
  nextId(): number
  /** Whose code runs, where it is a process's. */
  presentProcess(): Party | undefined
  /** Whether that inbox takes no message now. */
  refuses(inbox: Inbox): boolean
  /** How small a bound is to be; `undefined`: as it is made. */
  boundOf(kind: SmallBound, actor: string): number | undefined
  /** A message has come in. */
  noted(envelope: Envelope, inbox: Inbox): void
  /** The runtime has put something before all that waits. */
  putFirst(envelope: Envelope, inbox: Inbox): void
  /** What was noted since it was asked for last. */
  takePosted(): Waiting | undefined
  /** A request was posted. */
  opened(asked: Asked, argument: unknown): void
  /** It was answered, at that place among all that is sent; default: the present one. … */
  answered(asked: Asked, isFailure: boolean, deliver: () => void, place?: number): void
  /** … its asker waits no longer for the answer that is on its way, … */
  givenUp(asked: Asked): void
  /** … and the answer has reached its asker. */
  concluded(asked: Asked, outcome: Operation["outcome"]): void
}

/** The host of a scene: what it is asked for is written down, and done when it is chosen. */
export interface SceneHost extends KernelHost {
  readonly scene: ScenePort
}
