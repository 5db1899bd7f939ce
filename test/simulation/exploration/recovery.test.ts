/** Before anybody looks at the end, who was befallen is back: a look is at the application, and not at its restarts. */

import { explore, type FaultOptions, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { child, type MailboxOf, type Runtime, type ServerSelf, server } from "../../../actors/index.ts"
import { nothingFailed } from "../../support/explored.ts"

const hall = server({
  init: () => [] as string[],
  call: { buy: (sold, to: string) => sold.length === 0 && sold.push(to) > 0, sold: (sold) => sold.length },
})
type Hall = Runtime<{ "app:hall": MailboxOf<typeof hall> }>

const boxOffice = (look: (runtime: Hall, world: World) => unknown) => () => ({
  tree: { "app:hall": child(hall, { state: "retain" }) },
  async run(runtime: Hall) {
    const desk = await runtime.acquire("app:hall")
    await Promise.allSettled(["Ann", "Bob"].map((name) => desk.call.buy(name)))
  },
  check: look,
})

/** Something happens by it each 10 ms. */
const clock = server({ init: (_none: undefined, self: ServerSelf) => void self.every(10, "tick"), info: () => {} })

const befallen: readonly FaultOptions[] = [
  { crash: 3 },
  { crash: 1, startHangs: 1 },
  { crash: 1, startFails: 1 },
  { slowHandler: 2, slowReply: 1 },
]

describe("who was befallen", () => {
  it.each(befallen)("has its state again where somebody looks at the end (%o)", async (faults) => {
    const look = (_runtime: Hall, world: World): boolean => (world.stateOf("app:hall") as string[]).length <= 1
    nothingFailed(await explore(boxOffice(look), { faults, schedules: 400 }))
  })

  it.each(befallen)("answers in time who asks it then (%o)", async (faults) => {
    const look = async (runtime: Hall): Promise<boolean> => (await (await runtime.acquire("app:hall")).call.sold()) <= 1
    nothingFailed(await explore(boxOffice(look), { faults, schedules: 400 }))
  })

  it("is waited for, however much else goes on meanwhile", async () => {
    const look = async (runtime: Hall): Promise<boolean> => (await (await runtime.acquire("app:hall")).call.sold()) <= 1
    const busy = () => {
      const { tree, ...others } = boxOffice(look)()
      return { ...others, tree: { ...tree, "app:clock": clock } }
    }
    nothingFailed(await explore(busy, { faults: { crash: 1, startHangs: 1 }, schedules: 200 }))
  })

  it("is there in the end, however much else goes on meanwhile", async () => {
    const back = (world: World): boolean => world.stateOf("app:hall") !== undefined
    const busy = () => {
      const { tree, run } = boxOffice(() => true)()
      return { tree: { ...tree, "app:clock": clock }, run }
    }
    nothingFailed(await explore(busy, { faults: { crash: 1, startHangs: 1 }, schedules: 1000, eventually: { back } }))
  })

  it("keeps nobody from looking where it never comes back", async () => {
    let looked = 0
    const doomed = () => {
      let starts = 0
      const broken = server({
        init: () => {
          if (starts++ > 0) throw new Error("on purpose")
        },
        call: {
          fail: (): boolean => {
            throw new Error("on purpose")
          },
        },
      })
      return {
        tree: { "app:broken": broken },
        run: async (runtime: Runtime<{ "app:broken": MailboxOf<typeof broken> }>) =>
          void (await (await runtime.acquire("app:broken")).call.fail().catch(() => undefined)),
        check() {
          looked += 1
        },
      }
    }
    nothingFailed(await explore(doomed, { schedules: 20 }))
    expect(looked).toBeGreaterThanOrEqual(20)
  })

  it("makes no step where nothing has befallen anybody", async () => {
    const { coverage, failure } = await explore(
      boxOffice(() => true),
      { schedules: 1 },
    )
    expect([failure, coverage.steps]).toEqual([undefined, 8])
  })
})
