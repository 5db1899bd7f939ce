/** Who asks is known of a plain function after an `await` of it too: what it has begun is nobody's once its process has ended. */

import nodeProcess from "node:process"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createMachine } from "xstate"
import { actor, awaitMany, failure, type ProcessSelf, type StoreMailbox, server, store, task } from "../../actors/index.ts"
import { Conflict } from "../../src/index.ts"
import { statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"

const asked = server({
  init: () => ({}),
  call: { never: () => new Promise<number>(() => {}), refuse: () => failure(new Conflict("no")) },
})
const light = statechart(createMachine({}))

async function openStage() {
  const { runtime, time } = await bootApp({ cache: store() })
  const [gone, dark] = [runtime.spawn(asked), runtime.spawn(light)]
  const cache: StoreMailbox = await runtime.acquire("cache")
  for (const pid of [gone, dark]) runtime.exit(pid, "kill")
  const open = runtime.spawn(asked)
  await time.settle()
  return { runtime, time, gone, dark, open, cache }
}

type Stage = Awaited<ReturnType<typeof openStage>>

let stage: Stage
let unhandled: unknown[]
const noted = (error: unknown): void => void unhandled.push(error)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

beforeEach(async () => {
  stage = await openStage()
  unhandled = []
  nodeProcess.on("unhandledRejection", noted)
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  nodeProcess.off("unhandledRejection", noted)
})

const begun: [string, (stage: Stage) => unknown][] = [
  ["a call of a pid that has ended", ({ gone }) => gone.call.never()],
  ["a call that nobody answers", ({ open }) => open.call.never(undefined, { timeoutMs: 20 })],
  ["a call that fails at once", ({ open }) => open.call.refuse()],
  ["a call with wrong options", ({ open }) => open.call.never(undefined, { timeoutMs: -1 })],
  ["runtime.ask", ({ runtime, gone }) => runtime.ask(gone, "x")],
  ["runtime.acquire of what there is not", ({ runtime }) => runtime.acquire("nobody" as never)],
  ["runtime.stopProcess of one that has ended", ({ runtime, gone }) => runtime.stopProcess(gone)],
  ["runtime.sys.getState of one that has ended", ({ runtime, gone }) => runtime.sys.getState(gone)],
  ["a key of a store that somebody else has acquired", ({ cache }) => cache.get(5 as never)],
  ["a snapshot of a statechart that has ended", ({ dark }) => dark.snapshot()],
  ["its output", ({ dark }) => dark.output()],
  ["awaitMany of what are no tasks", () => awaitMany(5 as never)],
  ["awaitMany of a task and something else", ({ runtime }) => awaitMany([runtime.async(() => 1), 5 as never])],
  ["the result of a task of the program", ({ runtime }) => runtime.async(() => Promise.reject(new Error("no"))).result()],
]

describe("what a plain function has begun, and nobody awaits", () => {
  it.each(begun)("is no unhandled rejection once it has ended: %s", async (_what, begin) => {
    const { runtime, time } = stage
    for (const define of [actor, task]) {
      for (const wait of [() => {}, () => Promise.resolve(), turn, () => turn().then(turn)]) {
        runtime.spawn(
          define(async () => {
            await wait()
            void begin(stage)
          }),
        )
        for (let turns = 0; turns < 5; turns += 1) await turn()
        await time.advance(30)
        await turn()
      }
    }
    expect(unhandled).toEqual([])
  })

  it("is none either where it is killed while it waits", async () => {
    const { runtime, time, open } = stage
    const pid = runtime.spawn(
      actor(async (self) => {
        await turn()
        void open.call.never(undefined, { timeoutMs: 20 })
        await self.receive()
      }),
    )
    for (let turns = 0; turns < 5; turns += 1) await turn()
    runtime.exit(pid, "kill")
    await time.advance(30)
    await turn()
    expect(unhandled).toEqual([])
  })

  it("is its own fault while it lives", async () => {
    const { runtime, time, gone } = stage
    runtime.spawn(
      actor(async (self) => {
        await turn()
        void runtime.ask(gone, "x")
        await self.receive()
      }),
    )
    await time.settle()
    for (let turns = 0; turns < 5; turns += 1) await turn()
    expect(unhandled).toHaveLength(1)
  })

  it.each(["at once", "in its turn"])("is told from what is asked by the server that it has asked, %s", async (way) => {
    const { runtime, time, gone } = stage
    const pass = async (): Promise<void> => {
      await turn()
      void gone.call.never()
    }
    const between = runtime.spawn(server({ init: () => ({}), call: { pass } }))
    await time.settle()
    runtime.spawn(
      actor(async (self: ProcessSelf<unknown>) => {
        if (way === "in its turn") self.tell(between, "before")
        else await turn()
        void between.call.pass()
      }),
    )
    for (let turns = 0; turns < 8; turns += 1) await turn()
    await time.settle()
    expect(unhandled).toHaveLength(1)
  })
})
