import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  type DetachPolicy,
  keep,
  type Mailbox,
  type Pid,
  refuse,
  reset,
  type ServerMailbox,
  server,
  stopWhenIdle,
  supervisor,
} from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { latch } from "../support/latch.ts"

interface Calls {
  hello(): string
  wait(): Promise<void>
}
interface Casts {
  crash(): void
  note(word: string): void
}
type Room = ServerMailbox<Calls, Casts>

/** A service that notes, with the number of its incarnation, what becomes of it. */
const bootRoom = async (onDetach: DetachPolicy, state: "reset" | "retain" = "reset", concurrency = 1) => {
  const seen: string[] = []
  const open = latch()
  let starts = 0
  const started = (): { number: number } => {
    starts += 1
    return { number: starts }
  }
  const room = server({
    init: started,
    inherit: started,
    concurrency,
    call: { hello: () => "hello", wait: () => open.promise },
    cast: {
      crash: () => {
        throw new Error("boom")
      },
      note: ({ number }, word: string) => void seen.push(`${word} ${number}`),
    },
    detached: ({ number }) => void seen.push(`left ${number}`),
    terminate: ({ number }) => void seen.push(`ended ${number}`),
  })
  const children = { "app:before": server({ init: () => ({}) }), "app:room": child(room, { onDetach, state }) }
  const app = await bootApp({ "app:group": supervisor({ strategy: "one_for_all", children }) })
  const { runtime, time } = app
  const acquire = async (): Promise<Room> => (await runtime.acquire<Mailbox>("app:room", { as: Object as never })) as unknown as Room
  const group = (await runtime.acquire<Mailbox>("app:group", { as: Object as never })) as unknown as {
    terminateChild(id: string, options?: object): Promise<unknown>
    restartChild(id: string): Promise<unknown>
  }
  const pidOf = (id: string): Pid => runtime.whereis(id) as Pid
  const finish = async (): Promise<string> => {
    await time.advance(1_000)
    await Promise.all([runtime.stop(), time.advance(10_000)])
    return seen.join()
  }
  return { runtime, time, seen, acquire, group, pidOf, finish, open }
}

type Stage = Awaited<ReturnType<typeof bootRoom>>

/** What ends an incarnation, by a name. */
const ENDS: Record<string, (stage: Stage, other: Room) => unknown> = {
  "a crash": (_stage, other) => other.cast.crash(),
  "an exit signal": ({ runtime, pidOf }) => runtime.exit(pidOf("app:room"), { error: new Error("boom") }),
  "a group restart": ({ runtime, pidOf }) => runtime.exit(pidOf("app:before"), { error: new Error("boom") }),
  terminateChild: ({ group }) => void group.terminateChild("app:room"),
  "terminateChild with drain": ({ group }) => void group.terminateChild("app:room", { drain: true }),
  "the end of the application": ({ runtime }) => void runtime.stop(),
  "a stop of the application that drains": ({ runtime }) => void runtime.stop({ drain: true }),
}

describe("detached: the incarnation that the attachment belonged to is told, before its terminate", () => {
  describe.each(Object.entries(ENDS))("%s", (_end, end) => {
    it.each(["reset", "retain"] as const)("right after the release (%s)", async (state) => {
      const stage = await bootRoom(keep, state)
      const [box, other] = [await stage.acquire(), await stage.acquire()]
      await box.call.hello()
      void box.release()
      end(stage, other)
      expect(await stage.finish()).toMatch(/^left 1,ended 1(,ended 2)?$/)
    })

    it.each(["reset", "retain"] as const)("right before the release (%s)", async (state) => {
      const stage = await bootRoom(keep, state)
      const [box, other] = [await stage.acquire(), await stage.acquire()]
      await box.call.hello()
      end(stage, other)
      void box.release()
      expect(await stage.finish()).toMatch(/^left 1,ended 1(,ended 2)?$/)
    })

    it("together with the death of the caller", async () => {
      const stage = await bootRoom(keep)
      const other = await stage.acquire()
      const visitor = stage.runtime.spawn(
        actor(async (self) => {
          const box = (await self.acquire("app:room")) as Room
          await box.call.hello()
          await self.receive()
        }),
      )
      await stage.time.settle()
      stage.runtime.exit(visitor, "kill")
      end(stage, other)
      expect(await stage.finish()).toMatch(/^left 1,ended 1(,ended 2)?$/)
    })

    it("while it stands still", async () => {
      const stage = await bootRoom(keep)
      const [box, other] = [await stage.acquire(), await stage.acquire()]
      await stage.runtime.sys.suspend("app:room")
      void box.release()
      end(stage, other)
      await stage.time.settle()
      void stage.runtime.sys.resume("app:room").catch(() => {})
      expect(await stage.finish()).toMatch(/^left 1,ended 1(,ended 2)?$/)
    })

    it("while the handlers of a concurrent server run", async () => {
      const stage = await bootRoom(keep, "reset", 2)
      const [box, other] = [await stage.acquire(), await stage.acquire()]
      void other.call.wait().catch(() => {})
      await stage.time.settle()
      end(stage, other)
      void box.release()
      await stage.time.settle()
      stage.open.open()
      expect(await stage.finish()).toMatch(/^left 1,ended 1(,ended 2)?$/)
    })
  })

  it("is told of its last caller, whose policy has it stopped, or started anew", async () => {
    for (const [policy, expected] of [
      [stopWhenIdle(), /^left 1,ended 1$/],
      [reset, /^left 1,ended 1,ended 2$/],
    ] as const) {
      const stage = await bootRoom(policy)
      const box = await stage.acquire()
      await box.call.hello()
      void box.release()
      expect(await stage.finish()).toMatch(expected)
    }
  })

  it("is not told of one that was refused, and stays; a policy that fails cannot keep the dead", async () => {
    const refusing = await bootRoom(refuse)
    const [box, other] = [await refusing.acquire(), await refusing.acquire()]
    void box.release()
    other.cast.crash()
    expect(await refusing.finish()).toBe("ended 1,ended 2")

    const failing = await bootRoom(() => {
      throw new Error("a bug in the policy")
    })
    const crashing = await failing.acquire()
    const visitor = failing.runtime.spawn(
      actor(async (self) => {
        await self.acquire("app:room")
        await self.receive()
      }),
    )
    await failing.time.settle()
    failing.runtime.exit(visitor, "kill")
    crashing.cast.crash()
    expect(await failing.finish()).toBe("left 1,ended 1,ended 2")
  })

  it("hears of nobody who had left before it began; but of the one whose messages it was given, behind them", async () => {
    const stage = await bootRoom(keep)
    const [box, other, silent] = [await stage.acquire(), await stage.acquire(), await stage.acquire()]
    other.cast.crash()
    box.cast.note("late")
    void box.release()
    void silent.release()
    expect(await stage.finish()).toBe("left 1,ended 1,late 2,left 2,ended 2")
  })

  it("is told before its end of one whose messages nobody will be given", async () => {
    const stage = await bootRoom(keep)
    const [box, other] = [await stage.acquire(), await stage.acquire()]
    void other.call.wait().catch(() => {})
    await stage.time.settle()
    box.cast.note("late")
    void box.release()
    void stage.group.terminateChild("app:room")
    await stage.time.settle()
    stage.open.open()
    expect(await stage.finish()).toBe("left 1,ended 1")
  })

  it.each([
    ["reset", "ended 2"],
    ["retain", "left 2,ended 2"],
  ] as const)("has no heir where it was killed, unless its state is handed on: %s", async (state, expected) => {
    const stage = await bootRoom(keep, state)
    const box = await stage.acquire()
    stage.runtime.exit(stage.pidOf("app:room"), "kill")
    void box.release()
    expect(await stage.finish()).toBe(expected)
  })

  it("is told that comes later, of a caller that had its mailbox from an earlier one", async () => {
    const stage = await bootRoom(keep)
    const [box, other] = [await stage.acquire(), await stage.acquire()]
    other.cast.crash()
    await stage.time.advance(1_000)
    void box.release()
    expect(await stage.finish()).toBe("ended 1,left 2,ended 2")
  })

  it("is nobody where the service had ended before", async () => {
    const stage = await bootRoom(keep)
    const box = await stage.acquire()
    await stage.group.terminateChild("app:room")
    expect(await box.release()).toBe(true)
    await stage.group.restartChild("app:room")
    expect(await stage.finish()).toBe("ended 1,ended 2")
  })

  describe.each(["throws", "rejects"])("where it %s while it ends", (how) => {
    const ended = async (callers: number, failing: (told: number) => boolean) => {
      const seen: string[] = []
      let told = 0
      const room = server({
        init: () => ({}),
        detached: () => {
          told += 1
          const error = failing(told) ? new Error(`lost ${told}`) : undefined
          seen.push(error?.message ?? `left ${told}`)
          if (error !== undefined && how === "throws") throw error
          return error === undefined ? undefined : (Promise.reject(error) as never)
        },
        terminate: () => void seen.push("ended"),
      })
      const { runtime, time, events } = await bootApp({ "app:room": room })
      const boxes = await Promise.all(Array.from({ length: callers }, () => runtime.acquire<Mailbox>("app:room", { as: Object as never })))
      runtime.exit(runtime.whereis("app:room") as Pid, { error: new Error("boom") })
      for (const box of boxes) void box.release()
      await time.advance(1_000)
      const first = events.find(({ type }) => type === "exited")
      await Promise.all([runtime.stop(), time.advance(10_000)])
      return { seen: seen.join(), first }
    }

    it("is told of all others, and clears up", async () => {
      expect((await ended(3, (told) => told === 1)).seen).toBe("lost 1,left 2,left 3,ended,ended")
      expect((await ended(3, () => true)).seen).toBe("lost 1,lost 2,lost 3,ended,ended")
    })

    it("ends with what it failed with first, as where it fails to clear up", async () => {
      expect((await ended(3, (told) => told > 1)).first).toMatchObject({ reason: { error: new Error("lost 2") } })
    })
  })

  it("is told of nobody any more, nor clears up, once it was killed meanwhile", async () => {
    const seen: string[] = []
    let goOn = (): void => {}
    const room = server({
      init: () => ({}),
      detached: (_state, _attachment, self) => {
        seen.push(`left ${self.pid}`)
        return new Promise<void>((resolve) => (goOn = resolve)) as never
      },
      terminate: (_state, _reason, self) => void seen.push(`ended ${self.pid}`),
    })
    const { runtime, time } = await bootApp({ "app:room": room })
    const boxes = await Promise.all([1, 2, 3].map(() => runtime.acquire<Mailbox>("app:room", { as: Object as never })))
    const pid = runtime.whereis("app:room") as Pid
    runtime.exit(pid, "shutdown")
    for (const box of boxes) void box.release()
    await time.advance(1)
    runtime.exit(pid, "kill")
    await time.advance(1)
    goOn()
    await time.advance(1)
    expect(seen.filter((each) => each.endsWith(` ${pid}`))).toEqual([`left ${pid}`])
    await Promise.all([runtime.stop(), time.advance(10_000)])
  })
})
