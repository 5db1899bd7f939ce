/** Small bounds: a schedule may draw how little room an inbox has, and that a store removes one entry at a time. */

import { type Application, explore, type Fault, type FaultOptions, replay, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type MailboxOf, type Runtime, StoreMailbox, server, store } from "../../../actors/index.ts"
import { StoreState } from "../../../actors/store/store-state.ts"

const desk = server({ init: () => 0, call: { take: (taken) => taken + 1 } })

/** Three ask at once; `check` says who was refused. */
const asked =
  (inbox?: { readonly capacity: number }, check: (refused: readonly string[]) => unknown = (refused) => refused.join()) =>
  (): Application => {
    const refused: string[] = []
    const caller = actor<string>(async (self, name) => {
      const { call } = await self.acquire<MailboxOf<typeof desk>>("app:desk")
      await call.take().catch((error: { readonly kind: string }) => refused.push(`${name} ${error.kind}`))
    })
    return {
      tree: { "app:desk": inbox === undefined ? desk : child(desk, { inbox }) },
      async run(runtime: Runtime) {
        const callers = ["a", "b", "c"].map((name) => runtime.spawn(caller, name, { name }))
        await Promise.all(callers.map((pid) => runtime.whenEnded(pid)))
      },
      check: () => check(refused) || undefined,
    }
  }

const smallBounds: FaultOptions = { smallBounds: true }
const bounds = (steps: readonly { readonly fault: Fault | undefined }[] = []) =>
  steps.flatMap(({ fault }) => (fault?.kind === "small_inbox" || fault?.kind === "small_sweep" ? [fault] : []))

/** Which were drawn in the fifth schedule of each seed. */
async function drawn(make: (isLast: () => boolean) => () => Application, faults: FaultOptions): Promise<(readonly Fault[])[]> {
  const all: (readonly Fault[])[] = []
  for (let seed = 1; seed <= 40; seed += 1) {
    let made = 0
    const fifth = make(() => made >= 5)
    const counted = (): Application => {
      made += 1
      return fifth()
    }
    const { failure } = await explore(counted, { seed, shrink: false, strategy: "pos", faults })
    all.push(bounds(failure?.steps))
  }
  return all
}

describe("small bounds", () => {
  it("give a service room for one to three messages in some schedules, and are as made in others", async () => {
    const all = await drawn((isLast) => asked(undefined, () => (isLast() ? "looked at" : "")), smallBounds)
    expect(new Set(all.map((each) => each.map(({ actor, what }) => `${actor} ${what}`).join()))).toEqual(
      new Set(["", "app:desk 1", "app:desk 2", "app:desk 3"]),
    )
  })

  it("are drawn where they are asked for alone", async () => {
    for (const faults of [{}, { smallBounds: false }]) {
      expect((await explore(asked(), { schedules: 100, faults })).failure).toBeUndefined()
    }
  })

  it("find what does not expect a full inbox; the story says so, and the schedule's line repeats it", async () => {
    const { failure, text, schedule = "" } = await explore(asked(), { faults: smallBounds })
    expect(failure?.message).toMatch(/^[abc] RATE_LIMITED/)
    expect(bounds(failure?.steps)).toMatchObject([{ kind: "small_inbox", actor: "app:desk" }])
    expect(text).toMatch(/\[\d\] {2}the inbox of app:desk had room for [12]\n/)
    const again = await replay(asked(), schedule, { faults: smallBounds })
    expect(again.failure?.message).toBe(failure?.message)
    expect([bounds(again.failure?.steps), again.failure?.steps.length]).toEqual([bounds(failure?.steps), failure?.steps.length])
  })

  it("are left out of a failure that needs none", async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { failure } = await explore(
        asked(undefined, () => "always wrong"),
        { seed, strategy: "pos", faults: smallBounds },
      )
      expect(failure?.deviations).toEqual([])
    }
  })

  it("leave an inbox as it is of which the application says how much it holds", async () => {
    const { failure } = await explore(asked({ capacity: 5 }), { schedules: 100, faults: smallBounds })
    expect(failure).toBeUndefined()
  })

  it("have a store remove what is over one by one", async () => {
    const sizeOf = (world: World): number | undefined => {
      const state = world.stateOf("app:store")
      return state instanceof StoreState ? state.table.size : undefined
    }
    const forgets = (): Application => ({
      tree: { "app:store": child(store<number>(), { inbox: { capacity: 100 } }) },
      async run(runtime: Runtime) {
        const box = await runtime.acquire("app:store", { as: StoreMailbox })
        await box.setMany(Object.entries({ a: 1, b: 1, c: 1 }), { ttl: 1 })
        await new Promise((resolve) => setTimeout(resolve, 5000))
      },
    })
    const sometimes = { single: (world: World) => world.now > 1000 && sizeOf(world) === 1 }
    const options = { schedules: 60, sometimes }
    const told = async (faults: FaultOptions) => {
      const { failure, neverSeen } = await explore(forgets, { ...options, faults })
      return [failure?.message, neverSeen]
    }
    expect(await told({})).toEqual([undefined, ["single"]])
    expect(await told(smallBounds)).toEqual([undefined, []])
    const shown = await explore(forgets, { always: { single: (world) => !sometimes.single(world) }, faults: smallBounds })
    expect(shown.text).toContain("stores removed what was over one by one")
  })
})
