/** What a server makes its state of: anew, of what its last incarnation has left, or of what those before it have kept. */

import { describe, expect, it } from "vitest"
import {
  type ChildOptions,
  child,
  type Definition,
  Invalid,
  type Pid,
  reset,
  type ServerMailbox,
  type StateAfterCrash,
  server,
  stopWhenIdle,
} from "../../src/index.ts"
import { bootApp } from "../support/app.ts"

const boom = new Error("boom")

/** Says how each of its incarnations was made; with `restore`, or without. */
function restorable(makers: string[], restore?: () => unknown) {
  const made = (maker: string): { maker: string } => {
    makers.push(maker)
    return { maker }
  }
  return server({
    init: () => made("init"),
    inherit: ({ maker }) => made(`inherit ${maker}`),
    call: { maker: ({ maker }) => maker },
    restore: async (_argument: undefined) => {
      await restore?.()
      return made("restore")
    },
  })
}

async function crashed(options: ChildOptions): Promise<string[]> {
  const makers: string[] = []
  const { runtime, time } = await bootApp({ "app:s": child(restorable(makers), options) })
  runtime.exit(runtime.whereis("app:s") as Pid, { error: boom })
  await time.advance(10)
  await runtime.stop()
  return makers
}

describe("the state of a server that can restore it", () => {
  it.each<readonly [state: StateAfterCrash | undefined, makers: readonly string[]]>([
    [undefined, ["init", "init"]],
    ["reset", ["init", "init"]],
    ["retain", ["restore", "inherit restore"]],
    ["restore", ["restore", "restore"]],
  ])("is made by state: %s", async (state, makers) => {
    expect(await crashed(state === undefined ? {} : { state })).toEqual(makers)
  })

  it("is made anew after a reset, whatever the child says", async () => {
    const makers: string[] = []
    const definition = child(restorable(makers), { state: "restore", onDetach: reset })
    const { runtime, time } = await bootApp({ "app:s": definition })
    const mailbox = await runtime.acquire("app:s")
    await mailbox.release()
    await time.settle()
    expect(makers).toEqual(["restore", "init"])
    runtime.exit(runtime.whereis("app:s") as Pid, { error: boom })
    await time.advance(10)
    expect(makers).toEqual(["restore", "init", "restore"])
    await runtime.stop()
  })

  it("is made anew once one is back that was down when its caller left and it was to be reset", async () => {
    const makers: string[] = []
    const definition = child(restorable(makers), { state: "restore", onDetach: reset, backoff: { initialMs: 1000, jitter: 0 } })
    const { runtime, time } = await bootApp({ "app:s": definition })
    const mailbox = await runtime.acquire("app:s")
    const crash = (): boolean => runtime.exit(runtime.whereis("app:s") as Pid, { error: boom })
    crash()
    await time.settle()
    crash()
    await time.settle()
    expect(runtime.whereis("app:s")).toBeUndefined()
    const released = mailbox.release()
    await time.advance(1000)
    await released
    expect(makers).toEqual(["restore", "restore", "restore", "init"])
    await runtime.stop()
  })

  it("is restored when one that was idle is woken", async () => {
    const makers: string[] = []
    const { runtime, time } = await bootApp({ "app:s": child(restorable(makers), { state: "restore", onDetach: stopWhenIdle() }) })
    await (await runtime.acquire("app:s")).release()
    await time.settle()
    await runtime.acquire("app:s")
    expect(makers).toEqual(["restore", "restore"])
    await runtime.stop()
  })

  it("is waited for, and a start that cannot restore it is tried again", async () => {
    const makers: string[] = []
    let tries = 0
    const definition = restorable(makers, () => {
      tries += 1
      if (tries === 2) throw boom
    })
    const { runtime, time } = await bootApp({ "app:s": child(definition, { state: "restore" }) })
    const mailbox: ServerMailbox<{ maker: () => string }, {}> = await runtime.acquire("app:s")
    runtime.exit(runtime.whereis("app:s") as Pid, { error: boom })
    await time.settle()
    expect(makers).toEqual(["restore"])
    await time.advance(100)
    expect([tries, makers, await mailbox.call.maker()]).toEqual([3, ["restore", "restore"], "restore"])
    await runtime.stop()
  })

  it("is shown as what it is kept by", async () => {
    const { runtime } = await bootApp({ "app:s": child(restorable([]), { state: "restore" }) })
    expect(await (await runtime.acquire("root")).getChildSpec("app:s")).toMatchObject({ state: "restore" })
    await runtime.stop()
  })

  it("is made by init where it is spawned, and nobody keeps it", async () => {
    const { runtime } = await bootApp({})
    expect(await runtime.spawn(restorable([])).call.maker()).toBe("init")
    await runtime.stop()
  })
})

describe("a child without a place to restore from", () => {
  it.each<readonly [string, Definition<undefined>]>([["a server", server({ init: () => ({}) })]])(
    "cannot be kept so: %s",
    (_what, definition) => {
      expect(() => child(definition, { state: "restore" })).toThrow(Invalid)
      expect(() => child(definition, { state: "restore" })).toThrow("nothing that could be restored")
    },
  )
})
