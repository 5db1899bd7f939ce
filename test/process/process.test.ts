import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, Conflict, type ExitReason, Invalid, isDown, type Pid, type ProcessSelf, Timeout, Unavailable } from "../../src/index.ts"
import { latch } from "../support/latch.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

function deadLetters(): unknown[] {
  return stage.events.flatMap((event) => (event.type === "dead_letter" ? [event.message] : []))
}

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => reasons.push(reason))
  return reasons
}

function tell(pid: Pid, ...messages: unknown[]): void {
  for (const message of messages) stage.runtime.tell(pid, message)
}

/** Runs until the test is over; the function's `self` is what the test acts by. */
async function spawnActing(): Promise<{ pid: Pid; self: ProcessSelf<unknown> }> {
  let acting: ProcessSelf<unknown> | undefined
  const pid = stage.runtime.spawn(
    actor(async (self) => {
      acting = self
      await new Promise(() => {})
    }),
  )
  await stage.time.settle()
  if (acting === undefined) throw new Error("the process did not start")
  return { pid, self: acting }
}

const boom = new Error("boom")
const isNumber = (message: unknown): message is number => typeof message === "number"

describe("process", () => {
  it("receives its messages in order by for await, and replies to the request received last", async () => {
    const seen: unknown[] = []
    const echo = actor<undefined, string>(async (self) => {
      for await (const message of self.inbox) {
        seen.push(message)
        self.reply(`re: ${message}`)
      }
    })
    const pid = stage.runtime.spawn(echo)
    tell(pid, "a")
    expect(await stage.runtime.ask(pid, "b")).toBe("re: b")
    tell(pid, "c")
    await stage.time.settle()
    expect(seen).toEqual(["a", "b", "c"])
  })

  it("gets its argument, ends normal when it returns, and crashes when it throws", async () => {
    const fate = actor<boolean>(async (_self, isFatal) => {
      if (isFatal) throw boom
    })
    const ends = [endOf(stage.runtime.spawn(fate, false)), endOf(stage.runtime.spawn(fate, true))]
    await stage.time.settle()
    expect(ends).toEqual([["normal"], [{ error: boom }]])
  })

  it("may be a plain function, which is over at once", async () => {
    const ends = [
      endOf(stage.runtime.spawn(actor(() => {}))),
      endOf(
        stage.runtime.spawn(
          actor(() => {
            throw boom
          }),
        ),
      ),
    ]
    await stage.time.settle()
    expect(ends).toEqual([["normal"], [{ error: boom }]])
  })

  it("that ends hands back the requests it received and those it never did", async () => {
    const pid = stage.runtime.spawn(actor(async (self) => void (await self.receive())))
    const asked = [watch(stage.runtime.ask(pid, "received")), watch(stage.runtime.ask(pid, "waiting"))]
    tell(pid, "lost")
    await stage.time.settle()
    expect(asked.map(({ error }) => error)).toEqual([expect.any(Unavailable), expect.any(Unavailable)])
    expect(deadLetters()).toEqual(["lost"])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 3, handled: 1, returned: 1, reported: 1, waiting: 0 })
  })

  it("that crashes hands them back without the cause: which of them it crashed on is not known", async () => {
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        await self.receive()
        throw boom
      }),
    )
    const asked = watch(stage.runtime.ask(pid, "received"))
    await stage.time.settle()
    expect(asked.error).toMatchObject({
      kind: "UNAVAILABLE",
      message: `${pid} ended before it answered: it crashed; on what, is told to no other caller`,
    })
    expect((asked.error as Error).cause).toBeUndefined()
  })

  it("refuses what is no function", () => expect(() => actor("no" as never)).toThrow(Invalid))
})

describe("reply", () => {
  it("answers once; false where there is nothing to answer", async () => {
    const { pid, self } = await spawnActing()
    expect(self.reply("nobody asked")).toBe(false)
    const asked = watch(stage.runtime.ask(pid, "question"))
    await self.receive()
    expect([self.reply("first"), self.reply("second")]).toEqual([true, false])
    tell(pid, "no question")
    await self.receive()
    expect(self.reply("third")).toBe(false)
    await stage.time.settle()
    expect(asked.value).toBe("first")
  })
})

describe("receive", () => {
  it("takes the first message that matches and leaves the others in order", async () => {
    const { pid, self } = await spawnActing()
    tell(pid, "a", 1, "b", 2, "c")
    const taken = [await self.receive(isNumber), await self.receive(isNumber)]
    const rest = [await self.receive(), await self.receive(), await self.receive()]
    expect([taken, rest]).toEqual([
      [1, 2],
      ["a", "b", "c"],
    ])
  })

  it("keeps the order of what it left, before what comes later", async () => {
    const { pid, self } = await spawnActing()
    tell(pid, "a", 1)
    await self.receive(isNumber)
    tell(pid, "b", 2, "c")
    await self.receive(isNumber)
    tell(pid, "d")
    expect([await self.receive(), await self.receive(), await self.receive(), await self.receive()]).toEqual(["a", "b", "c", "d"])
  })

  it("does not look again at what it has turned down", async () => {
    const { pid, self } = await spawnActing()
    const looked: unknown[] = []
    tell(pid, "a", "b")
    const receiving = self.receive((message) => {
      looked.push(message)
      return message === 3
    })
    await stage.time.settle()
    tell(pid, "c", 3)
    expect(await receiving).toBe(3)
    expect(looked).toEqual(["a", "b", "c", 3])
  })

  it("fails with Timeout when nothing has come, and leaves nothing armed; what comes later is kept", async () => {
    const { pid, self } = await spawnActing()
    const receiving = watch(self.receive({ timeoutMs: 100 }))
    await stage.time.advance(99)
    expect(receiving.state).toBe("pending")
    await stage.time.advance(1)
    expect(receiving.error).toBeInstanceOf(Timeout)
    expect(stage.time.armedTimers).toBe(0)
    tell(pid, "late")
    expect(await self.receive()).toBe("late")
  })

  it("gives up its time limit when a message comes", async () => {
    const { pid, self } = await spawnActing()
    const receiving = self.receive({ timeoutMs: 100 })
    tell(pid, "a")
    expect(await receiving).toBe("a")
    await stage.time.advance(1000)
    expect(stage.time.armedTimers).toBe(0)
    expect(stage.runtime.statistics().timeouts).toBe(0)
  })

  it("takes what waits already in its order, however much, and the host has its turn meanwhile", async () => {
    const { runtime, time } = await openStage()
    const seen: number[] = []
    let turns = 0
    let isCounting = true
    const count = (): void => {
      turns += 1
      if (isCounting) setImmediate(count)
    }
    const reader = actor<undefined, number>(async (self) => {
      for await (const message of self.inbox) {
        seen.push(message as number)
        if (seen.length === 50_000) isCounting = false
      }
    })
    const pid = runtime.spawn(reader)
    await time.settle()
    for (let message = 0; message < 50_000; message += 1) runtime.tell(pid, message)
    setImmediate(count)
    while (isCounting) await new Promise<void>((resolve) => setImmediate(resolve))
    expect(seen).toEqual(Array.from({ length: 50_000 }, (_, index) => index))
    expect(turns).toBeGreaterThan(2)
    await runtime.stop()
  })

  it("with a limit of 0 takes what waits already, and nothing else", async () => {
    const { pid, self } = await spawnActing()
    tell(pid, "a")
    const receiving = watch(self.receive({ timeoutMs: 0 }))
    await stage.time.advance(0)
    expect(receiving.value).toBe("a")
    const empty = watch(self.receive({ timeoutMs: 0 }))
    await stage.time.advance(0)
    expect(empty.error).toBeInstanceOf(Timeout)
  })

  it.each([-1, Number.NaN, "soon"])("refuses a limit of %s", async (timeoutMs) => {
    const { self } = await spawnActing()
    await expect(self.receive({ timeoutMs: timeoutMs as number })).rejects.toThrow(Invalid)
  })

  it("that waits already refuses a second one with Conflict, and is not touched by it", async () => {
    const { pid, self } = await spawnActing()
    const first = watch(self.receive())
    await expect(self.receive()).rejects.toThrow(Conflict)
    tell(pid, "a")
    await stage.time.settle()
    expect(first.value).toBe("a")
  })

  it("whose match throws fails with that, and the message stays; be it new or held", async () => {
    const { pid, self } = await spawnActing()
    const picky = (): boolean => {
      throw boom
    }
    tell(pid, "a", "b")
    const asked = watch(stage.runtime.ask(pid, "c"))
    await expect(self.receive(picky)).rejects.toBe(boom)
    await expect(self.receive(picky)).rejects.toBe(boom)
    expect(pid.isAlive).toBe(true)
    expect([await self.receive(), await self.receive(), await self.receive()]).toEqual(["a", "b", "c"])
    expect([asked.state, self.reply("d")]).toEqual(["pending", true])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 3, handled: 3, returned: 0, reported: 0, waiting: 0 })
  })

  it("passes over a request whose time has run out, new or held", async () => {
    const { pid, self } = await spawnActing()
    const held = watch(stage.runtime.ask(pid, "held", { timeoutMs: 10 }))
    tell(pid, 1)
    await self.receive(isNumber)
    const waiting = watch(stage.runtime.ask(pid, "waiting", { timeoutMs: 10 }))
    await stage.time.advance(10)
    tell(pid, "next")
    expect(await self.receive()).toBe("next")
    expect([held.error, waiting.error]).toEqual([expect.any(Timeout), expect.any(Timeout)])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 4, handled: 2, returned: 2, waiting: 0 })
  })

  it("takes forged signals as the messages they are", async () => {
    const { pid, self } = await spawnActing()
    const forged = [
      { type: "EXIT", from: pid, reason: "kill" },
      { type: "DOWN", ref: {}, reason: "kill" },
    ]
    tell(pid, ...forged)
    expect([await self.receive(), await self.receive()]).toEqual(forged)
  })

  it("takes a real DOWN that was passed on after its monitor was ended: nothing accepted is lost", async () => {
    const [watcher, receiver, target] = [await spawnActing(), await spawnActing(), await spawnActing()]
    watcher.self.monitor(target.pid)
    stage.runtime.exit(target.pid, "shutdown")
    const down = await watcher.self.receive(isDown)
    watcher.self.demonitor(down.ref)
    watcher.self.tell(receiver.pid, down)
    expect(await receiver.self.receive()).toBe(down)
  })

  it("does not see a DOWN of a monitor that was ended while it waited, nor one that it had left", async () => {
    const [watcher, target] = [await spawnActing(), await spawnActing()]
    const [waiting, held] = [watcher.self.monitor(target.pid), watcher.self.monitor(target.pid)]
    stage.runtime.exit(target.pid, "shutdown")
    await stage.time.settle()
    expect(watcher.self.demonitor(waiting)).toBe(false)
    tell(watcher.pid, 1)
    await watcher.self.receive(isNumber)
    watcher.self.demonitor(held)
    tell(watcher.pid, "next")
    expect(await watcher.self.receive()).toBe("next")
  })
})

describe("a stop", () => {
  it("interrupts the receive, and the process ends when its clearing up is over", async () => {
    const cleared = latch()
    const log: unknown[] = []
    const body = actor(async (self) => {
      try {
        await self.receive()
      } catch (error) {
        log.push(error)
        throw error
      } finally {
        await cleared.promise
        log.push("cleared")
      }
    })
    const pid = stage.runtime.spawn(body)
    const ends = endOf(pid)
    await stage.time.settle()
    void stage.runtime.stop()
    await stage.time.settle()
    expect([log, ends]).toEqual([[expect.any(Unavailable)], []])
    cleared.open()
    await stage.time.settle()
    expect([log.at(-1), ends]).toEqual(["cleared", ["shutdown"]])
  })

  it("fails the next receive where none waits, and ends with its reason even where the function then returns", async () => {
    const work = latch()
    const log: unknown[] = []
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        await work.promise
        await self.receive().catch((error) => log.push(error))
      }),
    )
    const ends = endOf(pid)
    tell(pid, "unread")
    await stage.time.settle()
    void stage.runtime.stop()
    await stage.time.settle()
    expect(ends).toEqual([])
    work.open()
    await stage.time.settle()
    expect([log, ends, deadLetters()]).toEqual([[expect.any(Unavailable)], ["shutdown"], ["unread"]])
  })

  it("is a crash where the function throws something of its own while it clears up", async () => {
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        await self.receive().catch(() => {
          throw boom
        })
      }),
    )
    const ends = endOf(pid)
    await stage.time.settle()
    void stage.runtime.stop()
    await stage.time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("an exit", () => {
  it("ends the process at once and fails its receive", async () => {
    const { pid, self } = await spawnActing()
    const [receiving, ends] = [watch(self.receive()), endOf(pid)]
    stage.runtime.exit(pid, "shutdown")
    await stage.time.settle()
    expect(ends).toEqual(["shutdown"])
    expect(receiving.error).toBeInstanceOf(Unavailable)
    expect(self.signal.aborted).toBe(true)
    await expect(self.receive()).rejects.toThrow(Unavailable)
  })
})

describe("a kill", () => {
  it("runs no more of the function, not even when its receive would have timed out", async () => {
    const log: string[] = []
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        try {
          await self.receive({ timeoutMs: 1000 })
        } finally {
          log.push("resumed")
        }
      }),
    )
    await stage.time.settle()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    await stage.time.advance(2000)
    expect([log, stage.time.armedTimers]).toEqual([[], 0])
  })

  it("of a function that goes on by itself leaves it nothing to do: no receive, no timer, no name, no link", async () => {
    const { pid, self } = await spawnActing()
    const other = await spawnActing()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    await expect(self.receive({ timeoutMs: 1000 })).rejects.toThrow(Unavailable)
    expect(() => self.every(10, "tick")).toThrow(Unavailable)
    expect(() => self.register("ghost")).toThrow(Unavailable)
    expect(() => self.monitor(other.pid)).toThrow(Unavailable)
    const ends = endOf(other.pid)
    expect(() => self.link(other.pid)).toThrow(Unavailable)
    await stage.time.settle()
    expect(ends).toEqual([])
    expect([stage.time.armedTimers, stage.runtime.whereis("ghost")]).toEqual([0, undefined])
  })
})
