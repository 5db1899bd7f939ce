import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "An office that closes hangs up all of its lines, but for the one that it is dialing: nobody hangs that up (stop during a start)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
interface Office {
  isClosed: boolean
  readonly lines: number[]
}
type Exchange = MailboxOf<typeof exchange>
type Opened = (state: Office, line: number, hangUp: () => Promise<unknown>) => unknown

const exchange = server({
  init: () => ({ given: 0, up: new Set<number>() }),
  call: {
    dial: (state): number => {
      state.given += 1
      state.up.add(state.given)
      return state.given
    },
    hangUp: (state, line: number) => void state.up.delete(line),
    up: (state) => [...state.up],
  },
})

/** Serves others while one line is dialed. */
const officeOf = (opened: Opened) =>
  server({
    init: (): Office => ({ isClosed: false, lines: [] }),
    concurrency: 3,
    call: {
      open: async (state, _none: undefined, self): Promise<boolean> => {
        if (state.isClosed) return false
        const lines = await self.acquire<Exchange>("phone:exchange")
        const line = await lines.call.dial(undefined, patient)
        await opened(state, line, () => lines.call.hangUp(line, patient))
        return !state.isClosed
      },
      close: async (state, _none: undefined, self): Promise<void> => {
        state.isClosed = true
        const lines = await self.acquire<Exchange>("phone:exchange")
        for (const line of state.lines.splice(0)) await lines.call.hangUp(line, patient)
      },
    },
  })

function phone(opened: Opened) {
  const office = officeOf(opened)
  const clerk = actor(async (self) => {
    const desk = await self.acquire<MailboxOf<typeof office>>("phone:office")
    for (let nth = 1; nth <= 2; nth += 1) await desk.call.open(undefined, patient)
  })
  const owner = actor(async (self) => {
    const desk = await self.acquire<MailboxOf<typeof office>>("phone:office")
    const lines = await self.acquire<Exchange>("phone:exchange")
    for (let look = 1; look <= 8; look += 1) await lines.call.up(undefined, patient)
    await desk.call.close(undefined, patient)
  })
  const up: number[] = []
  const auditor = actor(async (self) => {
    const lines = await self.acquire<Exchange>("phone:exchange")
    up.push(...(await lines.call.up(undefined, patient)))
  })
  return {
    tree: { "phone:exchange": exchange, "phone:office": office },
    async run(runtime: Runtime): Promise<void> {
      const both = [runtime.spawn(clerk), runtime.spawn(owner)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
      await runtime.whenEnded(runtime.spawn(auditor))
    },
    async check(): Promise<string | undefined> {
      return up.length === 0 ? undefined : `the office is closed, and these lines are up: ${up.join(", ")}`
    },
  }
}

export function buggy() {
  return phone((state, line) => state.lines.push(line))
}

/** It may have closed while the line was dialed. */
export function fixed() {
  return phone((state, line, hangUp) => (state.isClosed ? hangUp() : state.lines.push(line)))
}
