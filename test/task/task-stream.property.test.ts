import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type ItemOutcome, type ProcessSelf, type TaskOutcome, Timeout } from "../../src/index.ts"
import { Alarm } from "../../src/kernel/alarm.ts"
import { type Expected, expectedOf, type Fate, type ModelItem, type ModelRules } from "../models/task-stream-model.ts"
import { seeds } from "../support/seeds.ts"
import { leftWith, NOTHING_LEFT, openTaskStage, pause, type TaskOwnerActor, type TaskStage } from "../support/task-stage.ts"
import { type Watched, watch } from "../support/watched.ts"

const boom = new Error("boom")
const sourceFault = new Error("the source is broken")

/** Even; limits are odd, so that a task is never done at the moment that its time is over. */
const item: fc.Arbitrary<ModelItem> = fc.record({ ms: fc.nat(20).map((half) => half * 2), isFatal: fc.boolean() })

const rules: fc.Arbitrary<ModelRules> = fc.record({
  maxConcurrency: fc.integer({ min: 1, max: 4 }),
  ordered: fc.boolean(),
  timeoutMs: fc.constantFrom(7, 15, 31, 1001),
  onTimeout: fc.constantFrom("exit" as const, "kill_task" as const, "kill_task" as const),
  sourceMs: fc.constantFrom(undefined, undefined, 0, 3, 10),
  faultAt: fc.option(fc.nat(12), { nil: undefined, freq: 4 }),
  breakAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined, freq: 3 }),
})

/** One way to end early at most: which of two comes first within one moment no model says. */
function withOneEnd(settings: ModelRules): ModelRules {
  const { faultAt, breakAfter } = settings
  if (faultAt !== undefined) return { ...settings, breakAfter: undefined, onTimeout: "kill_task" }
  return breakAfter === undefined ? settings : { ...settings, onTimeout: "kill_task" }
}

interface Outcome {
  readonly outcome: ItemOutcome<number, number>
  readonly at: number
}

/** One run of a stream, and all that is to be seen of it. */
class Trial {
  readonly stage: TaskStage
  readonly owner: TaskOwnerActor
  readonly seen: Outcome[] = []
  readonly starts = new Map<number, number>()
  readonly #items: readonly ModelItem[]
  readonly #rules: ModelRules
  readonly #running = new Set<number>()
  mostRunning = 0
  mostInHand = 0
  #taken = 0
  isSourceClosed = false
  end: Watched | undefined = undefined
  endAt = 0

  constructor(stage: TaskStage, owner: TaskOwnerActor, items: readonly ModelItem[], rules: ModelRules) {
    this.stage = stage
    this.owner = owner
    this.#items = items
    this.#rules = rules
  }

  run(isLinked: boolean, consumeMs = 0): void {
    const { maxConcurrency, ordered, timeoutMs, onTimeout, sourceMs } = this.#rules
    const options = { maxConcurrency, ordered, timeoutMs, onTimeout, link: isLinked }
    const places = sourceMs === undefined ? this.#atOnce() : this.#later(sourceMs)
    const stream = this.owner.self.asyncStream(places, (place, self) => this.#work(place, self), options)
    const end = this.#consume(stream, consumeMs).finally(() => {
      this.endAt = this.stage.time.now()
    })
    this.end = watch(end)
  }

  async #consume(stream: AsyncIterable<ItemOutcome<number, number>>, consumeMs: number): Promise<string> {
    for await (const outcome of stream) {
      this.seen.push({ outcome, at: this.stage.time.now() })
      if (this.seen.length === this.#rules.breakAfter) return "left"
      if (consumeMs > 0) await this.#sleep(consumeMs)
    }
    return "done"
  }

  async #work(place: number, self: ProcessSelf<unknown>): Promise<number> {
    const { ms, isFatal } = this.#items[place] as ModelItem
    this.starts.set(place, this.stage.time.now())
    this.#running.add(place)
    self.signal.addEventListener("abort", () => this.#running.delete(place))
    this.mostRunning = Math.max(this.mostRunning, this.#running.size)
    if (ms > 0) await pause(self, ms)
    this.#running.delete(place)
    if (isFatal) throw boom
    return place
  }

  *#atOnce(): Iterable<number> {
    try {
      for (const place of this.#items.keys()) yield this.#take(place)
      if (this.#rules.faultAt === this.#items.length) throw sourceFault
    } finally {
      this.isSourceClosed = true
    }
  }

  async *#later(ms: number): AsyncIterable<number> {
    try {
      for (const place of this.#items.keys()) {
        if (place !== this.#rules.faultAt) await this.#sleep(ms)
        yield this.#take(place)
      }
      if (this.#rules.faultAt === this.#items.length) throw sourceFault
    } finally {
      this.isSourceClosed = true
    }
  }

  #take(place: number): number {
    if (place === this.#rules.faultAt) throw sourceFault
    this.#taken += 1
    this.mostInHand = Math.max(this.mostInHand, this.#taken - this.seen.length)
    return place
  }

  #sleep(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve()
    return new Promise((resolve) => void new Alarm(this.stage.kernel, ms, resolve))
  }
}

async function open(items: readonly ModelItem[], rules: ModelRules): Promise<Trial> {
  const stage = openTaskStage()
  const owner = await stage.owner()
  owner.self.trapExit(true)
  return new Trial(stage, owner, items, rules)
}

function fateOf(outcome: TaskOutcome<number>): Fate {
  if ("ok" in outcome) return "ok"
  const { exit } = outcome
  if (typeof exit !== "object" || !("error" in exit)) throw new Error(`an unexpected end: ${String(exit)}`)
  return exit.error instanceof Timeout ? "timeout" : "crash"
}

function endOf({ end, endAt }: Trial): Pick<Expected, "end" | "endAt"> {
  if (end?.state === "fulfilled") return { end: end.value as "done" | "left", endAt }
  if (end?.error === sourceFault) return { end: "source", endAt }
  if (end?.error instanceof Timeout) return { end: "timeout", endAt }
  throw new Error(`an unexpected end: ${end?.state}`, { cause: end?.error })
}

/** Without the outcomes of the last moment, where the order within a moment decides which of them are seen. */
function beforeEnd<T extends { readonly at: number }>(all: readonly T[], { end, endAt }: Pick<Expected, "end" | "endAt">): readonly T[] {
  return end === "done" ? all : all.filter(({ at }) => at < endAt)
}

/** By moment, and by fate within it. */
function byMoment(fates: readonly { readonly fate: Fate; readonly value: number; readonly at: number }[]): unknown {
  return fates.toSorted((one, other) => one.at - other.at || one.fate.localeCompare(other.fate) || one.value - other.value)
}

describe("asyncStream", () => {
  it("comes to what the model says, at the moments it says, and leaves nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 12 }), rules.map(withOneEnd), fc.boolean(), async (items, settings, isLinked) => {
        const trial = await open(items, settings)
        const expected = expectedOf(items, settings)
        trial.run(isLinked)
        await trial.stage.time.advance(expected.endAt + 1)
        const end = endOf(trial)
        expect(end).toEqual({ end: expected.end, endAt: expected.endAt })

        const wanted = expected.delivered.map(({ place, fate, at }) => ({ fate, value: place, at }))
        const found = trial.seen.map(({ outcome, at }) => ({ fate: fateOf(outcome), value: outcome.index, at }))
        if (settings.ordered) expect(beforeEnd(found, end)).toEqual(beforeEnd(wanted, end))
        else expect(byMoment(beforeEnd(found, end))).toEqual(byMoment(beforeEnd(wanted, end)))
        if (expected.end === "left") expect(found.length).toBe(wanted.length)

        const early = (starts: ReadonlyMap<number, number>): unknown =>
          [...starts].filter(([, at]) => at < expected.endAt).sort(([one], [other]) => one - other)
        expect(early(trial.starts)).toEqual(early(expected.starts))
        await trial.stage.time.advance(100)
        expect(leftWith(trial.owner, trial.stage)).toEqual(NOTHING_LEFT)
        expect(trial.isSourceClosed || trial.starts.size === 0).toBe(true)
        expect(await trial.stage.close()).toEqual({ processes: 0, deadlines: 0, hostTimers: 0 })
      }),
      seeds(400, 8),
    )
  })

  it("keeps its bounds and its order for a consumer that takes its time, whatever becomes of its owner", async () => {
    const killAt = fc.option(fc.nat(60), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 12 }),
        rules,
        fc.boolean(),
        fc.integer({ min: 1, max: 15 }),
        killAt,
        async (items, settings, isLinked, consumeMs, killedAt) => {
          const trial = await open(items, settings)
          trial.run(isLinked, consumeMs)
          await trial.stage.time.advance(killedAt ?? 0)
          if (killedAt !== undefined) trial.owner.process.urge({ type: "exit", reason: "kill" })
          await trial.stage.time.advance(5000)

          const fates = items.map(({ ms, isFatal }): Fate => (ms > settings.timeoutMs ? "timeout" : isFatal ? "crash" : "ok"))
          const seen = trial.seen.map(({ outcome }) => outcome)
          if (settings.ordered) expect(seen.map(fateOf)).toEqual(fates.slice(0, seen.length))
          for (const outcome of seen) expect([outcome.item, fates[outcome.index]]).toEqual([outcome.index, fateOf(outcome)])
          for (const outcome of seen) if ("ok" in outcome) expect(outcome.ok).toBe(outcome.item)
          expect(new Set(seen.flatMap((outcome) => ("ok" in outcome ? [outcome.ok] : []))).size).toBe(seen.filter((o) => "ok" in o).length)
          expect(trial.end?.state).not.toBe("pending")
          if (trial.end?.value === "done") expect(seen.map(fateOf).sort()).toEqual(fates.toSorted())

          expect(trial.mostRunning).toBeLessThanOrEqual(settings.maxConcurrency)
          expect(trial.mostInHand).toBeLessThanOrEqual(2 * settings.maxConcurrency)
          expect(trial.isSourceClosed || trial.mostInHand === 0).toBe(true)
          if (killedAt === undefined) expect(leftWith(trial.owner, trial.stage)).toEqual(NOTHING_LEFT)
          expect([trial.stage.kernel.wheel.size, trial.stage.kernel.processes.size]).toEqual([0, killedAt === undefined ? 1 : 0])
          expect(await trial.stage.close()).toEqual({ processes: 0, deadlines: 0, hostTimers: 0 })
        },
      ),
      seeds(300, 8),
    )
  })
})
