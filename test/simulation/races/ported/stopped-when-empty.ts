import {
  type AddressOf,
  actor,
  child,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  type Runtime,
  registry,
  server,
  Unavailable,
} from "pigeonhole"

export const about =
  "A keeper counts nobody in a room and has it stopped; who came in between the two is in a room that is no more (stop when idle)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Supervisor = DynamicSupervisorMailbox

const room = server({
  init: () => ({ guests: 0, heard: [] as string[] }),
  call: {
    guests: (state) => state.guests,
    enter: (state) => {
      state.guests += 1
    },
    say: (state, word: string) => {
      state.heard.push(word)
    },
    leaveIfEmpty: (state, _none: undefined, self) => {
      if (state.guests === 0) self.stop()
      return state.guests === 0
    },
  },
})
const rooms = registry<undefined, typeof room>({ keys: "unique" })
const locate = (supervisor: Supervisor) => supervisor.lookUpOrStart(rooms, "blue", child(room, { restart: "temporary" }), patient)

/** A room that has stopped while one was at its door has let nobody in: another is opened. */
async function enter(supervisor: Supervisor): Promise<AddressOf<typeof room>> {
  const found = await locate(supervisor)
  try {
    await found.call.enter(undefined, patient)
    return found
  } catch (error) {
    if (error instanceof Unavailable) return enter(supervisor)
    throw error
  }
}

function house(close: (supervisor: Supervisor, found: AddressOf<typeof room>) => Promise<unknown>) {
  const thrownOut: unknown[] = []
  const guest = actor(async (self) => {
    const supervisor = await self.acquire<Supervisor>("house:rooms")
    const here = await enter(supervisor)
    for (const word of ["good", "evening", "all"]) await here.call.say(word, patient).catch((error) => thrownOut.push(error))
  })
  const keeper = actor(async (self) => {
    const supervisor = await self.acquire<Supervisor>("house:rooms")
    const found = await locate(supervisor)
    for (let look = 1; look <= 6; look += 1) await supervisor.countChildren(patient)
    await close(supervisor, found)
  })
  return {
    tree: { "house:rooms": dynamicSupervisor() },
    async run(runtime: Runtime): Promise<void> {
      const all = [runtime.spawn(guest), runtime.spawn(keeper)]
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return thrownOut.length === 0 ? undefined : `a guest who had come in was thrown out: ${thrownOut[0]}`
    },
  }
}

export function buggy() {
  return house(async (supervisor, found) => {
    if ((await found.call.guests(undefined, patient)) === 0) await supervisor.terminateChild(found, patient)
  })
}

/** The room looks and goes in one step. */
export function fixed() {
  return house((_supervisor, found) => found.call.leaveIfEmpty(undefined, patient))
}
