/** Whatever comes between: a handler sees its own sender's context, and a process its own starter's. */

import { AsyncLocalStorage } from "node:async_hooks"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AsyncContextRule, server } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

/** What one caller does next. */
type Step =
  | { readonly op: "call" | "cast" | "tell" | "ask"; readonly to: number; readonly waits: number }
  | { readonly op: "spawn" | "task"; readonly waits: number }
  | { readonly op: "settle" | "advance" }

const waits = fc.integer({ min: 0, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constantFrom("call", "cast", "tell", "ask"), to: fc.integer({ min: 0, max: 2 }), waits }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("spawn", "task"), waits }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("settle", "advance") }) },
)

const current = new AsyncLocalStorage<number>()

/** A caller's number, the way to its handler and back by that number, and what was seen there. */
interface Work {
  readonly by: number
  readonly waits: number
}

describe("the context that is seen", () => {
  it.each<AsyncContextRule>(["sender", "runtime"])("is the one that the rule %s says, in any order of events", async (rule) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { runtime, time } = await current.run(-1, () => bootApp({}, { asyncContext: rule }))
        const wrong: string[] = []
        let looks = 0
        const look = ({ by }: Work, where: string): void => {
          looks += 1
          const wanted = rule === "sender" ? by : undefined
          if (current.getStore() !== wanted) wrong.push(`${where} of ${by} ran as ${current.getStore()}`)
        }
        const serve = (where: string) => (_state: unknown, work: Work) => {
          look(work, where)
          return work.waits === 0 ? undefined : later(where, work)
        }
        const later = async (where: string, work: Work): Promise<void> => {
          for (let i = 0; i < work.waits; i += 1) {
            await (i % 2 === 0 ? null : new Promise((resolve) => setImmediate(resolve)))
            look(work, `${where}, after a wait,`)
          }
        }
        const desk = (concurrency: number) =>
          server({
            init: () => ({}),
            concurrency,
            call: { serve: serve("call") },
            cast: { serve: serve("cast") },
            info: (state, message) => serve("info")(state, message as Work),
          })
        const pids = [desk(1), desk(4), desk(1)].map((definition) => runtime.spawn(definition))
        const ticking = server({
          init: (work: Work, self) => {
            look(work, "init")
            self.after(work.waits, "tick")
            return work
          },
          info: (work) => look(work, "tick"),
          terminate: (work) => look(work, "terminate"),
        })
        const act = (work: Work, { op, to }: { op: Step["op"]; to?: number }): unknown => {
          const pid = pids[to ?? 0]
          if (pid === undefined) return undefined
          if (op === "call" || op === "cast") return pid[op].serve(work)
          if (op === "tell" || op === "ask") return runtime[op](pid, work)
          if (op === "spawn") return void runtime.spawn(ticking, work)
          return runtime.async(async () => later("task", work)).result()
        }
        const answers: unknown[] = []
        for (const [by, next] of steps.entries()) {
          if (next.op === "settle") await time.settle()
          else if (next.op === "advance") await current.run(-2, () => time.advance(2))
          else if ("waits" in next) answers.push(current.run(by, () => act({ by, waits: next.waits }, next)))
        }
        await Promise.all(answers)
        await time.advance(10)
        await current.run(-3, () => runtime.stop())
        expect(wrong).toEqual([])
        expect(looks).toBeGreaterThanOrEqual(steps.filter(({ op }) => op !== "settle" && op !== "advance" && op !== "task").length)
      }),
      seeds(60, 8),
    )
  })
})
