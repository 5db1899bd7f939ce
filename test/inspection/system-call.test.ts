import { beforeEach, describe, expect, it } from "vitest"
import { systemCall } from "../../src/inspection/system-call.ts"
import { NO_LIMIT } from "../../src/kernel/envelope.ts"
import { Unavailable } from "../../src/kernel/errors.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { Process } from "../../src/kernel/process.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { launch } from "../support/hooked-process.ts"
import { latch } from "../support/latch.ts"
import { type Watched, watch } from "../support/watched.ts"

let time: VirtualTime
let kernel: Kernel

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
})

const boom = new Error("boom")

function call(process: Process, work: () => unknown = () => "done", timeoutMs = NO_LIMIT): Watched {
  return watch(systemCall(process, { operation: "look", timeoutMs, signal: undefined, isExclusive: true, work }))
}

describe("systemCall of a process that shows nothing of itself", () => {
  it("is done at once, though it takes no messages; before its start is over, when it is", async () => {
    const gate = latch()
    const process = launch(kernel, { start: () => gate.promise })
    const early = call(process)
    await time.settle()
    expect(early.state).toBe("pending")
    gate.open()
    await time.settle()
    const later = call(process)
    await time.settle()
    expect([early.value, later.value]).toEqual(["done", "done"])
  })

  it("is Unavailable where its start fails, and at once where it clears up already", async () => {
    const failing = call(
      launch(kernel, {
        start: () => {
          throw boom
        },
      }),
    )
    const gate = latch()
    const ending = launch(kernel, { terminate: () => gate.promise })
    await time.settle()
    ending.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    const late = call(ending)
    await time.settle()
    expect([failing.error, ending.status]).toEqual([expect.any(Unavailable), "ending"])
    expect(late.error).toMatchObject({ _tag: "Unavailable", details: { reason: "shutdown" } })
    expect(failing.error).toMatchObject({ cause: boom })
    gate.open()
  })

  it("fails with what the work throws or rejects with, and leaves no deadline", async () => {
    const process = launch(kernel)
    await time.settle()
    const failed = [
      call(
        process,
        () => {
          throw boom
        },
        50,
      ),
      call(process, () => Promise.reject(boom), 50),
    ]
    await time.settle()
    expect(failed.map(({ error }) => error)).toEqual([boom, boom])
    expect(kernel.wheel.size).toBe(0)
  })

  it("of work that takes longer than its time is Timeout, once", async () => {
    const process = launch(kernel)
    await time.settle()
    const gate = latch<string>()
    const late = call(process, () => gate.promise, 50)
    await time.advance(50)
    gate.open("done")
    await time.settle()
    expect(late).toMatchObject({ state: "rejected", error: { _tag: "Timeout", details: { operation: "look", timeoutMs: 50 } } })
  })

  it("of work that its process does not live to see done is Unavailable, without a limit too", async () => {
    const process = launch(kernel)
    await time.settle()
    const unfinished = call(process, () => new Promise(() => {}))
    process.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect(unfinished.error).toBeInstanceOf(Unavailable)
  })
})
