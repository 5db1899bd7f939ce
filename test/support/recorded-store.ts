/** A store whose callers' operations are recorded, as a world records them: what is posted, when, and what comes of it. */

import { onTestFinished, vi } from "vitest"
import type { StoreMailbox } from "../../actors/index.ts"
import { Attachment } from "../../src/service/attachment.ts"
import { keptValue, type Loss, type Operation } from "../../src/simulation.ts"
import { buildStore, type StoreStage, type StoreStageOptions } from "./store-stage.ts"

export interface RecordedStore extends StoreStage {
  readonly history: Operation[]
  readonly lost: Loss[]
  /** Another caller. */
  acquire(): Promise<StoreMailbox>
  /** A moment at which all is lost. */
  forgets(leaves?: Loss["leaves"]): void
}

/** Whoever asks for it stops it. One at a time. */
export async function buildRecorded(options: StoreStageOptions = {}): Promise<RecordedStore> {
  const stage = await buildStore(options)
  const history: Operation[] = []
  const lost: Loss[] = []
  let place = 0
  const ask = Attachment.prototype.ask
  const spy = vi.spyOn(Attachment.prototype, "ask").mockImplementation(function (this: Attachment, route, argument, askOptions) {
    place += 1
    const asked = { service: this.service, caller: `c${this.id}`, name: route.name, argument, asked: place, askedAt: stage.time.now() }
    const index = history.push({ ...asked, answered: undefined, answeredAt: undefined, outcome: undefined }) - 1
    const settle = (outcome: NonNullable<Operation["outcome"]>): void => {
      place += 1
      history[index] = { ...asked, answered: place, answeredAt: stage.time.now(), outcome }
    }
    const answer = ask.call(this, route, argument, askOptions)
    answer.then(
      (value) => settle({ value: keptValue(value) }),
      (error: unknown) => settle({ error }),
    )
    return answer
  })
  return {
    ...stage,
    history,
    lost,
    acquire: () => stage.runtime.acquire("app:cache"),
    forgets: (leaves = "nothing") => {
      place += 1
      lost.push({ at: place, keys: "all", leaves })
    },
    runtime: Object.assign(stage.runtime, {
      stop: (
        (stop) =>
        async (...said: Parameters<typeof stop>) => {
          spy.mockRestore()
          await stop(...said)
        }
      )(stage.runtime.stop.bind(stage.runtime)),
    }),
  }
}

/** Stopped at the end of the test that asks for it. */
export async function openRecorded(options?: StoreStageOptions): Promise<RecordedStore> {
  const stage = await buildRecorded(options)
  onTestFinished(() => stage.runtime.stop())
  return stage
}
