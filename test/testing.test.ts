import { pbkdf2 } from "node:crypto"
import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { process, server, start } from "../src/index.ts"
import { virtualTime } from "../src/testing.ts"

describe("virtualTime().advance", () => {
  it("goes on in real time while a handler waits for a file, at every tick", async () => {
    const time = virtualTime()
    const reader = server({
      init: (_: undefined, self) => {
        self.every(1_000, "tick")
        return { ticks: 0 }
      },
      call: { ticks: (state) => state.ticks },
      info: async (state) => {
        for (let n = 0; n < 3; n += 1) await readFile(new URL(import.meta.url))
        state.ticks += 1
      },
    })
    const runtime = await start({}, { host: time, log: () => {} })
    const pid = runtime.spawn(reader)
    await time.advance(5_000)
    expect(await pid.call.ticks()).toBe(5)
    await runtime.stop({ timeoutMs: 0 })
  })

  it.each([
    ["a server", 1],
    ["a concurrent server", 4],
  ])("goes on while %s waits for what the host does not show: a hash, a timer that was unref'd", async (_what, concurrency) => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    let ticks = 0
    const hashing = server({
      init: (_: undefined, self) => self.every(1_000, "tick"),
      concurrency,
      info: async () => {
        await promisify(pbkdf2)("word", "salt", 1_000, 32, "sha512")
        await sleep(5, undefined, { ref: false })
        ticks += 1
      },
    })
    runtime.spawn(hashing)
    await time.advance(5_000)
    expect(ticks).toBe(5)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while a plain process waits for a timer of the host's", async () => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    let isDone = false
    runtime.spawn(
      process(async (self) => {
        await self.receive({ timeoutMs: 10 }).catch(() => {})
        await sleep(20)
        isDone = true
      }),
    )
    await time.advance(10)
    expect(isDone).toBe(true)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("does not wait for what waits for the runtime, nor by default for long for what nothing of the host could wake", async () => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    const later = server({
      init: () => ({}),
      call: { later: (_state, _: undefined, self) => self.defer(), never: () => new Promise(() => {}) },
    })
    const [one, other] = [runtime.spawn(later), runtime.spawn(later)]
    const asker = server({ init: () => ({}), call: { ask: (_state, _: undefined, self) => self.ask(one, "x", { timeoutMs: 700 }) } })
    const asked = runtime
      .spawn(asker)
      .call.ask()
      .catch((error) => error.kind)
    void one.call.later().catch(() => {})
    void other.call.never().catch(() => {})
    const begun = performance.now()
    await time.advance(1_000)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(await asked).not.toBeUndefined()
    await runtime.stop({ timeoutMs: 0 })
  })

  it("rejects with a Timeout that names the process once realTimeMs are over", async () => {
    const time = virtualTime({ realTimeMs: 30 })
    const runtime = await start({}, { host: time, log: () => {} })
    const stuck = runtime.spawn(server({ init: () => ({}), call: { work: () => new Promise(() => {}) } }), undefined, { name: "stuck" })
    void stuck.call.work().catch(() => {})
    await expect(time.advance(1_000)).rejects.toMatchObject({ kind: "TIMEOUT", details: { target: "stuck", realTimeMs: 30 } })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("refuses a realTimeMs that is no time", () => {
    expect(() => virtualTime({ realTimeMs: -1 })).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "realTimeMs" } }))
  })
})
