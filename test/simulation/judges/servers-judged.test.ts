/** Promises 4, 9 and 17, judged in every schedule without being asked: bounds of inboxes, state after a crash, what servers do first and when they are idle. */

import type { Application, ExploreOptions } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { child, type MailboxOf, type ProcessSelf, type ServerSelf, server } from "../../../actors/index.ts"
import { Inbox } from "../../../src/kernel/inbox.ts"
import { InboxDoor } from "../../../src/kernel/inbox-door.ts"
import { ServerProcess } from "../../../src/server/server-process.ts"
import { SupervisedChild } from "../../../src/supervision/supervised-child.ts"
import { brokenBy, brokenInside, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))
const at = { backoff: { initialMs: 0, maxMs: 0 } }
const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })

/** Each notes, waits or crashes. */
const desk = server({
  init: () => ({ count: 0 }),
  call: {
    add: async (state) => {
      await pause()
      state.count += 1
      return state.count
    },
    crash: () => {
      throw new Error("wanted")
    },
  },
  cast: { note: () => {} },
})
type Desk = MailboxOf<typeof desk>

const asking =
  (state: "reset" | "retain", inbox = 10) =>
  (): Application => ({
    tree: { "app:desk": child(desk, { ...at, state, inbox: { capacity: inbox } }) },
    run: (runtime) => {
      const visit = (name: "add" | "crash") => async (self: ProcessSelf<unknown>) => {
        const { call, cast } = await self.acquire<Desk>("app:desk")
        for (let left = 3; left > 0; left -= 1) cast.note()
        await call[name](undefined, patient).catch(() => {})
        await call.add(undefined, patient).catch(() => {})
      }
      return parts(runtime, visit("add"), visit("crash"), visit("add"))
    },
  })

/** Goes on with something once it has begun, and whenever it is asked to; answers later; ends when nothing comes for a while. */
const worker = server({
  init: (_none: undefined, self: ServerSelf) => {
    self.continue("begin")
    return {}
  },
  continue: () => {},
  idleTimeoutMs: 20,
  call: {
    again: (_state, _none: undefined, self: ServerSelf) => void self.continue("again"),
    later: (_state, _none: undefined, self: ServerSelf) => {
      const answer = self.defer<string>()
      self.after(50, answer)
      return answer
    },
  },
  info: (_state, message) => void (message as { reply(answer: string): void }).reply("late"),
})
type Worker = MailboxOf<typeof worker>

const working = (): Application => ({
  tree: { "app:worker": child(worker, { ...at, restart: "permanent" }) },
  run: (runtime) => {
    const visit = (name: "again" | "later") => async (self: ProcessSelf<unknown>) => {
      const { call } = await self.acquire<Worker>("app:worker")
      for (let left = 2; left > 0; left -= 1) await call[name](undefined, patient).catch(() => {})
    }
    return parts(runtime, visit("again"), visit("later"), visit("again"))
  },
})

describe("promises 4, 9 and 17", () => {
  it("hold, whoever crashes", async () => {
    for (const make of [asking("reset"), asking("retain"), asking("retain", 2), working]) {
      expect((await failureOf(make, { schedules: 40 }))?.message).toBeUndefined()
      const faults = { crash: 2, callerDies: 1, startFails: 1, slowHandler: 1, givesUp: 1, inboxFull: 0.1 }
      expect((await failureOf(make, { schedules: 80, faults }))?.message).toBeUndefined()
    }
  })
})

describe("promise 4", () => {
  it("is told to be broken by an inbox that takes more than it may hold", async () => {
    const roomy = () => () => false
    expect(
      await brokenInside(InboxDoor.prototype, "isCrowded", roomy, () => failureOf(asking("reset", 2), { schedules: 60 })),
    ).toMatchObject(told("4", /app:desk may hold 2 messages, and has taken one more/))
  })
})

describe("promise 9", () => {
  const look = (options: ExploreOptions = {}) => failureOf(asking("retain"), { schedules: 100, ...options })

  it("is told to be broken by a state that is lost", async () => {
    const forgetful = () => () => undefined
    expect(await brokenBy(SupervisedChild.prototype, "legacy", forgetful, look)).toMatchObject(
      told("9", /app:desk has crashed, and its next incarnation has not the state that it has left/),
    )
  })

  it("is told to be broken by a state that two incarnations have", async () => {
    const careless = () =>
      function (this: SupervisedChild) {
        return this.process?.estate() ?? this.estate
      }
    const killed = () => look({ faults: { crash: 2 }, schedules: 300 })
    expect(await brokenBy(SupervisedChild.prototype, "legacy", careless, killed)).toMatchObject(
      told("9", /app:desk goes on with a state that the one before is still at/),
    )
  })
})

describe("promise 17", () => {
  const look = () => failureOf(working, { schedules: 100 })

  it("is told to be broken by a server that is given a message before it goes on", async () => {
    const last = () =>
      function (this: Inbox, envelope: Parameters<Inbox["postFirst"]>[0]) {
        this.post(envelope)
      }
    expect(await brokenBy(Inbox.prototype, "postFirst", last, look)).toMatchObject(
      told("17", /app:worker was to go on with something first, and was given (again|later)/),
    )
  })

  it("is told to be broken by a server that ends as idle and owes an answer", async () => {
    const quiet = Object.getOwnPropertyDescriptor(ServerProcess.prototype, "isQuiet") as PropertyDescriptor
    Object.defineProperty(ServerProcess.prototype, "isQuiet", { ...quiet, get: () => true })
    try {
      expect(await look()).toMatchObject(told("17", /app:worker has ended as idle, and owed .* the answer to later/))
    } finally {
      Object.defineProperty(ServerProcess.prototype, "isQuiet", quiet)
    }
  })
})
