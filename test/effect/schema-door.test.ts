import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { store } from "../../actors/index.ts"
import { standardOf } from "../../src/effect/schema-door.ts"
import { Invalid, server } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"

const Adding = Schema.Struct({ by: Schema.FiniteFromString })

describe("a Schema of Effect", () => {
  it("decodes what comes to a server, and what a store keeps", async () => {
    const adder = server({
      init: () => ({ count: 40 }),
      call: {
        add: {
          payload: standardOf(Adding, "payload"),
          success: standardOf(Schema.Finite, "success"),
          handle: (state, { by }) => state.count + by,
        },
      },
    })
    const { runtime } = await bootApp({ "app:s": store({ value: standardOf(Adding, "value") }) })
    expect(await runtime.spawn(adder).call.add({ by: "2" })).toBe(42)
    const mailbox = await runtime.acquire("app:s")
    await mailbox.set("a", { by: "2" })
    expect(await mailbox.get("a")).toEqual({ by: 2 })
    await expect(mailbox.set("a", { by: 2 } as never)).rejects.toMatchObject({ kind: "INVALID", details: { field: "value.by" } })
    await runtime.stop()
  })

  it("has one standard form", () => {
    expect(standardOf(Adding, "payload")).toBe(standardOf(Adding, "value"))
  })

  it.each([undefined, null, 1, {}])("is Invalid, naming the field, for what is none", (schema) => {
    const read = () => standardOf(schema as never, "payload")
    expect(read).toThrow(Invalid)
    expect(read).toThrow(/^payload must be a Schema of Effect/)
  })
})
