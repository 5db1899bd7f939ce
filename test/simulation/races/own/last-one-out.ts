import { type AddressOf, actor, type Runtime, server } from "pigeonhole"

export const about =
  "Who leaves last sees that nobody is left, and turns off the light; somebody has come in between, and sits in the dark (reference count)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const room = server({
  init: () => ({ people: 0, light: false, dark: 0 }),
  call: {
    enter: (state) => {
      state.people += 1
    },
    leave: (state) => {
      state.people -= 1
      return state.people
    },
    on: (state) => {
      state.light = true
    },
    off: (state) => {
      state.light = false
    },
    enterAndOn: (state) => {
      state.people += 1
      state.light = true
    },
    leaveAndOff: (state) => {
      state.people -= 1
      if (state.people === 0) state.light = false
    },
    read: (state) => {
      if (!state.light) state.dark += 1
      return state.light
    },
    dark: (state) => state.dark,
  },
})

type Room = AddressOf<typeof room>
type Step = (hall: Room) => Promise<unknown>

function library(come: Step, go: Step) {
  let hall: Room
  /** Who comes later has longer to go, and more to read. */
  const visitor = actor<number>(async (_self, pages) => {
    for (let wait = 1; wait < pages; wait += 1) await hall.call.dark(undefined, patient)
    await come(hall)
    for (let page = 1; page <= pages; page += 1) await hall.call.read(undefined, patient)
    await go(hall)
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      hall = runtime.spawn(room)
      const all = [1, 2, 3].map((pages) => runtime.spawn(visitor, pages))
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const dark = await hall.call.dark(undefined, patient)
      return dark === 0 ? undefined : `${dark} pages were read in the dark`
    },
  }
}

export function buggy() {
  return library(
    async (hall) => {
      await hall.call.enter(undefined, patient)
      await hall.call.on(undefined, patient)
    },
    async (hall) => {
      if ((await hall.call.leave(undefined, patient)) === 0) await hall.call.off(undefined, patient)
    },
  )
}

/** Who counts turns the light on and off in the same step. */
export function fixed() {
  return library(
    (hall) => hall.call.enterAndOn(undefined, patient),
    (hall) => hall.call.leaveAndOff(undefined, patient),
  )
}
