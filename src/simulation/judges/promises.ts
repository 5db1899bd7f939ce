/**
 * What runtimes promise, judged in each schedule without being asked, in the application's runtime and in each that its scenario starts: by judges of its own
 * (`runtime-judges.ts`). What is broken has its number in ARCHITECTURE.md's list, and says in which runtime, where that is not the first.
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { actorOf } from "../scene/actor.ts"
import type { Asked } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import type { SceneListener } from "../scene/scene-listener.ts"
import type { TimerWatch } from "../scene/scene-port.ts"
import { SimulatedKernel } from "../scene/simulated-kernel.ts"
import type { BrokenPromise } from "./broken-promise.ts"
import type { Knowledge } from "./judges.ts"
import { RuntimeJudges } from "./runtime-judges.ts"

/** Who is told what happens in all runtimes, beside who judges their promises. */
export interface WorldListener {
  /** A service was asked for that. */
  asked(inbox: Inbox, caller: string, argument: unknown): void
  /** A process has ended, and what it had. */
  ended(inbox: Inbox): void
  /** Any of them has told that of itself. */
  told(event: InspectionEvent, kernel: object): void
}

export class Promises {
  readonly #scene: Scene
  readonly #knowledge: Pick<Knowledge, "stillBound" | "claimActOf">
  readonly #judges = new Map<object, RuntimeJudges>()
  /** Those of the runtime in which something has happened last. */
  #present: RuntimeJudges | undefined = undefined
  /** The first that was broken. */
  broken: BrokenPromise | undefined = undefined

  constructor(scene: Scene, knowledge: Pick<Knowledge, "stillBound" | "claimActOf">) {
    this.#scene = scene
    this.#knowledge = knowledge
  }

  /** What a scene tells; `others`: who else is told. */
  listening(others: WorldListener): SceneListener {
    return {
      began: (topology, inspection) => {
        const { kernel } = topology
        if (!(kernel instanceof SimulatedKernel)) return
        const breaks = (number: string, how: string): void => this.#break(number, how, kernel)
        const judges = new RuntimeJudges(this.#scene, topology, kernel, this.#knowledge, breaks)
        this.#judges.set(kernel, judges)
        topology.onEnd(({ inbox }) => others.ended(inbox))
        const told = (event: InspectionEvent): void => {
          judges.told(event)
          others.told(event, kernel)
        }
        kernel.insider = told
        inspection.add(told)
      },
      timers: this.#timers,
      asked: (asked, inbox, argument) => {
        this.#of(inbox.kernel)?.asked(asked, argument)
        others.asked(inbox, actorOf(asked.asker), argument)
      },
      taken: (waiting) => this.#of(waiting.inbox.kernel)?.taken(waiting),
      posted: (envelope, inbox) => this.#of(inbox.kernel)?.posted(envelope, inbox),
      given: (asked) => this.#asked(asked)?.given(asked),
      answered: (asked) => this.#asked(asked)?.answered(asked),
      failed: (asked, error) => this.#asked(asked)?.failed(asked, error),
    }
  }

  readonly #timers: TimerWatch = {
    armed: (timer, deadline) => this.#of(timer.process.kernel)?.timers.armed(timer, deadline),
    disarmed: (timer) => this.#of(timer.process.kernel)?.timers.disarmed(timer),
    expired: (timer) => this.#of(timer.process.kernel)?.timers.expired(timer),
  }

  #of(kernel: object): RuntimeJudges | undefined {
    if (this.#present?.kernel !== kernel) this.#present = this.#judges.get(kernel)
    return this.#present
  }

  /** Of a call of the world outside nobody promises anything. */
  #asked({ inbox }: Asked): RuntimeJudges | undefined {
    return inbox === undefined ? undefined : this.#of(inbox.kernel)
  }

  #break(number: string, how: string, kernel: object): void {
    const runtime = this.#scene.namesakes.runtimeName(kernel)
    this.broken ??= { number, how: runtime === undefined ? how : `in ${runtime}: ${how}` }
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    for (const judges of this.#judges.values()) judges.judgeRest()
  }

  /** Nothing can happen any more, and somebody waits. */
  judgeStuck(): void {
    for (const judges of this.#judges.values()) judges.judgeStuck()
  }

  /** The application is told to stop. */
  stopping(): void {
    for (const judges of this.#judges.values()) judges.stopping()
  }

  /** The application has stopped, and all is at rest. */
  judgeEnd(): void {
    const [application] = this.#judges.values()
    // One that the scenario has left as it was promises nothing of a stop.
    for (const judges of this.#judges.values()) if (judges === application || judges.kernel.hasStopped) judges.judgeEnd()
  }
}
