/** Promises 19 and 45, judged in every schedule without being asked: what tasks leave behind, and traces. Where the runtime is broken on purpose, it is told how. */

import type { Application } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  child,
  failure as failureReply,
  type MailboxOf,
  NotFound,
  type ProcessSelf,
  pool,
  type ServerSelf,
  server,
} from "../../../actors/index.ts"
import { FollowedRequest } from "../../../src/kernel/followed-request.ts"
import { RequestFollowing } from "../../../src/kernel/request-following.ts"
import type { RequestTracer } from "../../../src/kernel/request-tracer.ts"
import { Topology } from "../../../src/topology/topology.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const pause = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })
const all = { crash: 2, callerDies: 1, startFails: 1, slowHandler: 1, slowReply: 1, lostReply: 1, givesUp: 1, inboxFull: 0.1 }

const desk = server({
  init: () => ({ asked: 0 }),
  call: {
    ask: (state) => {
      state.asked += 1
      return state.asked
    },
    wait: () => pause(),
    refuse: () => failureReply(new NotFound("nothing")),
    crash: (): void => {
      throw new Error("wanted")
    },
    later: (_state, _none: undefined, self: ServerSelf) => {
      const answer = self.defer<string>()
      self.after(5, answer)
      return answer
    },
  },
  cast: { note: () => {} },
  info: (_state, message) => void (message as { reply(answer: string): void }).reply("late"),
})
type Desk = MailboxOf<typeof desk>

/** Follows all, and says nothing of it. */
const tracer: RequestTracer = { begin: () => ({ ids: undefined, handle: (work) => work(), event: () => {}, end: () => {} }) }

const traced = (): Application => ({
  tree: { "app:desk": child(desk, { backoff: { initialMs: 0, maxMs: 0 } }), "app:pool": pool(desk, { size: 1, queue: 2 }) },
  options: { tracer },
  run: (runtime) =>
    parts(
      runtime,
      ...(["ask", "wait", "refuse", "crash", "later"] as const).map((name, at) => async (self: ProcessSelf<unknown>) => {
        for (const id of ["app:desk", "app:pool"]) {
          const box = await self.acquire<Desk>(id)
          box.cast.note()
          await box.call[name](undefined, at % 2 === 0 ? patient : { timeoutMs: 3 }).catch(() => {})
        }
      }),
    ),
})

const working = (): Application => ({
  tree: {},
  run: (runtime) =>
    parts(runtime, async (self) => {
      self.trapExit(true)
      const both = [self.async(() => pause(2)), self.async(() => pause(3).then(() => Promise.reject(new Error("wanted"))))]
      await Promise.allSettled(both.map((task) => task.result({ timeoutMs: 100 })))
      for await (const _outcome of self.asyncStream([1, 2, 3], (ms) => pause(ms), { maxConcurrency: 2 })) break
      await self
        .async(() => pause(50))
        .result({ timeoutMs: 5 })
        .catch(() => {})
    }),
})

describe("promises 19 and 45", () => {
  it("hold, whoever crashes", async () => {
    for (const make of [traced, working]) {
      for (const order of ["contract", "runtime"] as const) {
        expect((await failureOf(make, { schedules: 40, order }))?.message).toBeUndefined()
        expect((await failureOf(make, { schedules: 80, order, faults: all }))?.message).toBeUndefined()
      }
    }
  })
})

describe("promise 19", () => {
  it("is told to be broken by a task that its owner hears of in its inbox", async () => {
    const heard = () =>
      function (this: Topology, ...linked: Parameters<Topology["linkUnheard"]>) {
        this.link(...linked)
      }
    expect(await brokenBy(Topology.prototype, "linkUnheard", heard, () => failureOf(working))).toMatchObject(
      told("19", /was sent the end of <.*>, which is a task of its own/),
    )
  })
})

describe("promise 45", () => {
  const look = () => failureOf(traced, { schedules: 40 })

  it("is told to be broken by a trace that goes on though its request is answered", async () => {
    const deaf = (original: RequestFollowing["settled"]) =>
      function (this: RequestFollowing, ...settled: Parameters<RequestFollowing["settled"]>) {
        if (settled[2] !== undefined) original.apply(this, settled)
      }
    expect(await brokenBy(RequestFollowing.prototype, "settled", deaf, look)).toMatchObject(
      told("45", /\w+ of app:\w+ was answered, and its trace goes on/),
    )
  })

  it("is told to be broken by one that is never ended", async () => {
    const deaf = (original: RequestFollowing["settled"]) =>
      function (this: RequestFollowing, ...settled: Parameters<RequestFollowing["settled"]>) {
        if (settled[2] === undefined) original.apply(this, settled)
      }
    expect(await brokenBy(RequestFollowing.prototype, "settled", deaf, look)).toMatchObject(
      told("45", /\d+ traces were never ended, the first of \w+ of app:/),
    )
  })

  it("is told to be broken by one that is ended twice", async () => {
    const twice = (original: FollowedRequest["end"]) =>
      function (this: FollowedRequest, ...end: Parameters<FollowedRequest["end"]>) {
        original.apply(this, end)
        this.isOver = false
        original.apply(this, end)
      }
    expect(await brokenBy(FollowedRequest.prototype, "end", twice, look)).toMatchObject(
      told("45", /the trace of \w+ of app:\w+ was ended twice/),
    )
  })

  it("is told to be broken by one that says of what was answered that it failed", async () => {
    const failed = (original: FollowedRequest["end"]) =>
      function (this: FollowedRequest, ...[outcome, ...more]: Parameters<FollowedRequest["end"]>) {
        original.call(this, outcome === "answered" ? "failed" : outcome, ...more)
      }
    expect(await brokenBy(FollowedRequest.prototype, "end", failed, look)).toMatchObject(
      told("45", /was answered, and its trace says failed/),
    )
  })
})
