/** In which order a group goes down where one of it is gone for good and had required another. */

import { describe, expect, it } from "vitest"
import { child, server, supervisor } from "../../actors/index.ts"
import { bootTree } from "../support/app.ts"

const CLEAR_UP_MS = 5

describe("the restart of a group", () => {
  it("takes its children down one after the other, though one that is temporary has gone, and nobody requires another any more", async () => {
    const story: string[] = []
    const time: { setTimer(callback: () => void, ms: number): unknown }[] = []
    const worker = (name: string) =>
      server({
        init: () => ({}),
        info: () => {
          throw new Error("boom")
        },
        terminate: async (_state, reason) => {
          if (reason !== "shutdown") return
          story.push(`${name} is told`)
          await new Promise<void>((resolve) => void time[0]?.setTimer(resolve, CLEAR_UP_MS))
          story.push(`${name} has gone`)
        },
      })
    const app = await bootTree(
      supervisor({
        strategy: "one_for_all",
        children: {
          first: worker("first"),
          required: worker("required"),
          between: worker("between"),
          passing: child(worker("passing"), { restart: "temporary", requires: ["required"] }),
        },
      }),
    )
    time.push(app.time)
    const first = app.runtime.whereis("first")
    if (first !== undefined) app.runtime.tell(first, "crash")
    await app.time.advance(10 * CLEAR_UP_MS)
    expect(story).toEqual(["passing", "between", "required"].flatMap((name) => [`${name} is told`, `${name} has gone`]))
    expect(app.runtime.tree().children.map(({ id, state }) => `${id} ${state}`)).toEqual(
      ["first", "required", "between"].map((id) => `${id} running`),
    )
    await app.runtime.stop({ timeoutMs: 0 })
  })
})
