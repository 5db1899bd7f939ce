/** Models of services that nobody asks: nothing is judged by them, and the report says so. */

import { type Application, explore, replay } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { type MailboxOf, type Runtime, type Self, server } from "../../../actors/index.ts"
import { together } from "../../support/explored.ts"

const desk = server({ init: () => 0, call: { one: () => 1 } })
const model = { init: () => 0, call: { one: (state: number) => [state, 1] as const } }

const asking = (): Application => ({
  tree: { "app:desk": desk, "app:idle": desk },
  run: (runtime: Runtime) =>
    together(runtime, async (self) => void (await (await self.acquire<MailboxOf<typeof desk>>("app:desk")).call.one())),
})

describe("a model", () => {
  it("of a service that nobody asks, or of an id that is misspelt, is named by the report", async () => {
    const models = { "app:desk": model, "app:idle": model, "app:dekc": model }
    const report = await explore(asking, { schedules: 10, models })
    expect(report.failure).toBeUndefined()
    expect(report.neverAsked).toEqual(["app:idle", "app:dekc"])
    expect(report.text).toContain("\n  never asked in any schedule, so its model has judged nothing: `app:idle` and `app:dekc`")
  })

  it("of an id that is misspelt is told which one may be meant", async () => {
    const ask = async (self: Self) => void (await (await self.acquire<MailboxOf<typeof desk>>("app:desk")).call.one())
    const twice = (): Application => ({ ...asking(), run: (runtime) => together(runtime, ask, ask) })
    const { text } = await explore(twice, { schedules: 10, models: { "app:dekc": model, "app:idle": model } })
    expect(text.replaceAll("\n  ", " ")).toContain("judged nothing: `app:dekc` (did you mean `app:desk`?) and `app:idle` ")
  })

  it("that is asked in one schedule of many is not", async () => {
    const seldom = (): Application => ({
      ...asking(),
      run: (runtime, world) => (world.random() < 0.5 ? asking().run(runtime, world) : undefined),
    })
    const report = await explore(seldom, { schedules: 30, models: { "app:desk": model } })
    expect(report.neverAsked).toEqual([])
    expect(report.text).not.toContain("never asked")
  })

  it("is named where one schedule is carried out again, too", async () => {
    const wrong = { ...model, call: { one: (state: number) => [state, 2] as const } }
    const models = { "app:desk": wrong, "app:idle": model }
    const { schedule = "", failure, neverAsked } = await explore(asking, { models })
    expect([failure?.kind, neverAsked]).toEqual(["history", ["app:idle"]])
    expect((await replay(asking, schedule, { models })).neverAsked).toEqual(["app:idle"])
  })
})
