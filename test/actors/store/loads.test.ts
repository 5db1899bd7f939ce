import { describe, expect, it } from "vitest"
import { loadCalls } from "../../../actors/store/load-operations.ts"
import { loadTermsOf } from "../../../actors/store/load-options.ts"
import type { LoadOutcome } from "../../../actors/store/load-outcome.ts"
import { LoadEnded, LoadRequest, type LoadTurn } from "../../../actors/store/load-request.ts"
import { settingsOf } from "../../../actors/store/store-settings.ts"
import { StoreState } from "../../../actors/store/store-state.ts"
import { Deferred } from "../../../src/index.ts"
import { idleSelf } from "../../support/store-turns.ts"

function stage() {
  const told: unknown[] = []
  const self = idleSelf({ later: (message) => void told.push(message) })
  const state = new StoreState(settingsOf({}, "reject"), self)
  const ask = (key: string, options = {}, within?: LoadTurn): LoadRequest => {
    const request = new LoadRequest(key, 1, loadTermsOf(options), within)
    const asker = { requestSignal: new AbortController().signal, defer: <Reply>() => new Deferred<Reply>(undefined) }
    loadCalls.getOrSet(state, request, asker)
    return request
  }
  const end = (request: LoadRequest, outcome: LoadOutcome): void => {
    request.outcome = outcome
    state.loads?.handle(new LoadEnded(request))
  }
  return { state, ask, end }
}

describe("loads", () => {
  it("are told of changes of the table only while there is something that they matter for", () => {
    const { state, ask, end } = stage()
    const requests = ["a", "b"].map((key) => ask(key, { failFor: 1 }))
    expect(state.table.observer).toBeDefined()
    end(requests[0] as LoadRequest, { type: "value", value: 1, weight: 0 })
    end(requests[1] as LoadRequest, { type: "failed", error: "boom", isUnfit: false })
    expect(state.table.observer).toBeDefined()
    state.table.set("b", 1, Number.POSITIVE_INFINITY, 0, 0, () => 0)
    expect(state.table.observer).toBeUndefined()
  })

  it("are found by the prefix of their keys, and so is what is remembered; who deletes those outruns them", () => {
    const { state, ask, end } = stage()
    const [inside, outside, failed] = ["p:a", "q", "p:f"].map((key) => ask(key, { failFor: 1 })) as [LoadRequest, LoadRequest, LoadRequest]
    end(failed, { type: "failed", error: "boom", isUnfit: false })
    expect(state.loads?.under("p:")).toEqual(["p:a", "p:f"])
    for (const key of ["p:a", "p:f"]) state.loads?.deleted(key)
    for (const request of [inside, outside]) end(request, { type: "value", value: 1, weight: 0 })
    expect(["p:a", "q"].map((key) => state.table.has(key, () => 0))).toEqual([false, true])
    expect(ask("p:f").turn).toBeDefined()
  })

  it("leave nothing with the load that has asked for them", () => {
    const { ask, end } = stage()
    const outer = ask("a").turn as LoadTurn
    const inner = ask("b", {}, outer)
    expect(outer.waitsFor.size).toBe(1)
    end(inner, { type: "value", value: 1, weight: 0 })
    expect(outer.waitsFor.size).toBe(0)
  })

  it("are waited for by so many at a time, and no more", () => {
    const { ask, end } = stage()
    const first = ask("k")
    for (let n = 1; n < 65_536; n += 1) ask("k")
    expect(ask("j").turn).toBeUndefined()
    end(first, { type: "none" })
    expect(ask("j").turn).toBeDefined()
  })
})
