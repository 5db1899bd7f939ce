/** What of a dead incarnation may come to the next: what nothing of the dead one can change any more. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { child, type Pid, type ServerDefinition, server } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { type Latch, latch } from "../support/latch.ts"
import { watch } from "../support/watched.ts"

interface Noted {
  notes: string[]
}

const boom = new Error("boom")
const call = { notes: ({ notes }: Noted) => notes.join() }
let gate: Latch
let isBegun = false

beforeEach(() => {
  gate = latch()
  isBegun = false
})

/** Goes on once the gate is open; the next incarnation does nothing of the kind. */
async function writeLater({ notes }: Noted): Promise<void> {
  if (isBegun) return
  isBegun = true
  notes.push("begun")
  await gate.promise
  notes.push("from the dead")
}

const init = (): Noted => ({ notes: ["init"] })
const boot = (definition: ServerDefinition<undefined, typeof call, unknown>) =>
  bootApp({ "app:s": child(definition, { state: "retain", shutdown: 50, backoff: { initialMs: 10 } }) })

let app: Awaited<ReturnType<typeof boot>> | undefined

afterEach(async () => {
  void app?.runtime.stop({ timeoutMs: 0 })
  await app?.time.settle()
  expect(app?.time.armedTimers).toBe(0)
  app = undefined
})

function pidOf({ runtime }: Awaited<ReturnType<typeof boot>>): Pid {
  return runtime.whereis("app:s") as Pid
}

/** What of the dead incarnation is said to hold its state. */
function holders({ events }: Awaited<ReturnType<typeof boot>>): string[] {
  return events.flatMap((event) => (event.type === "state_not_retained" ? [event.holder] : []))
}

/** Ends the incarnation, lets what it has begun go on, and asks the next one what it knows. */
async function notesAfter(booted: Awaited<ReturnType<typeof boot>>, end: () => unknown): Promise<string[]> {
  app = booted
  const { runtime, time } = booted
  await time.settle()
  await end()
  await time.settle()
  await time.advance(1000)
  const mailbox = await runtime.acquire("app:s")
  const before = await mailbox.call.notes()
  gate.open()
  await time.settle()
  return [before, await mailbox.call.notes()]
}

const CRASHES = [
  ["an exit signal", (pid: Pid) => app?.runtime.exit(pid, { error: boom })],
  ["a kill", (pid: Pid) => app?.runtime.exit(pid, "kill")],
] as const

describe("the state of an incarnation that ended while something of it waits is not retained, and that is reported", () => {
  const hooks: readonly (readonly [string, () => ServerDefinition<undefined, typeof call, unknown>, string])[] = [
    ["a cast's handler", () => server({ init, call, cast: { write: writeLater } }), "a handler"],
    ["handlers side by side", () => server({ init, call, concurrency: 2, cast: { write: writeLater } }), "a handler"],
    ["info", () => server({ init, call, info: writeLater }), "a handler"],
    [
      "a continuation",
      () =>
        server({
          init: (_none: undefined, self) => {
            self.continue()
            return init()
          },
          call,
          continue: (state: Noted) => writeLater(state),
        }),
      "a handler",
    ],
    ["idle", () => server({ init, call, idleTimeoutMs: 5, idle: writeLater }), "a handler"],
  ]

  it.each(hooks.flatMap((hook) => CRASHES.map(([how, end]) => [hook[0], how, hook, end] as const)))(
    "%s, at %s",
    async (_what, _how, hook, end) => {
      const booted = await boot(hook[1]())
      app = booted
      const mailbox = await booted.runtime.acquire("app:s")
      ;(mailbox.cast as { write?: () => void }).write?.()
      booted.runtime.tell(pidOf(booted), "told")
      await booted.time.advance(5)
      const notes = await notesAfter(booted, () => end(pidOf(booted)))
      expect(notes.map((text) => text.includes("dead"))).toEqual([false, false])
      expect(holders(booted)[0]).toBe(hook[2])
    },
  )

  it("terminate, which the end of its time kills", async () => {
    const booted = await boot(server({ init, call, terminate: writeLater }))
    const notes = await notesAfter(booted, async () => {
      const pid = pidOf(booted)
      booted.runtime.exit(pid, { error: boom })
      await booted.time.settle()
      booted.runtime.exit(pid, "kill")
    })
    expect([notes, holders(booted)]).toEqual([["init", "init"], ["terminate"]])
  })

  it("inherit: what was left to it is not left once more", async () => {
    const inherit = async (state: Noted): Promise<Noted> => {
      await writeLater(state)
      return state
    }
    const booted = await boot(server({ init, call, inherit }))
    const notes = await notesAfter(booted, async () => {
      const { runtime, time } = booted
      runtime.exit(pidOf(booted), { error: boom })
      await time.advance(100)
      runtime.exit(pidOf(booted), "kill")
    })
    expect([notes, holders(booted)]).toEqual([["init", "init"], ["its start"]])
  })

  it("a migrate that nobody waits for any more", async () => {
    const definition = server({ init, call })
    const booted = await boot(definition)
    const notes = await notesAfter(booted, async () => {
      const migrate = async (state: Noted): Promise<Noted> => {
        await writeLater(state)
        return state
      }
      const changed = watch(booted.runtime.sys.changeCode("app:s", definition, { migrate, timeoutMs: 10 }))
      await booted.time.advance(10)
      expect(changed.error).toMatchObject({ _tag: "Timeout" })
      booted.runtime.exit(pidOf(booted), { error: boom })
    })
    expect([notes, holders(booted)]).toEqual([["init", "init"], ["migrate"]])
  })

  it("a handler beside the one that crashed", async () => {
    const crash = async (): Promise<void> => {
      throw boom
    }
    const booted = await boot(server({ init, call, concurrency: 3, cast: { write: writeLater, crash } }))
    const mailbox = await booted.runtime.acquire("app:s")
    const notes = await notesAfter(booted, () => {
      const cast = mailbox.cast as { write(): void; crash(): void }
      cast.write()
      cast.crash()
    })
    expect([notes, holders(booted)]).toEqual([["init", "init"], ["a handler"]])
  })

  it("is a line of the log, too", async () => {
    const booted = await boot(server({ init, call, info: writeLater }))
    booted.runtime.tell(pidOf(booted), "told")
    await notesAfter(booted, () => booted.runtime.exit(pidOf(booted), "kill"))
    expect(booted.log).toContainEqual({
      level: "warn",
      message: "root does not retain the state of app:s, as a handler of the incarnation that has ended still runs with it",
      fields: { event: "state_not_retained", supervisor: "root", child: "app:s", holder: "a handler" },
    })
  })
})

describe("the state is retained where nothing of the dead incarnation runs", () => {
  const note = ({ notes }: Noted): void => void notes.push("noted")

  it.each([
    ["throws", { concurrency: 1 }],
    ["throws, one of several that may wait", { concurrency: 3 }],
  ])("the promise of the handler that %s is settled", async (_how, { concurrency }) => {
    const crash = async (state: Noted): Promise<void> => {
      note(state)
      await null
      throw boom
    }
    const booted = await boot(server({ init, call, concurrency, cast: { crash } }))
    const mailbox = await booted.runtime.acquire("app:s")
    const notes = await notesAfter(booted, () => (mailbox.cast as { crash(): void }).crash())
    expect([notes, holders(booted)]).toEqual([["init,noted", "init,noted"], []])
  })

  it.each(CRASHES)("nothing was at work at %s", async (_how, end) => {
    const booted = await boot(server({ init, call, info: note }))
    const notes = await notesAfter(booted, async () => {
      booted.runtime.tell(pidOf(booted), "told")
      await booted.time.settle()
      end(pidOf(booted))
    })
    expect([notes, holders(booted)]).toEqual([["init,noted", "init,noted"], []])
  })

  it.each([1, 2])("what waited was done before terminate was (concurrency %i)", async (concurrency) => {
    const [work, clearing] = [latch(), latch()]
    const info = async (state: Noted): Promise<void> => {
      await work.promise
      note(state)
    }
    const booted = await boot(server({ init, call, concurrency, info, terminate: () => clearing.promise }))
    const notes = await notesAfter(booted, async () => {
      booted.runtime.tell(pidOf(booted), "told")
      await booted.time.settle()
      booted.runtime.exit(pidOf(booted), { error: boom })
      await booted.time.settle()
      work.open()
      await booted.time.settle()
      clearing.open()
    })
    expect([notes, holders(booted)]).toEqual([["init,noted", "init,noted"], []])
  })

  it("an init that waits holds nothing that was left", async () => {
    const booted = await boot(server({ init: async () => init(), call }))
    const notes = await notesAfter(booted, () => booted.runtime.exit(pidOf(booted), "kill"))
    expect([notes, holders(booted)]).toEqual([["init", "init"], []])
  })
})
