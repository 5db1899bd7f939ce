/** The first store of a program may be one that is simulated: what it looks at then is the world's, and not the host's. */

import { expect, it } from "vitest"
import { StoreMailbox, store } from "../../../actors/index.ts"
import { explore } from "../../../actors/simulation.ts"

it("takes a date as the host's stores do, though no store was there before", async () => {
  const { failure } = await explore(
    () => ({
      tree: { "app:store": store<Date>() },
      async run(runtime) {
        const box = await runtime.acquire("app:store", { as: StoreMailbox<Date> })
        await box.set("now", new Date())
        await box.get("now")
      },
    }),
    { schedules: 2 },
  )
  expect(failure).toBeUndefined()
})
