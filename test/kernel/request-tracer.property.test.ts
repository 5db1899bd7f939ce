/** Whatever befalls messages, each that a tracer has begun is ended once, as its caller saw it, and as a child of the request that posted it. */

import fc from "fast-check"
import { expect, it } from "vitest"
import {
  child,
  type Deferred,
  isDown,
  type MailboxOf,
  type Policy,
  partitionSupervisor,
  pool,
  server,
  supervisor,
} from "../../actors/index.ts"
import { bootTree } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"
import { RecordingTracer } from "../support/tracer.ts"

const WORKS = ["answer", "throw", "wait", "stash", "unstash", "defer", "hang", "forward", "forward later"] as const

type Work = (typeof WORKS)[number]

interface Job {
  readonly work: Work
  /** Which trace it is, by number. */
  readonly id: number
}

type Command =
  | { readonly op: "ask"; readonly to: number; readonly work: Work; readonly timeoutMs: number; readonly isGivenUp: boolean }
  | { readonly op: "cast"; readonly to: number; readonly work: Work }
  | { readonly op: "kill"; readonly to: number }
  | { readonly op: "deny"; readonly isDenied: boolean }
  | { readonly op: "release" }
  | { readonly op: "settle" }
  | { readonly op: "advance"; readonly ms: number }

const to = fc.nat(3)
const work = fc.constantFrom<Work>(...WORKS)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("ask" as const),
      to,
      work,
      timeoutMs: fc.constantFrom(1, 20, 1000),
      isGivenUp: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("cast" as const), to, work }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("kill" as const), to }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("deny" as const), isDenied: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("release" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: fc.constantFrom(1, 15, 200) }) },
)

const OPEN: Policy = { effect: "allow", actions: "*", resources: "*" }
const CLOSED: Policy = { effect: "deny", actions: ["service.call.work", "service.cast.work"], resources: "*" }

/** What a caller saw of an ask, and when. */
interface Seen {
  readonly id: number
  readonly postedAt: number
  settledAt: number | undefined
  errorKind: string | undefined
}

async function run(commands: readonly Command[], concurrency: number): Promise<void> {
  const tracer = new RecordingTracer()
  const seen: Seen[] = []
  const expectedParents: [number, number][] = []
  const latches: PromiseWithResolvers<void>[] = []
  const back = server({ init: () => ({}), call: { get: () => 1 } })
  const wait = (): Promise<void> => {
    const latch = Promise.withResolvers<void>()
    latches.push(latch)
    return latch.promise
  }
  const begun = <Result>(parent: number, post: () => Result): Result => {
    expectedParents.push([tracer.followed.length + 1, parent])
    return post()
  }
  const definition = server({
    init: async (_argument: undefined, self) => ({
      back: await self.acquire<MailboxOf<typeof back>>("app:back"),
      deferred: [] as Deferred<number>[],
    }),
    call: { work: (state, job: Job, self): unknown => handle(state, job, self) },
    cast: { work: (state, job: Job, self): unknown => handle(state, job, self) },
    stashCapacity: 2,
    concurrency,
    info: (_state, message) => void isDown(message),
  })
  type State = { readonly back: MailboxOf<typeof back>; readonly deferred: Deferred<number>[] }
  const handle = (state: State, { work, id }: Job, self: Parameters<NonNullable<(typeof definition)["options"]["idle"]>>[1]): unknown => {
    if (work === "throw") throw new Error("boom")
    if (work === "wait") return wait()
    if (work === "hang") return new Promise(() => {})
    if (work === "stash") return self.stash()
    if (work === "forward") return begun(id, () => state.back.call.get())
    if (work === "forward later") return wait().then(() => begun(id, () => state.back.call.get()))
    if (work === "unstash") {
      self.unstashAll()
      for (const deferred of state.deferred.splice(0)) deferred.reply(1)
    }
    if (work !== "defer") return 1
    const deferred = self.defer<number>()
    state.deferred.push(deferred)
    return deferred
  }
  const tree = supervisor({
    intensity: 1000,
    children: {
      "app:back": back,
      "app:0": child(definition, { inbox: { capacity: 3 }, backoff: { initialMs: 10 } }),
      "app:1": child(definition, { inbox: { capacity: 2, overflow: "drop_oldest" }, backoff: { initialMs: 10 } }),
      "app:2": partitionSupervisor({ child: definition, partitions: 2, intensity: 1000 }),
      "app:3": pool(child(definition, { shutdown: 10 }), { size: 2, queue: 2 }),
    },
  })
  const { runtime, time } = await bootTree(tree, { tracer, policies: [OPEN], log: () => {} })
  const mailboxes = [
    await runtime.acquire("app:0"),
    await runtime.acquire("app:1"),
    await runtime.acquire("app:2", { key: "k" }),
    await runtime.acquire("app:3"),
  ]
  tracer.followed.length = 0
  for (const each of commands) {
    if (each.op === "ask") {
      const id = tracer.followed.length + 1
      const one: Seen = { id, postedAt: time.now(), settledAt: undefined, errorKind: undefined }
      const over = (errorKind?: string): void => {
        one.settledAt = time.now()
        one.errorKind = errorKind
      }
      seen.push(one)
      const abort = new AbortController()
      const options = { timeoutMs: each.timeoutMs, ...(each.isGivenUp ? { signal: abort.signal } : {}) }
      mailboxes[each.to]?.call.work({ work: each.work, id }, options).then(
        () => over(),
        (error) => over(error.kind),
      )
      if (each.isGivenUp) abort.abort()
    } else if (each.op === "cast") mailboxes[each.to]?.cast.work({ work: each.work, id: tracer.followed.length + 1 })
    else if (each.op === "kill") {
      const pid = runtime.whereis(`app:${each.to}`) ?? runtime.whereis(`app:${each.to}#0`)
      if (pid !== undefined && each.to < 2) runtime.exit(pid, "kill")
    } else if (each.op === "deny") runtime.security.setPolicies(each.isDenied ? [CLOSED, OPEN] : [OPEN])
    else if (each.op === "release") for (const latch of latches.splice(0)) latch.resolve()
    else if (each.op === "settle") await time.settle()
    else await time.advance(each.ms)
  }
  const stopped = runtime.stop({ timeoutMs: 50 })
  await time.advance(2000)
  await stopped
  for (const latch of latches.splice(0)) latch.resolve()
  await time.settle()

  const open = tracer.followed.filter(({ outcomes }) => outcomes.length !== 1)
  expect(open.map(({ target, operation, kind, outcomes }) => ({ target, operation, kind, outcomes }))).toEqual([])
  for (const { id, postedAt, settledAt, errorKind } of seen) {
    const followed = tracer.followed[id - 1]
    const [outcome] = followed?.outcomes ?? []
    expect({ id, errorKind: outcome?.errorKind }).toEqual({ id, errorKind })
    expect(outcome?.outcome === "answered").toBe(errorKind === undefined)
    if (outcome === undefined || settledAt === undefined) throw new Error("it is not settled")
    expect(Math.min(outcome.waitedMs, outcome.handledMs)).toBeGreaterThanOrEqual(0)
    expect(outcome.waitedMs + outcome.handledMs).toBeLessThanOrEqual(settledAt - postedAt)
  }
  for (const [id, parent] of expectedParents) {
    const { parentId, target } = tracer.followed[id - 1] ?? {}
    const asked = tracer.followed[parent - 1]
    // A worker's request is the pool's job's child, and what it asks its own.
    const handled = asked?.target === "app:3" ? tracer.followed.findIndex((each) => each.parentId === parent) + 1 : parent
    expect({ id, target, parentId }).toEqual({ id, target: "app:back", parentId: handled })
  }
}

it("ends each once, as it was", async () => {
  const property = fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.constantFrom(1, 3), run)
  await fc.assert(property, { ...seeds(150, 15) })
}, 60_000)
