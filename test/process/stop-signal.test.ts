/** `self.signal`, and how it tells what a process waits for that it is to stop. */

import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { actor, child, type Definition, type Self, server, task } from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { watch } from "../support/watched.ts"

const policies = [{ effect: "allow" as const, actions: "*", resources: "*" }]

/** As a `fetch` does that was given the signal: rejects with its reason. */
const fetching = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener("abort", () => reject(signal.reason))
  })

const busy = (work: (self: { readonly signal: AbortSignal }) => Promise<unknown>) =>
  server({ init: () => ({}), call: { work: (_state, _none: undefined, self) => work(self) } })

const trapping = <S extends Self>(self: S): S => {
  self.trapExit(true)
  return self
}

const inInit = server({ init: async (_none: undefined, self) => (await fetching(self)) as object })

describe("self.signal", () => {
  it.each<[string, Definition<undefined>]>([
    ["a plain process", actor(async (self) => void (await fetching(self)))],
    ["a task", task(async (self) => void (await fetching(self)))],
    ["a task that traps exits", task((self) => fetching(trapping(self)))],
    ["a server in its init", inInit],
  ])("is aborted when %s is told to stop, which ends in time and by that reason", async (_name, definition) => {
    const { runtime, time, log } = await bootApp({}, { policies })
    const pid = runtime.spawn(definition)
    await time.settle()
    const stopped = watch(runtime.stopProcess(pid, "shutdown"))
    await time.settle()
    expect([stopped.state, log]).toEqual(["fulfilled", []])
  })

  it("is aborted in the middle of a server's handler; a handler that gives up by that error has not crashed", async () => {
    const { runtime, time, log } = await bootApp({ "app:b": busy(fetching) }, { policies })
    const mailbox = await runtime.acquire("app:b")
    const answer = refusal(mailbox.call.work())
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.settle()
    expect(await answer).toMatchObject({ kind: "UNAVAILABLE", message: "app:b ended before it answered: shutdown" })
    expect([stopped.state, log]).toEqual(["fulfilled", []])
  })

  it("may be what a wait of Node's own was given, whose error has the reason as its cause", async () => {
    const { runtime, time, log } = await bootApp(
      { "app:b": busy((self) => sleep(60_000, undefined, { signal: self.signal })) },
      { policies },
    )
    const mailbox = await runtime.acquire("app:b")
    const answer = refusal(mailbox.call.work())
    await time.settle()
    await runtime.stop()
    expect(await answer).toMatchObject({ kind: "UNAVAILABLE" })
    expect(log).toEqual([])
  })

  it("leaves a handler that gives up otherwise to crash", async () => {
    const { runtime, time, log } = await bootApp(
      {
        "app:b": busy(async (self) => {
          await fetching(self).catch(() => {})
          throw new Error("boom")
        }),
      },
      { policies },
    )
    const mailbox = await runtime.acquire("app:b")
    const answer = refusal(mailbox.call.work())
    await time.settle()
    await runtime.stop()
    expect(await answer).toMatchObject({ kind: "INTERNAL" })
    expect(log.map(({ fields }) => fields?.event)).toEqual(["crash_report"])
  })

  it("lets handlers side by side end each in its way", async () => {
    const gate = Promise.withResolvers<string>()
    const desk = server({
      init: () => ({}),
      concurrency: 2,
      call: { gives: (_state, _none: undefined, self) => fetching(self), goes: () => gate.promise },
    })
    const { runtime, time, log } = await bootApp({ "app:d": desk }, { policies })
    const { call } = await runtime.acquire("app:d")
    const [given, gone] = [refusal(call.gives()), watch(call.goes())]
    await time.settle()
    const stopped = watch(runtime.stop())
    expect(await given).toMatchObject({ kind: "UNAVAILABLE" })
    await time.settle()
    expect([stopped.state, gone.state]).toEqual(["pending", "pending"])
    gate.resolve("at last")
    await time.settle()
    expect([stopped.state, gone.value, log]).toEqual(["fulfilled", "at last", []])
  })

  it("has an error for its reason that names the process and why", async () => {
    const { runtime, time } = await bootApp({})
    let self: Self | undefined
    const pid = runtime.spawn(
      actor(async (own) => {
        self = own
        await own.receive()
      }),
    )
    await time.settle()
    const signal = self?.signal
    expect(signal?.aborted).toBe(false)
    await runtime.stopProcess(pid, { shutdown: "tired" })
    expect(signal?.reason).toMatchObject({ kind: "UNAVAILABLE", message: `${pid} is ending: shutdown (tired)` })
    expect(signal?.reason).toBeInstanceOf(Error)
    expect(self?.signal).toBe(signal)
  })

  it("is aborted already where it is first asked for after that", async () => {
    const seen: [boolean, string][] = []
    const look = (self: Self): void => void seen.push([self.signal.aborted, (self.signal.reason as Error | undefined)?.message ?? ""])
    const { runtime, time } = await bootApp({})
    const quitting = runtime.spawn(
      server({
        init: () => ({}),
        info: (_state, _message, self) => {
          self.stop("normal")
          look(self)
        },
        terminate: (_state, _reason, self) => look(self),
      }),
    )
    const told = runtime.spawn(
      actor(async (self) => {
        await self.receive().catch(() => {})
        await Promise.resolve()
        look(self)
      }),
    )
    runtime.tell(quitting, "go")
    await time.settle()
    await runtime.stopProcess(told, "shutdown")
    expect(seen).toEqual([
      [true, `${quitting} is ending: normal`],
      [true, `${quitting} is ending: normal`],
      [true, `${told} is ending: shutdown`],
    ])
  })

  it("is not aborted while a process drains, and is when its time for that is over", async () => {
    const aborted: boolean[] = []
    const worker = actor<undefined, string>(async (self) => {
      await self.receive()
      self.signal.addEventListener("abort", () => aborted.push(true))
      await fetching(self)
    })
    const { runtime, time } = await bootApp({ "app:w": child(worker, { shutdown: { drain: 100 } }) })
    runtime.tell(runtime.whereis("app:w") as never, "go")
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.advance(99)
    expect([aborted, stopped.state]).toEqual([[], "pending"])
    await time.advance(1)
    expect([aborted, stopped.state]).toEqual([[true], "fulfilled"])
  })
})
