import { describe, expect, it } from "vitest"
import { type ExitReason, type Pid, server, start, store } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { run } from "../house/command.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { thenable } from "../support/thenable.ts"

const program = async (mode: string) => {
  const { code, stdout } = await run("node", ["test/support/ended.ts", mode], { timeoutMs: 20_000 })
  return { code, lines: stdout.trim().split("\n") }
}

describe("a program", () => {
  it.each(["awaiting", "signals"])("stays alive until its application has ended, by %s", async (mode) => {
    expect(await program(mode)).toEqual({ code: 0, lines: ["fifth tick"] })
  })

  it("ends when it is idle where it only listens for that", async () => {
    expect(await program("listening")).toEqual({ code: 0, lines: [""] })
  })

  it("ends where its application could not be started", async () => {
    const { code, lines } = await program("failing")
    expect([code, lines.at(-1)]).toEqual([0, "refused"])
  })
})

describe("what keeps a program alive", () => {
  it("is one held timer from the first look at `ended` on, until the application has stopped", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    expect([time.armedTimers, time.heldTimers]).toEqual([0, 0])
    const ended = runtime.ended
    expect(runtime.ended).toBe(ended)
    expect([time.armedTimers, time.heldTimers]).toEqual([1, 1])
    // Longer than a host timer can be.
    await time.advance(2 ** 32)
    expect([time.armedTimers, time.heldTimers]).toEqual([1, 1])
    await runtime.stop()
    expect([await runtime.ended, time.armedTimers]).toEqual(["shutdown", 0])
  })

  it("is there from the start on where the program ends by signals, and gone after a start that failed", async () => {
    const time = virtualTime()
    const broken = server({ init: (): Promise<object> => Promise.reject(new Error("no disk")) })
    const starting = refusal(start({ "app:b": broken }, { host: time, log: () => {}, signals: true }))
    await Promise.resolve()
    expect(time.heldTimers).toBe(1)
    expect(await starting).toMatchObject({ kind: "UNAVAILABLE" })
    expect(time.armedTimers).toBe(0)
  })

  it("is gone when the application has ended by itself", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    const { ended } = runtime
    runtime.exit(runtime.tree().pid as Pid, "kill")
    expect(await ended).toBe("killed")
    await time.settle()
    expect(time.armedTimers).toBe(0)
  })
})

describe("onEnded", () => {
  it("tells why the application has ended, once, and holds nothing", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    const reasons: ExitReason[] = []
    const listener = (reason: ExitReason): void => void reasons.push(reason)
    runtime.onEnded(listener)
    runtime.onEnded(listener)
    runtime.onEnded(() => reasons.push("normal"))()
    expect(time.armedTimers).toBe(0)
    await runtime.stop()
    await runtime.stop()
    expect(reasons).toEqual(["shutdown", "shutdown"])
  })

  it("tells one that comes after the end too, but not at once, and not when it was removed", async () => {
    const { runtime } = await bootApp({})
    await runtime.stop()
    const reasons: ExitReason[] = []
    runtime.onEnded((reason) => reasons.push(reason))
    runtime.onEnded((reason) => reasons.push(reason))()
    expect(reasons).toEqual([])
    await Promise.resolve()
    expect(reasons).toEqual(["shutdown"])
  })

  it("logs a listener that throws or rejects, tells the others, and stops", async () => {
    const { runtime, time, log } = await bootApp({}, { policies: [{ effect: "allow", actions: "*", resources: "*" }] })
    const told: string[] = []
    runtime.onEnded(() => {
      throw new Error("thrown")
    })
    runtime.onEnded(async () => Promise.reject(new Error("rejected")))
    runtime.onEnded(() => told.push("third"))
    runtime.onEnded(
      () =>
        thenable(() => {
          throw new Error("thenable")
        }) as never,
    )
    await runtime.stop()
    await time.settle()
    expect(told).toEqual(["third"])
    expect(log.map(({ message, error }) => [message, (error as Error).message])).toEqual([
      ["a listener threw that was told of the end of the application", "thrown"],
      ["a listener threw that was told of the end of the application", "thenable"],
      ["a listener threw that was told of the end of the application", "rejected"],
    ])
  })

  it("refuses what is no function", async () => {
    const { runtime } = await bootApp({})
    expect(fieldOf(() => runtime.onEnded(undefined as never))).toBe("listener")
    await runtime.stop()
  })
})
