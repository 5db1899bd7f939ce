import { type AddressOf, actor, type ProcessSelf, type Runtime, server } from "pigeonhole"

export const about =
  "A key to a room runs out while its holder is inside; when he gives it back, it is the next one's, and a third is let in (double release)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const HELD_MS = 100
const WORK_MS = 60
const WAIT_MS = 40
const MOST_TRIES = 6

interface Keys {
  holder: string | undefined
  /** Who was given the key, and has neither given it back nor had it for too long. */
  readonly rightful: Set<string>
  readonly clashes: string[]
}
interface RanOut {
  readonly type: "ran out"
  readonly name: string
}

const porterOf = (isHolders: (name: string, holder: string | undefined) => boolean) =>
  server({
    init: (): Keys => ({ holder: undefined, rightful: new Set(), clashes: [] }),
    call: {
      take: (state, name: string, self) => {
        if (state.holder !== undefined) return false
        if (state.rightful.size > 0) state.clashes.push(`${name} beside ${[...state.rightful].join()}`)
        state.holder = name
        state.rightful.add(name)
        self.after(HELD_MS, { type: "ran out", name } satisfies RanOut, { key: name })
        return true
      },
      giveBack: (state, name: string, self) => {
        self.cancelTimer(name)
        state.rightful.delete(name)
        if (isHolders(name, state.holder)) state.holder = undefined
      },
      clashes: (state) => state.clashes,
    },
    info: (state, message) => {
      const { name } = message as RanOut
      state.rightful.delete(name)
      if (state.holder === name) state.holder = undefined
    },
  })

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

function house(isHolders: (name: string, holder: string | undefined) => boolean) {
  const porter = porterOf(isHolders)
  let desk: AddressOf<typeof porter>
  const guest = actor<string>(async (self, name) => {
    let isIn = await desk.call.take(name, patient)
    for (let attempt = 1; !isIn && attempt < MOST_TRIES; attempt += 1) {
      await pause(self, WAIT_MS)
      isIn = await desk.call.take(name, patient)
    }
    if (!isIn) return
    await pause(self, WORK_MS)
    await desk.call.giveBack(name, patient)
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      desk = runtime.spawn(porter)
      const guests = ["Ann", "Bob", "Eve"].map((name) => runtime.spawn(guest, name))
      await Promise.all(guests.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const [clash] = await desk.call.clashes(undefined, patient)
      return clash && `two have the key to one room: ${clash}`
    },
  }
}

export function buggy() {
  return house(() => true)
}

/** Given back is what one has. */
export function fixed() {
  return house((name, holder) => name === holder)
}
