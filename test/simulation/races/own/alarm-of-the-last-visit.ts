import { type AddressOf, actor, type ProcessSelf, type Runtime, server } from "pigeonhole"

export const about =
  "A guest's time is watched by an alarm that nobody turns off when he goes; it rings in his next visit, which has just begun (old timer)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const STAY_MS = 100
const PAUSE_MS = 70

type Alarm = AddressOf<typeof alarm>
interface Order {
  readonly bath: AddressOf<ReturnType<typeof bathOf>>
  readonly visit: number
}

/** Tells a bath that a stay is over. */
const alarm = server({
  init: () => ({}),
  cast: { set: (_state, order: Order, self) => void self.after(STAY_MS, order) },
  info: (_state, message) => {
    const { bath, visit } = message as Order
    bath.cast.over(visit)
  },
})

interface Bath {
  visit: number
  isTaken: boolean
  since: number
  readonly cutShort: number[]
}

const bathOf = (isMeant: (visit: number, state: Bath) => boolean) =>
  server({
    init: (): Bath => ({ visit: 0, isTaken: false, since: 0, cutShort: [] }),
    call: {
      enter: (state, _none: undefined, self): number => {
        state.visit += 1
        state.isTaken = true
        state.since = self.now()
        return state.visit
      },
      isTaken: (state) => state.isTaken,
      leave: (state) => {
        state.isTaken = false
      },
      cutShort: (state) => state.cutShort,
    },
    cast: {
      over: (state, visit: number, self) => {
        if (!state.isTaken || !isMeant(visit, state)) return
        state.isTaken = false
        if (self.now() - state.since < STAY_MS) state.cutShort.push(visit)
      },
    },
  })

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

function spa(isMeant: (visit: number, state: Bath) => boolean) {
  const bath = bathOf(isMeant)
  let tub: AddressOf<typeof bath>
  let bell: Alarm
  const guest = actor(async (self) => {
    for (let nth = 1; nth <= 2; nth += 1) {
      const visit = await tub.call.enter(undefined, patient)
      bell.cast.set({ bath: tub, visit })
      await tub.call.isTaken(undefined, patient)
      await tub.call.leave(undefined, patient)
      await pause(self, PAUSE_MS)
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      tub = runtime.spawn(bath)
      bell = runtime.spawn(alarm)
      await runtime.whenEnded(runtime.spawn(guest))
    },
    async check(): Promise<string | undefined> {
      const cut = await tub.call.cutShort(undefined, patient)
      return cut.length === 0 ? undefined : `the alarm of visit ${cut[0]} has ended another, before its time`
    },
  }
}

export function buggy() {
  return spa(() => true)
}

/** Each alarm says which visit it is for. */
export function fixed() {
  return spa((visit, state) => visit === state.visit)
}
