/** Processes of two runtimes of a world that are called the same are two: in whatever may happen next, and in what is told of it. */

import { type Application, explore, type Report, type World } from "pigeonhole/simulation"
import { describe, expect, it, vi } from "vitest"
import { type MailboxOf, server, start } from "../../../actors/index.ts"
import { ProcessTimer } from "../../../src/kernel/process-timer.ts"
import { nothingFailed, outcomesOf, patient } from "../../support/explored.ts"

const OTHERS = "app:desk of the 2nd runtime"

type Note = (note: string) => void

/** Notes that it has begun, and that its timer has ticked. */
function deskOf(runtime: string, atMs: number, note: Note) {
  return server({
    init: (_none: undefined, self) => {
      note(`${runtime} began`)
      self.after(atMs, "tick")
      return { count: 0 }
    },
    call: { add: (state) => (state.count += 1) },
    info: () => note(runtime),
  })
}

type Desk = ReturnType<typeof deskOf>
interface Acquiring {
  acquire(id: string): Promise<unknown>
}

/** A desk in the application's runtime, and one in another that the scenario starts; each is asked once. */
function desks(look: (notes: readonly string[]) => string | undefined) {
  return (world: World): Application => {
    const notes: string[] = []
    const note: Note = (text) => void notes.push(text)
    return {
      tree: { "app:desk": deskOf("own", 10, note) },
      async run(own) {
        await using other = await start({ "app:desk": deskOf("other", 10, note) }, { host: world.host, log: () => {} })
        for (const runtime of [own, other] as unknown as Acquiring[]) {
          const box = (await runtime.acquire("app:desk")) as MailboxOf<Desk>
          await box.call.add(undefined, patient).catch(() => {})
        }
      },
      check: () => look(notes),
    }
  }
}

/** Who has begun anew, where that is wrong. */
const anew = (runtime: string) =>
  explore(
    desks((notes) => (notes.filter((note) => note === `${runtime} began`).length > 1 ? "began anew" : undefined)),
    { schedules: 200, faults: { crash: 1 } },
  )
/** Whom it has fallen upon, and who had done something last. */
const fallenOf = ({ failure }: Report) =>
  failure?.steps.flatMap(({ fault, index }) => (fault === undefined ? [] : [[fault.actor, failure.steps[index - 1]?.choice?.actor]]))

describe("two of one label in two runtimes", () => {
  it("have timers of their own: those of the one may be late while those of the other are not", async () => {
    let fired: number[] = []
    const { expired } = ProcessTimer.prototype
    const spy = vi.spyOn(ProcessTimer.prototype, "expired").mockImplementation(function (this: ProcessTimer) {
      fired.push(this.deadline)
      expired.call(this)
    })
    const ticks = (order?: "runtime") =>
      outcomesOf(
        async (_own, world, notes) => {
          fired = []
          const at = async (atMs: number) => {
            const { promise, resolve } = Promise.withResolvers<void>()
            const desk = deskOf("desk", atMs, (text) => text === "desk" && resolve())
            const runtime = await start({ "app:desk": desk }, { host: world.host, log: () => {} })
            return { runtime, promise }
          }
          const desks = [await at(10), await at(20)]
          for (const { promise } of desks) await promise
          notes.push(fired.toSorted((one, other) => one - other)[0] === fired[0] ? "in order" : "one is late")
          for (const { runtime } of desks) await runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY })
        },
        { schedules: 100, ...(order === undefined ? {} : { order }) },
      )
    expect(await ticks()).toEqual(["in order", "one is late"])
    expect(await ticks("runtime")).toEqual(["in order"])
    spy.mockRestore()
  })

  it("fail apart: a fault is told of the one that it falls upon", async () => {
    expect(fallenOf(await anew("own"))).toEqual([["app:desk", "app:desk"]])
    expect(fallenOf(await anew("other"))).toEqual([[OTHERS, OTHERS]])
  })

  it("are told apart by the story, the diagram and the page; who has no namesake is called by the label alone", async () => {
    const report = await anew("other")
    expect(report.text).toMatch(/app:desk of the 2nd runtime ended: (killed|SimulatedCrash)/)
    expect(report.text).toMatch(/scenario +app:desk +root of the 2nd runtime +app:desk of…2nd runtime/)
    expect(report.page).toContain(OTHERS)
    const single = await explore(
      desks((notes) => (notes.includes("own began") ? "began" : undefined)),
      { schedules: 1 },
    )
    expect(single.failure?.steps.some(({ choice }) => choice?.actor === "app:desk")).toBe(true)
  })

  it("go on being what they are called: all is right, and the same twice", async () => {
    nothingFailed(
      await explore(
        desks(() => undefined),
        { schedules: 100, faults: { crash: 2, slowReply: 1 } },
      ),
    )
  })
})
