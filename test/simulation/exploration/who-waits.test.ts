/** Who waits for whom where nothing can go on: each is told of by what it waits for, and where they wait in a circle, that is drawn. */

import { type Application, explore } from "pigeonhole/simulation"
import { afterEach, describe, expect, it, vi } from "vitest"
import {
  actor,
  child,
  keyedLock,
  type MailboxOf,
  type ProcessSelf,
  type Runtime,
  type ServerSelf,
  type StoreMailbox,
  server,
  store,
} from "../../../actors/index.ts"
import type { KeyedLockMailbox } from "../../../actors/lock/keyed-lock-mailbox.ts"
import { only, patient, together } from "../../support/explored.ts"

type Self = ProcessSelf<unknown>

const never = (): Promise<never> => new Promise(() => {})
/** Waits for these, each by its name. */
const named =
  (works: Readonly<Record<string, (self: Self) => unknown>>) =>
  async (runtime: Runtime): Promise<unknown> => {
    const pids = Object.entries(works).map(([name, work]) =>
      runtime.spawn(
        actor(async (self: Self) => void (await work(self))),
        undefined,
        { name },
      ),
    )
    return Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
  }

async function stuckIn(make: () => Application) {
  const { failure, text, page } = await explore(make, { schedules: 200 })
  expect(failure, text).toMatchObject({ kind: "stuck" })
  const lines = /\n\nWho waits for whom\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? ""
  return { lines: lines.split("\n").map((line) => line.trim()), details: failure?.details, page }
}

describe("who waits for nobody's answer", () => {
  it("in a handler is told of, beside whoever waits for that", async () => {
    const deaf = server({ init: () => ({}), call: { ask: never } })
    const { lines, details, page } = await stuckIn(
      only((runtime) => runtime.spawn(deaf, undefined, { name: "deaf" }).call.ask(undefined, patient)),
    )
    expect(lines).toEqual(["the scenario waits for deaf to answer `ask`", "deaf waits as it handles `ask`, and for nobody's answer"])
    expect(page).toContain("<td>deaf</td><td>nobody&#39;s answer</td><td>as it handles `ask`</td>")
    expect(details).toBeUndefined()
  })

  it("in handlers side by side is told of by each of them", async () => {
    const deaf = server({ init: () => ({}), call: { one: never, two: never }, concurrency: 2 })
    const { lines } = await stuckIn(
      only((runtime) => {
        const { call } = runtime.spawn(deaf, undefined, { name: "deaf" })
        return Promise.all([call.one(undefined, patient), call.two(undefined, patient)])
      }),
    )
    expect(lines.slice(2)).toEqual(["one", "two"].map((name) => `deaf waits as it handles \`${name}\`, and for nobody's answer`))
  })

  it("owes an answer, and waits for nothing, where it has put that off", async () => {
    const later = server({ init: () => ({}), call: { ask: (_state, _none: undefined, self: ServerSelf) => self.defer() } })
    const { lines } = await stuckIn(only((runtime) => runtime.spawn(later, undefined, { name: "later" }).call.ask(undefined, patient)))
    expect(lines).toEqual(["the scenario waits for later to answer `ask`"])
  })

  it("in its start, or as it clears up, is told of by that", async () => {
    const begins = await stuckIn(only(() => {}, { tree: { "app:begins": server({ init: never }) } }))
    expect(begins.lines).toEqual(["app:begins waits in its start, and for nobody's answer"])
    expect(begins.details).toMatch(/^nobody waits for an answer: what is awaited is settled by nobody, or comes from outside, unseen\n/)
    const ends = child(server({ init: () => ({}), terminate: never }), { shutdown: "infinity" })
    expect((await stuckIn(only(() => {}, { tree: { "app:ends": ends } }))).lines).toEqual([
      "app:ends waits as it clears up, and for nobody's answer",
    ])
  })

  it("waits for a message, or for something of its own", async () => {
    const { lines } = await stuckIn(only(named({ ear: (self) => self.receive(), dreamer: never })))
    expect(lines).toEqual(["ear waits for a message", "dreamer waits, and for nobody's answer"])
  })
})

describe("who waits for what is outside", () => {
  it("is told of by what was called there", async () => {
    const { lines } = await stuckIn(only((_runtime, world) => world.external("bank", never)))
    expect(lines).toEqual(["the scenario waits for bank to answer `call`"])
  })

  it("is not, once that has answered", async () => {
    const { lines } = await stuckIn(
      only(async (_runtime, world) => {
        await world.external("bank", () => "paid")
        await world.external("post", () => Promise.reject(new Error("closed"))).catch(() => {})
        await never()
      }),
    )
    expect(lines).toEqual([""])
  })
})

describe("fake timers that a scenario has put in the places of the world's", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const hint = "others stand in the places of the world's setTimeout, setInterval, "
  const naps = server({ init: () => 0, call: { nap: () => new Promise((resolve) => setTimeout(resolve, 5)) } })

  it.each<[string, (runtime: Runtime) => unknown]>([
    ["it waits itself", () => new Promise((resolve) => setTimeout(resolve, 5))],
    [
      "one whom it asks does",
      (runtime) => together(runtime, async (self) => (await self.acquire<MailboxOf<typeof naps>>("app:naps")).call.nap(undefined, patient)),
    ],
  ])("are said to be why nothing goes on, where %s", async (_who, waits) => {
    const faking = only(
      (runtime) => {
        vi.useFakeTimers()
        return waits(runtime)
      },
      { tree: { "app:naps": naps } },
    )
    const { failure } = await explore(faking, { schedules: 3 })
    expect(failure).toMatchObject({ kind: "stuck", details: expect.stringContaining(hint) })
  })
})

describe("who waits for what another one holds", () => {
  const tree = { "app:locks": keyedLock(), "app:store": store<number>() }
  const locks = (self: Self) => self.acquire<KeyedLockMailbox>("app:locks")

  it("is told of by the key, and by who has it; a circle is drawn", async () => {
    const both = (first: string, second: string) => async (self: Self) => {
      const box = await locks(self)
      await box.hold(first, () => box.hold(second, () => {}, patient), patient)
    }
    const { lines, page } = await stuckIn(only(named({ ann: both("x", "y"), bob: both("y", "x") }), { tree }))
    expect(lines).toContain("ann waits for bob to give back `y`")
    expect(lines).toContain("bob waits for ann to give back `x`")
    expect(lines.at(-1)).toMatch(/^in a circle: (?:ann → bob → ann|bob → ann → bob)$/)
    expect(page).toContain("<td>ann</td><td>bob</td><td>to give back y</td>")
  })

  it("may be itself", async () => {
    const greedy = async (self: Self) => {
      const box = await locks(self)
      await box.hold("x", () => box.hold("x", () => {}, patient), patient)
    }
    const { lines } = await stuckIn(only(named({ greedy }), { tree }))
    expect(lines).toEqual([
      "greedy waits for app:locks to answer `take`",
      "greedy waits for greedy to give back `x`",
      "in a circle: greedy → greedy",
    ])
  })

  it("is told of no more once that was given back", async () => {
    const polite = async (self: Self) => {
      const box = await locks(self)
      await box.hold("x", () => {}, patient)
      await never()
    }
    const { lines } = await stuckIn(only(named({ ann: polite, bob: polite }), { tree }))
    expect(lines.filter((line) => line.includes("give back"))).toEqual([])
  })

  it("may be a lease of a store", async () => {
    const leases = async (self: Self) => {
      const box = await self.acquire<StoreMailbox<number>>("app:store")
      await box.lease("x", { ttl: Number.POSITIVE_INFINITY, wait: true }, patient)
      await never()
    }
    const { lines } = await stuckIn(only(named({ ann: leases, bob: leases }), { tree }))
    expect(lines.filter((line) => line.includes("give back"))).toEqual([
      expect.stringMatching(/^(?:ann waits for bob|bob waits for ann) to give back `x`$/),
    ])
  })
})
