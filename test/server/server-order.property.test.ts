import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { server } from "../../src/index.ts"
import { seeds } from "../support/seeds.ts"
import { openStage } from "../support/stage.ts"

/** What a caller may post, and `settle`: all that waits is handled before the next. */
type Step = { readonly op: "note" | "open" | "close" | "unstash" | "go" | "settle"; readonly n: number }

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom("note", "note", "note", "open", "close", "unstash", "go", "settle"),
  n: fc.integer({ min: 0, max: 99 }),
})

/** A door: notes that find it closed are put aside; `go` asks for as many continuations as its number's last digit says. */
function door(log: string[]) {
  return server({
    init: () => ({ isOpen: false }),
    continue: (_state, n: number) => void log.push(`continue ${n}`),
    cast: {
      note: (state, n: number, self) => (state.isOpen ? void log.push(`note ${n}`) : self.stash()),
      open: (state, _n: number, self) => {
        state.isOpen = true
        self.unstashAll()
      },
      close: (state) => {
        state.isOpen = false
      },
      unstash: (_state, _n: number, self) => self.unstashAll(),
      go: (_state, n: number, self) => {
        for (let i = 0; i < n % 4; i += 1) self.continue(n + i)
        if (n % 2 === 0) self.unstashAll()
      },
    },
  })
}

/** The same by three lists and a loop. */
function model(steps: readonly Step[]): string[] {
  const log: string[] = []
  let queue: Step[] = []
  let aside: Step[] = []
  let due: number[] = []
  let isOpen = false
  const unstash = (): void => {
    queue = [...aside, ...queue]
    aside = []
  }
  const handle = ({ op, n }: Step): void => {
    if (op === "note" && isOpen) log.push(`note ${n}`)
    else if (op === "note") aside.push({ op, n })
    if (op === "open") isOpen = true
    if (op === "close") isOpen = false
    if (op === "go") due = [...due, ...Array.from({ length: n % 4 }, (_, i) => n + i)]
    if (op === "open" || op === "unstash" || (op === "go" && n % 2 === 0)) unstash()
  }
  const settle = (): void => {
    while (due.length > 0 || queue.length > 0) {
      const next = due.shift()
      if (next === undefined) handle(queue.shift() as Step)
      else log.push(`continue ${next}`)
    }
  }
  for (const each of steps) {
    if (each.op === "settle") settle()
    else queue.push(each)
  }
  settle()
  return log
}

describe("the order of a server", () => {
  it("is that of three lists: what is continued, what was put back, what waits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { runtime, time } = await openStage()
        const log: string[] = []
        const pid = runtime.spawn(door(log))
        for (const { op, n } of steps) {
          if (op === "settle") await time.settle()
          else pid.cast[op](n as never)
        }
        await time.settle()
        expect(log).toEqual(model(steps))
        const { accepted, handled, waiting, reported } = runtime.statistics()
        expect([accepted, reported]).toEqual([handled + waiting, 0])
        void runtime.stop({ timeoutMs: 0 })
        await time.settle()
      }),
      seeds(200, 8),
    )
  })
})
