/** Whose code runs, in which scene. */

import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import type { Party } from "../../../src/kernel/envelope.ts"
import { presentProcess, runAs } from "../../../src/kernel/present-process.ts"
import { Process } from "../../../src/kernel/process.ts"
import { Acting } from "../../../src/simulation/scene/acting.ts"

const somebody = { label: "somebody" } as Party

describe("whose code runs", () => {
  it("is who has the step, over what that awaits, and else nobody", async () => {
    const acting = new Acting()
    let later: Promise<Party | undefined> | undefined
    acting.stepIn(somebody, () => {
      expect(acting.process).toBe(somebody)
      later = Promise.resolve().then(() => acting.process)
    })
    expect(acting.process).toBeUndefined()
    expect(await later).toBe(somebody)
  })

  it("is nobody in a scene where a context of another one is entered", () => {
    const [first, second] = [new Acting(), new Acting()]
    let kept: ReturnType<typeof AsyncLocalStorage.snapshot> | undefined
    first.stepIn(somebody, () => {
      kept = AsyncLocalStorage.snapshot()
    })
    kept?.(() => {
      expect(first.process).toBe(somebody)
      expect(second.process).toBeUndefined()
    })
    expect.assertions(2)
  })

  it("is nobody's in a step of nobody's, in whatever context that runs", () => {
    const acting = new Acting()
    const seen: unknown[] = []
    acting.stepIn(somebody, () => {
      const context = acting.contexts?.capture()
      seen.push(acting.process)
      acting.step(undefined, () => context?.runInAsyncScope(() => void seen.push(acting.process), undefined))
    })
    expect(seen).toEqual([somebody, undefined])
  })

  it("takes contexts for one in which the program keeps nothing, whoever has sent", () => {
    const acting = new Acting()
    const other = { label: "other" } as Party
    const storage = new AsyncLocalStorage<string>()
    const captured = (process: Party | undefined, work: (capture: () => unknown) => unknown): unknown => {
      let context: unknown
      acting.stepIn(process, () => {
        context = work(() => acting.contexts?.capture())
      })
      return context
    }
    const nobodys = captured(undefined, (capture) => capture())
    expect(captured(somebody, (capture) => capture())).toBe(nobodys)
    expect(captured(other, (capture) => runAs(processOf(), capture))).toBe(nobodys)
    expect(captured(somebody, (capture) => storage.run("a", capture))).not.toBe(nobodys)
    expect(captured(somebody, (capture) => storage.run("a", () => runAs(processOf(), capture)))).not.toBe(nobodys)
  })

  it("is whose step it is where another one has sent, and neither the sender's function", () => {
    const acting = new Acting()
    const process = processOf()
    const seen: unknown[] = []
    acting.stepIn(process, () => {
      const context = runAs(process, () => acting.contexts?.capture())
      acting.step(somebody, () => context?.runInAsyncScope(() => void seen.push(acting.process, presentProcess()), undefined))
    })
    expect(seen).toEqual([somebody, undefined])
  })
})

/** One of the kernel's, which has not begun. */
function processOf(): Process {
  return Object.create(Process.prototype)
}
