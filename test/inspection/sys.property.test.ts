import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assign, setup } from "xstate"
import { type Pid, type Runtime, server } from "../../src/index.ts"
import { statechart } from "../../src/xstate.ts"
import { type Latch, latch } from "../support/latch.ts"
import { seeds } from "../support/seeds.ts"
import { openStage } from "../support/stage.ts"
import { type Watched, watch } from "../support/watched.ts"

/**
 * `note`: a message. `work`: one whose handler waits for the end of the burst. The others are system requests; a migration may take its
 * time, throw, or never end.
 */
const OPS = ["note", "work", "suspend", "resume", "replace", "change", "changeLater", "changeThrows", "changeNever"] as const
type Op = (typeof OPS)[number]

/** What is posted in one moment. */
type Burst = readonly Op[]

const burst: fc.Arbitrary<Burst> = fc.array(fc.constantFrom(...OPS), { minLength: 1, maxLength: 8 })

interface Steps {
  readonly steps: string[]
}

let gate: Latch = latch()

/** Two of the same make, which take each other's place. */
function code(concurrency: number) {
  return server({
    concurrency,
    init: (): Steps => ({ steps: [] }),
    cast: {
      note: ({ steps }, text: string) => void steps.push(text),
      work: async ({ steps }, text: string) => {
        await gate.promise
        steps.push(text)
      },
    },
  })
}

const added = ({ steps }: Steps, text: string): Steps => ({ steps: [...steps, text] })

const migrations: Record<string, (old: Steps, text: string) => Steps | Promise<Steps>> = {
  change: added,
  changeLater: async (old, text) => {
    for (let i = 0; i < 5; i += 1) await null
    return added(old, text)
  },
  changeThrows: () => {
    throw new Error("no way")
  },
  changeNever: () => new Promise<Steps>(() => {}),
}

/** Posts one step; gives what becomes of a system request. */
function post(
  { sys }: Runtime,
  pid: Pid & { cast: Record<"note" | "work", (text: string) => void> },
  op: Op,
  text: string,
  to: ReturnType<typeof code>,
) {
  if (op === "note" || op === "work") return pid.cast[op](text)
  if (op === "suspend" || op === "resume") return watch(sys[op](pid))
  if (op === "replace") return watch(sys.replaceState<Steps>(pid, (old) => added(old, text)))
  const migrate = (old: Steps): Steps | Promise<Steps> => migrations[op]?.(old, text) ?? old
  return watch(sys.changeCode(pid, to, { migrate, timeoutMs: op === "changeNever" ? 10 : 5000 }))
}

/** The same one after the other: a queue, from which a process that stands still takes system requests only. */
class Model {
  readonly steps: string[] = []
  isSuspended = false
  readonly #concurrency: number
  #queue: { readonly op: Op; readonly text: string }[] = []
  /** Handlers that wait. */
  #running: string[] = []

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  post(op: Op, text: string): void {
    this.#queue.push({ op, text })
  }

  settle(): void {
    for (let next = this.#next(); next >= 0; next = this.#next()) {
      for (const { op, text } of this.#queue.splice(next, 1)) this.#take(op, text)
    }
    this.#release()
  }

  #next(): number {
    return this.#queue.findIndex(({ op }) => !this.isSuspended || (op !== "note" && op !== "work"))
  }

  #take(op: Op, text: string): void {
    const isExclusive = op !== "note" && op !== "work" && op !== "resume"
    if (isExclusive || this.#running.length >= this.#concurrency) this.#release()
    if (op === "suspend" || op === "resume") this.isSuspended = op === "suspend"
    else if (op === "work") this.#running.push(text)
    else if (op !== "changeThrows" && op !== "changeNever") this.steps.push(text)
  }

  #release(): void {
    this.steps.push(...this.#running)
    this.#running = []
  }
}

/** What handlers write that wait side by side has no order among the messages, but it has its place between two changes of the state. */
function inPlace(steps: readonly string[]): readonly string[][] {
  const parts: string[][] = [[]]
  for (const text of steps) {
    if (text.startsWith("note") || text.startsWith("work")) parts.at(-1)?.push(text)
    else parts.push([text], [])
  }
  return parts.map((part) => part.toSorted())
}

describe("system requests and messages that come together", () => {
  it.each([1, 20])(
    "take effect one after the other, in the order in which they were made, and none is undone (concurrency %i)",
    async (concurrency) => {
      await fc.assert(
        fc.asyncProperty(fc.array(burst, { maxLength: 5 }), async (bursts) => {
          const { runtime, time } = await openStage()
          const codes = [code(concurrency), code(concurrency)] as const
          const pid = runtime.spawn(codes[0])
          const model = new Model(concurrency)
          const outcomes: [Op, Watched][] = []
          for (const [at, ops] of bursts.entries()) {
            gate = latch()
            for (const [n, op] of ops.entries()) {
              model.post(op, `${op} ${at}.${n}`)
              const watched = post(runtime, pid, op, `${op} ${at}.${n}`, codes[n % 2] ?? codes[0])
              if (watched !== undefined) outcomes.push([op, watched])
            }
            await time.settle()
            gate.open()
            await time.advance(100)
            model.settle()
            const { isSuspended, state } = await runtime.sys.getStatus(pid)
            const { steps } = state as Steps
            expect(isSuspended).toBe(model.isSuspended)
            if (concurrency === 1) expect(steps).toEqual(model.steps)
            else expect(inPlace(steps)).toEqual(inPlace(model.steps))
          }
          const wrong = outcomes.filter(([op, { state }]) => (state === "rejected") !== (op === "changeThrows" || op === "changeNever"))
          expect(wrong).toEqual([])
          void runtime.stop({ timeoutMs: 0 })
          await time.settle()
          expect(time.armedTimers).toBe(0)
        }),
        seeds(150, 8),
      )
    },
  )

  it("do so for a statechart, too", async () => {
    const machine = setup({ types: { context: {} as Steps, events: {} as { type: "note"; text: string } } }).createMachine({
      context: { steps: [] },
      on: { note: { actions: assign({ steps: ({ context, event }) => [...context.steps, event.text] }) } },
    })
    const ops = fc.array(fc.array(fc.constantFrom("note", "suspend", "resume"), { minLength: 1, maxLength: 8 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(ops, async (bursts) => {
        const { runtime, time } = await openStage()
        const pid = runtime.spawn(statechart(machine))
        const model = new Model(1)
        for (const [at, burstOps] of bursts.entries()) {
          for (const [n, op] of burstOps.entries()) {
            model.post(op, `${at}.${n}`)
            if (op === "note") runtime.tell(pid, { type: "note", text: `${at}.${n}` })
            else void watch(runtime.sys[op](pid))
          }
          await time.settle()
          model.settle()
          const snapshot = await runtime.sys.getState<{ context: Steps }>(pid)
          expect([(await runtime.sys.getStatus(pid)).isSuspended, snapshot.context.steps]).toEqual([model.isSuspended, model.steps])
        }
        void runtime.stop({ timeoutMs: 0 })
        await time.settle()
      }),
      seeds(50, 8),
    )
  })
})
