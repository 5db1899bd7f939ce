/** Faults: each does what is said of it, falls no more often than is allowed, and not at all where none is asked for. */

import { type Application, explore, type Fault, type FaultOptions, replay, type Step, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  Mailbox,
  type MailboxOf,
  type ProcessSelf,
  type Runtime,
  type ServerSelf,
  server,
  start,
  supervisor,
} from "../../../actors/index.ts"
import { nothingFailed, patient, together } from "../../support/explored.ts"

/** What was noted of the schedules with a fault, and which faults there were: one list for each schedule. */
interface Seen {
  readonly faults: readonly Fault[]
  readonly notes: readonly string[]
}

/** Notes when it starts, works and ends. */
const workerOf = (notes: string[]) =>
  server({
    init: (_none: undefined, self: ServerSelf) => {
      notes.push(`start at ${self.now()}`)
      return {}
    },
    call: {
      work: (_state, _none: undefined, self: ServerSelf) => {
        notes.push(`work at ${self.now()}`)
        return self.now()
      },
      idle: () => {},
    },
    terminate: (_state, reason) => void notes.push(`terminate ${typeof reason === "string" ? reason : "error"}`),
  })
type Worker = MailboxOf<ReturnType<typeof workerOf>>

/** A worker below a supervisor, a caller that asks it twice, others that see to it that something waits for it, and what each notes. */
function application(notes: string[]) {
  const caller = actor(async (self) => {
    const { call } = await self.acquire<Worker>("app:worker")
    for (const [name, options] of [["first", {}] as const, ["second", patient] as const]) {
      await call.work(undefined, options).then(
        () => notes.push(`${name} answered at ${self.now()}`),
        (error: { readonly kind: string }) => notes.push(`${name} failed: ${error.kind}`),
      )
    }
  })
  const crowd = actor(async (self) => {
    const { call } = await self.acquire<Worker>("app:worker")
    await Promise.allSettled([1, 2, 3].map(() => call.idle(undefined, patient)))
  })
  const worker = child(workerOf(notes), { backoff: { initialMs: 10 } })
  return {
    tree: { "app:above": supervisor({ children: { "app:worker": worker } }) },
    async run(runtime: Runtime): Promise<void> {
      const others = runtime.whenEnded(runtime.spawn(crowd))
      const reason = await runtime.whenEnded(runtime.spawn(caller, undefined, { name: "caller" }))
      notes.push(`caller ended ${typeof reason === "string" ? reason : "error"}`)
      await others
    },
  }
}

/** How many schedules go before one that is looked at: what is known of a program by then says where faults can fall. */
const BEFORE = 4

/** Explores with those faults, and gives what was seen in the last schedule of each exploration. */
async function seenWith(faults: FaultOptions, explorations = 40): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let seed = 1; seed <= explorations; seed += 1) {
    const notes: string[] = []
    let made = 0
    const make = () => {
      made += 1
      notes.length = 0
      return { ...application(notes), check: () => made <= BEFORE }
    }
    const { failure } = await explore(make, { seed, shrink: false, strategy: "pos", faults })
    expect(failure).toMatchObject({ message: "the check gave false" })
    seen.push({ faults: failure?.steps.flatMap(({ fault }) => fault ?? []) ?? [], notes: [...notes] })
  }
  return seen
}

const count = (seen: Seen, kind: string): number => seen.faults.filter((fault) => fault.kind === kind).length
const withKind = (all: readonly Seen[], kind: string): readonly Seen[] => all.filter((seen) => count(seen, kind) > 0)
const kindsOf = (all: readonly Seen[]): string[] => [...new Set(all.flatMap(({ faults }) => faults.map(({ kind }) => kind)))].sort()
const noted = ({ notes }: Seen, text: string): number => notes.filter((note) => note.startsWith(text)).length

/** Two who ask a worker for what takes long, and then for what does not; a few schedules pass, and then one fails. */
function fallingUponWork(): () => Application {
  const worker = server({ init: () => 0, call: { slow: () => new Promise<void>((resolve) => setTimeout(resolve, 5)), quick: () => {} } })
  const client = async (self: ProcessSelf<unknown>) => {
    const { call } = await self.acquire<MailboxOf<typeof worker>>("app:worker")
    for (const request of [call.slow, call.quick]) await request(undefined, patient).catch(() => {})
  }
  let made = 0
  return () => {
    made += 1
    return { tree: { "app:worker": worker }, run: (runtime) => together(runtime, client, client), check: () => made <= BEFORE }
  }
}

/** Of which message of the worker's the fault fell, and when, as the steps before say. */
function momentOf(steps: readonly Step[]): Partial<Fault> {
  const before = steps.slice(
    0,
    steps.findIndex(({ fault }) => fault !== undefined),
  )
  const isWork = ({ what }: { readonly what: string }) => what === "slow" || what === "quick"
  const taken = before.flatMap(({ choice }) =>
    choice?.kind === "message" && choice.actor === "app:worker" && isWork(choice) ? choice : [],
  )
  const sent = before.flatMap((step) => step.sent.filter((each) => isWork(each)))
  const replies = sent.filter(({ kind }) => kind === "reply")
  const last = taken.at(-1)?.what ?? ""
  if (taken.length > replies.length) return { when: "during", what: last }
  if (before.at(-1)?.sent.some(({ kind }) => kind === "reply")) return { when: "after", what: last }
  const next = sent.filter(({ kind }) => kind === "request")[taken.length]
  return next === undefined ? { what: "" } : { when: "before", what: next.what }
}

describe("without faults", () => {
  it("none falls", async () => {
    expect(kindsOf(await seenWith({}, 20))).toEqual([])
    expect(kindsOf(await seenWith({ crash: 0, clockJump: false, inboxFull: 0 }, 20))).toEqual([])
  })
})

describe("while an application starts", () => {
  const desk = server({ init: () => 0, call: { ask: () => 1 } })
  /** Asks another, itself and by a task of its own. */
  const clerk = server({
    init: async (_none: undefined, self: ServerSelf) => {
      const { call } = await self.acquire<MailboxOf<typeof desk>>("app:desk")
      return [await call.ask(), await self.async(() => call.ask()).result()]
    },
  })
  const tree = { "app:above": supervisor({ children: { "app:desk": desk } }), "app:clerk": clerk }
  const applications = {
    "that is explored": () => ({ tree, run: () => {} }),
    "that the scenario starts": (world: World) => ({
      tree: {},
      run: async () => void (await (await start(tree, { host: world.host, log: () => {} })).stop()),
    }),
  }
  const all: FaultOptions = {
    crash: 2,
    callerDies: 1,
    givesUp: 1,
    slowHandler: 1,
    slowReply: 1,
    lostReply: 1,
    inboxFull: 0.2,
    startFails: 1,
  }

  it.each(Object.entries(applications))("nothing befalls what it waits for, of one %s", async (_which, make) => {
    for (const faults of [...Object.entries(all).map(([name, most]) => ({ [name]: most })), all])
      nothingFailed(await explore(make, { schedules: 60, faults }))
  })
})

describe("once an application has started", () => {
  it("who has had its turn while it did can be befallen, though nobody asks it any more", async () => {
    const room = server({ init: () => 0, call: { enter: () => "welcome" } })
    const host = server({ init: (_none: undefined, self: ServerSelf) => self.spawnLink(room, undefined), call: { room: (found) => found } })
    /** Keeps an address that is the host's present incarnation's. */
    const guest = server({
      init: async (_none: undefined, self: ServerSelf) => (await self.acquire<MailboxOf<typeof host>>("app:host")).call.room(),
      call: { enter: (found) => found.call.enter().catch(() => "nobody is there") },
    })
    const tree = { "app:host": host, "app:guest": guest }
    const visits = (host?: World["host"]) => async (runtime: Runtime) => {
      const started = host === undefined ? runtime : await start(tree, { host, log: () => {} })
      const { call } = (await started.acquire("app:guest", { as: Mailbox })) as MailboxOf<typeof guest>
      await call.enter().catch(() => {})
      const told = await call.enter().catch(() => "it is started again")
      if (host !== undefined) await started.stop()
      if (told === "nobody is there") throw new Error(told)
    }
    const explored = await explore(() => ({ tree, run: visits() }), { faults: { crash: 1 } })
    const other = await explore((world: World) => ({ tree: {}, run: visits(world.host) }), { faults: { crash: 1 } })
    for (const { failure } of [explored, other]) {
      expect(failure?.message).toContain("nobody is there")
      expect(failure?.steps.flatMap(({ fault }) => fault?.actor ?? [])).toEqual(["app:host"])
    }
  })
})

describe("crash", () => {
  it("ends a supervised process with an error, or kills it, and it is started again", async () => {
    const all = await seenWith({ crash: 1 })
    expect(kindsOf(all)).toEqual(["crash", "kill"])
    for (const seen of withKind(all, "crash")) expect([noted(seen, "start"), noted(seen, "terminate error")]).toEqual([2, 1])
    for (const seen of withKind(all, "kill")) expect([noted(seen, "start"), noted(seen, "terminate")]).toEqual([2, 0])
  })

  it("falls before, between and after its messages, and never more often than is allowed", async () => {
    const all = await seenWith({ crash: 2 })
    const counts = all.map((seen) => count(seen, "crash") + count(seen, "kill"))
    expect(Math.max(...counts)).toBe(2)
    const works = all
      .filter(({ faults }) => faults.length === 1)
      .map(({ notes }) => notes.findLastIndex((note) => note.startsWith("start")))
    expect(new Set(works).size).toBeGreaterThan(1)
  })

  it("is told with its moment, of a message: before it, at one of its awaits, after it", async () => {
    const moments = new Set<string>()
    for (let seed = 1; seed <= 80; seed += 1) {
      const { failure, text } = await explore(fallingUponWork(), { seed, shrink: false, strategy: "pos", faults: { crash: 2 } })
      const steps = failure?.steps ?? []
      const [first, ...others] = steps.flatMap(({ fault }) => fault ?? [])
      if (first === undefined) continue
      if (first.what !== "detach") expect(first).toMatchObject(momentOf(steps))
      for (const { kind, when } of [first, ...others]) moments.add(`${kind} ${when}`)
      if (first.when === "during") expect(text).toContain(`while it handles \`${first.what}\``)
    }
    for (const kind of ["crash", "kill"]) for (const when of ["before", "during", "after"]) expect(moments).toContain(`${kind} ${when}`)
  })

  it("befalls nobody who has crashed already, and clears up: such a one is killed, or ends", async () => {
    let told: string[] = []
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
    const worker = server({
      init: () => 0,
      call: { work: () => {} },
      terminate: async (_state, reason) => {
        told.push(typeof reason === "string" ? reason : "crash")
        await pause()
        await pause()
        told.push("cleared up")
      },
    })
    const run = (runtime: Runtime) =>
      together(runtime, async (self) => {
        const { call } = await self.acquire<MailboxOf<typeof worker>>("app:worker")
        for (let round = 0; round < 3; round += 1) await call.work(undefined, patient).catch(() => {})
      })
    const ends = new Set<string>()
    for (let seed = 1; seed <= 60; seed += 1) {
      let made = 0
      let atRest: readonly string[] = []
      const make = (): Application => {
        made += 1
        told = []
        const tree = { "app:worker": child(worker, { backoff: { initialMs: 5 } }) }
        const check = () => {
          // The one that fails: it is carried out again, and so may be the first.
          if (made === BEFORE + 1) atRest = [...told]
          return made <= BEFORE
        }
        return { tree, run, check }
      }
      const { failure } = await explore(make, { seed, shrink: false, strategy: "pos", faults: { crash: 2 } })
      const crashes = failure?.steps.filter(({ fault }) => fault?.kind === "crash").length
      expect(atRest.filter((each) => each === "crash")).toHaveLength(crashes ?? -1)
      ends.add(atRest.join(", "))
    }
    expect([...ends]).toContain("crash, cleared up, crash, cleared up")
    expect([...ends].some((each) => /^crash$|^crash, crash|crash$/.test(each))).toBe(true)
  })

  it("is told of by whom it befell", async () => {
    for (const { faults } of await seenWith({ crash: 1 }, 40)) for (const fault of faults) expect(fault.actor).toBe("app:worker")
  })
})

describe("callerDies", () => {
  it("kills a process that nobody restarts, and no other", async () => {
    const all = await seenWith({ callerDies: 1 })
    expect(kindsOf(all)).toEqual(["caller_dies"])
    const befallen = all.filter(({ faults }) => faults[0]?.actor === "caller")
    // Its end is a step: until then it may come to an end of its own.
    expect(befallen.some((seen) => noted(seen, "caller ended kill") === 1)).toBe(true)
    for (const seen of all) expect(noted(seen, "start")).toBe(1)
  })

  it("is told as nobody's doing: neither the scenario nor a supervisor has sent that", async () => {
    const waiting = (): Application => ({
      tree: { "app:desk": server({ init: () => 0, call: { ask: () => 1 } }) },
      async run(runtime) {
        const pid = runtime.spawn(
          actor(() => new Promise((resolve) => setTimeout(resolve, 10))),
          undefined,
          { name: "caller" },
        )
        if ((await runtime.whenEnded(pid)) !== "normal") throw new Error("it died")
      },
    })
    const { text } = await explore(waiting, { faults: { callerDies: 1 } })
    expect(text).toContain("caller dies with all that it holds")
    expect(text).toContain("caller handles its own `exit` (caller ended: killed)")
  })
})

describe("startFails", () => {
  it("fails a start, which is tried again; not the first one, which is the application's own", async () => {
    const all = await seenWith({ startFails: 1, crash: 1 })
    expect(kindsOf(all)).toContain("start_fails")
    for (const seen of withKind(all, "start_fails")) {
      expect(seen.faults.map(({ kind }) => kind)[0]).not.toBe("start_fails")
      expect(noted(seen, "caller ended normal")).toBe(1)
    }
  })
})

describe("startHangs", () => {
  it("fails no first start of another application that the scenario starts, either", async () => {
    let restarts = 0
    const other = (world: World) => ({
      tree: {},
      run: async () => {
        let starts = 0
        const crashing = server({
          init: () => {
            starts += 1
          },
          call: {
            crash: (): void => {
              throw new Error("wanted")
            },
            work: () => {},
          },
        })
        const children = { "app:crashing": child(crashing, { backoff: { initialMs: 0, maxMs: 0 } }) }
        await using runtime = await start({ "app:inner": supervisor({ children }) }, { host: world.host, log: () => {} })
        const { call } = await runtime.acquire("app:crashing")
        await call.crash(undefined, patient).catch(() => {})
        await call.work(undefined, patient).catch(() => {})
        restarts = Math.max(restarts, starts - 1)
      },
    })
    nothingFailed(await explore(other, { schedules: 200, faults: { startFails: 3 } }))
    expect(restarts).toBeGreaterThan(0)
  })

  it("has a process start only a minute later", async () => {
    const all = withKind(await seenWith({ startHangs: 1 }), "start_hangs")
    const workers = all.filter(({ faults }) => faults[0]?.actor === "app:worker")
    expect(workers.length).toBeGreaterThan(0)
    for (const { notes } of workers) expect(Number(notes[0]?.replace("start at ", ""))).toBeGreaterThanOrEqual(60_000)
  })
})

describe("givesUp", () => {
  it("ends a supervisor as if it had reached its limit, but not the one above all", async () => {
    const all = withKind(await seenWith({ givesUp: 1 }), "gives_up")
    expect(all.length).toBeGreaterThan(0)
    for (const { faults, notes } of all) {
      expect(faults[0]?.actor).toBe("app:above")
      expect(notes.filter((note) => note.startsWith("start"))).toHaveLength(2)
    }
  })
})

describe("givesUp, at any time", () => {
  it("befalls a supervisor while its children work, though nobody has anything to do with itself", async () => {
    const counter = server({ init: () => ({ count: 0 }), call: { next: (state: { count: number }) => ++state.count } })
    const ends = new Set<string>()
    const counting = (): Application => {
      const counted: number[] = []
      return {
        tree: { "app:above": supervisor({ children: { "app:counter": child(counter, { backoff: { initialMs: 5 } }) } }) },
        run: (runtime) =>
          together(runtime, async (self) => {
            for (let round = 0; round < 4; round += 1) {
              const mailbox = await self.acquire<MailboxOf<typeof counter>>("app:counter").catch(() => undefined)
              counted.push((await mailbox?.call.next(undefined, patient).catch(() => 0)) ?? 0)
            }
          }),
        check: () => void ends.add(counted.join(" ")),
      }
    }
    nothingFailed(await explore(counting, { faults: { givesUp: 1 }, schedules: 300 }))
    for (const begunAnew of [/1 .*1/, /1 2 .*1/]) expect([...ends].some((counted) => begunAnew.test(counted))).toBe(true)
  })
})

describe("slowHandler", () => {
  it("keeps a process from what waits for it for six seconds: longer than a request waits by default", async () => {
    const all = withKind(await seenWith({ slowHandler: 1 }), "slow_handler")
    expect(all.length).toBeGreaterThan(0)
    const isLate = ({ notes }: Seen): boolean => notes.some((note) => note === "first failed: TIMEOUT" || /^work at [6-9]\d{3}/.test(note))
    expect(all.some(isLate)).toBe(true)
    expect((await seenWith({}, 20)).some(({ notes }) => notes.some((note) => /^work at [6-9]\d{3}/.test(note)))).toBe(false)
  })

  it("befalls who has had nothing to do, and gets a message", async () => {
    const desk = server({ init: () => 0, call: { book: (_state, until: number, self: ServerSelf) => self.now() <= until } })
    const late = (): Application => ({
      tree: { "app:desk": desk },
      run: (runtime) =>
        together(runtime, async (self) => {
          const { call } = await self.acquire<MailboxOf<typeof desk>>("app:desk")
          if (!(await call.book(self.now() + 1000, patient))) throw new Error("booked too late")
        }),
    })
    const { failure } = await explore(late, { faults: { slowHandler: 1 }, schedules: 100 })
    expect(failure?.steps.flatMap(({ fault }) => fault ?? [])).toEqual([
      { kind: "slow_handler", actor: "app:desk", when: undefined, what: "book" },
    ])
  })
})

describe("slowReply", () => {
  it("holds an answer up for six seconds: who waits no longer gives up, who does gets it then", async () => {
    const all = withKind(await seenWith({ slowReply: 1 }), "slow_reply")
    const texts = all.map(({ notes }) => notes.join("; "))
    expect(texts.some((text) => text.includes("first failed: TIMEOUT"))).toBe(true)
    expect(texts.some((text) => /second answered at [6-9]\d{3}/.test(text))).toBe(true)
    for (const seen of all) expect(noted(seen, "second answered")).toBe(1)
  })
})

describe("lostReply", () => {
  it("never arrives, only where its asker's time is limited: that runs out", async () => {
    const all = withKind(await seenWith({ lostReply: 1 }), "lost_reply")
    expect(all.length).toBeGreaterThan(0)
    for (const seen of all) {
      expect([noted(seen, "first failed: TIMEOUT"), noted(seen, "second answered")]).toEqual([1, 1])
      expect(noted(seen, "work")).toBe(2)
    }
  })
})

describe("inboxFull", () => {
  it("refuses messages, each with that chance", async () => {
    const all = await seenWith({ inboxFull: 0.3 })
    expect(all.some((seen) => noted(seen, "first failed: RATE_LIMITED") + noted(seen, "second failed: RATE_LIMITED") > 0)).toBe(true)
    expect(all.some((seen) => noted(seen, "first answered") + noted(seen, "second answered") === 2)).toBe(true)
    const always = await seenWith({ inboxFull: 1 }, 10)
    for (const seen of always) expect([noted(seen, "work"), count(seen, "inbox_full") > 0]).toEqual([0, true])
  })

  it("is told as a step, and in the story", async () => {
    const tells = () => {
      const notes: string[] = []
      return { ...application(notes), check: () => !notes.includes("first failed: RATE_LIMITED") }
    }
    const { text, failure } = await explore(tells, { faults: { inboxFull: 0.3 } })
    expect(failure?.steps.flatMap(({ fault }) => fault?.kind ?? [])).toEqual(["inbox_full"])
    expect(text).toContain("[1]  the inbox of app:worker is full\n")
  })
})

describe("clockJump", () => {
  it("moves the clock by a minute, as often as is allowed", async () => {
    const all = await seenWith({ clockJump: 2 })
    expect(Math.max(...all.map((seen) => count(seen, "clock_jump")))).toBe(2)
    for (const seen of withKind(all, "clock_jump")) expect(seen.faults[0]).toMatchObject({ actor: "clock", kind: "clock_jump" })
  })
})

describe("policies", () => {
  it.each([
    [undefined, 1],
    [2, 2],
    [0, 0],
  ])("change so often at most, whatever decides: %s", async (policyChange, most) => {
    const policies: FaultOptions["policies"] = [[{ effect: "allow", actions: "*", resources: "*" }], []]
    const faults = policyChange === undefined ? { policies } : { policies, policyChange }
    // Whatever else there is to choose from.
    const schedule = `1.1.c.${Array.from({ length: 8 }, (_, at) => `${at}:1`).join(",")}.-`
    const { failure } = await replay(() => ({ ...application([]), check: () => false }), schedule, { faults })
    expect(failure?.steps.filter(({ fault }) => fault?.kind === "policy_change")).toHaveLength(most)
    expect(Math.max(...(await seenWith(faults, 15)).map((seen) => count(seen, "policy_change")))).toBe(most)
  })

  it("do not change where there are none", async () => {
    expect(kindsOf(await seenWith({ policyChange: 2 }, 5))).toEqual([])
  })

  it("change what is allowed, in between, to one of the sets", async () => {
    const notes = new Set<string>()
    const make = () => {
      const story: string[] = []
      const { tree } = application(story)
      return {
        tree,
        run: (runtime: Runtime) =>
          together(runtime, async (self) => {
            const mailbox = await self.acquire<Worker>("app:worker").catch(() => undefined)
            for (let step = 0; step < 3; step += 1) {
              await mailbox?.call.work(undefined, patient).then(
                () => story.push("allowed"),
                (error: { readonly kind: string }) => story.push(error.kind),
              )
            }
          }),
        check: () => void notes.add(story.filter((note) => !note.includes(" ")).join(" ")),
      }
    }
    const policies: FaultOptions["policies"] = [[{ effect: "deny", actions: "*", resources: "*" }]]
    nothingFailed(await explore(make, { schedules: 150, faults: { policies } }))
    expect([...notes]).toContain("allowed allowed allowed")
    expect([...notes].some((note) => /allowed PERMISSION_DENIED/.test(note))).toBe(true)
  })
})
