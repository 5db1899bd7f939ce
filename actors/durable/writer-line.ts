/**
 * The line to the thread that writes: rows and commits go on a lane in shared memory, and by message where there is no room on it.
 *
 * Invariants
 * - They are carried out in the order they were given, whichever way they went.
 * - The lane is used only while all that was asked is answered, and nothing has gone by message since: so nothing on it is behind a message.
 * - What is on it when a message goes is taken before that: the thread looks at its messages only when it sleeps, and is woken by a message of its own.
 */

import { memoryOf, type PackedRows, packChanges } from "./packed-rows.ts"
import { LaneSender, laneMemory } from "./row-lane.ts"
import type { Change, Opened } from "./store-database.ts"
import { type LineErrors, WorkerLine } from "./worker-line.ts"
import type { WorkerSettings, WriterCalls } from "./worker-protocol.ts"

export class WriterLine {
  readonly #lane: LaneSender
  readonly #line: WorkerLine<WriterCalls>
  /** Something has gone by message that is not answered. */
  #hasTold = false

  constructor(settings: Omit<WorkerSettings, "role" | "lane">, errors: LineErrors, ended: () => void) {
    const memory = laneMemory()
    this.#lane = new LaneSender(memory)
    this.#line = new WorkerLine<WriterCalls>({ ...settings, role: "writer", lane: memory }, errors, ended)
  }

  get hasEnded(): boolean {
    return this.#line.hasEnded
  }

  open(): Promise<Opened> {
    return this.#asking(this.#line.ask("open", undefined))
  }

  close(): Promise<undefined> {
    return this.#asking(this.#line.ask("close", undefined))
  }

  end(): Promise<void> {
    return this.#line.end()
  }

  stage(changes: readonly Change[]): void {
    if (this.#isLaneFree && this.#lane.add(changes)) return this.#wake()
    this.#hasTold = true
    const packed = packChanges(changes)
    this.#line.tell("stage", packed, memoryOf(packed))
  }

  commit(changes: readonly Change[], now: number): Promise<undefined> {
    return this.#asking(this.#isLaneFree && this.#lane.add(changes, 1) ? this.#commitByLane(now) : this.#commitByMessage(changes, now))
  }

  removeExpired(now: number, limit: number): Promise<PackedRows> {
    return this.#asking(this.#line.ask("removeExpired", { now, limit }))
  }

  #commitByLane(now: number): Promise<undefined> {
    return this.#line.askBy<"commit">((id) => {
      this.#lane.addCommit(id, now)
      this.#wake()
    })
  }

  #commitByMessage(changes: readonly Change[], now: number): Promise<undefined> {
    const packed = packChanges(changes)
    return this.#line.ask("commit", { changes: packed, now }, memoryOf(packed))
  }

  /** What comes once it is answered stands at the front of the lane again; until then nothing does. */
  #asking<Result>(answer: Promise<Result>): Promise<Result> {
    this.#lane.restart()
    this.#hasTold = false
    return answer
  }

  get #isLaneFree(): boolean {
    return this.#line.isIdle && !this.#hasTold
  }

  #wake(): void {
    if (this.#lane.hasToWake()) this.#line.wake()
  }
}
