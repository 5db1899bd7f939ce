import { actor, type MailboxOf, type ProcessSelf, type Runtime } from "pigeonhole"
import { statechart } from "pigeonhole/xstate"
import { createMachine } from "xstate"

export const about = "Who goes green looks first whether the other light is red; both have looked before either has gone (interlock)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const GREEN_MS = 20
const ROUNDS = 3

type Event = { type: "WISH" } | { type: "GO" } | { type: "STOP" }
const light = statechart(
  createMachine({
    types: {} as { events: Event },
    initial: "red",
    states: {
      red: { on: { WISH: "waiting", GO: "green" } },
      waiting: { on: { GO: "green", STOP: "red" } },
      green: { on: { STOP: "red" } },
    },
  }),
)
type Light = MailboxOf<typeof light>
/** Before it looks at the other one. */
type Before = (own: Light) => unknown

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

function crossing(before: Before) {
  const green = new Set<string>()
  const clashes: string[] = []
  const guard = actor<{ readonly own: string; readonly other: string; readonly redMs: number }>(async (self, { own, other, redMs }) => {
    const mine = await self.acquire<Light>(own)
    const theirs = await self.acquire<Light>(other)
    for (let round = 1; round <= ROUNDS; round += 1) {
      await pause(self, redMs)
      await before(mine)
      if ((await theirs.snapshot(patient)).value === "red") {
        await mine.transition({ type: "GO" }, patient)
        green.add(own)
        if (green.size > 1) clashes.push([...green].join(" and "))
        await pause(self, GREEN_MS)
        green.delete(own)
      }
      await mine.transition({ type: "STOP" }, patient)
    }
  })
  return {
    tree: { "road:north": light, "road:east": light },
    async run(runtime: Runtime): Promise<void> {
      const guards = [
        runtime.spawn(guard, { own: "road:north", other: "road:east", redMs: 50 }),
        runtime.spawn(guard, { own: "road:east", other: "road:north", redMs: 90 }),
      ]
      await Promise.all(guards.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return clashes[0] && `green at once: ${clashes[0]}`
    },
  }
}

export function buggy() {
  return crossing(() => {})
}

/** Who looks has said before that it wants to go; where both have, neither does. */
export function fixed() {
  return crossing((own) => own.transition({ type: "WISH" }, patient))
}
