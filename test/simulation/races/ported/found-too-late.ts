import {
  actor,
  child,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  type MailboxOf,
  type Runtime,
  registry,
  server,
  Unavailable,
} from "pigeonhole"

export const about = "A visitor looks for the owner of a key while a janitor is ending it, and greets who is no more (register or locate)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Porter = MailboxOf<typeof porter>

const lobby = server({ init: () => ({ greeted: 0 }), call: { greet: (state) => (state.greeted += 1) } })
const lobbies = registry<undefined, typeof lobby>({ keys: "unique" })
const porter = server({ init: () => ({}), call: { isWelcome: (_state, _name: string) => true } })

const locate = (rooms: DynamicSupervisorMailbox) => rooms.lookUpOrStart(lobbies, "lobby", child(lobby, { restart: "temporary" }), patient)

/** Finds the lobby, or has one opened; greets whoever is there. */
async function greetOnce(rooms: DynamicSupervisorMailbox, door: Porter, name: string): Promise<void> {
  const found = await locate(rooms)
  if (await door.call.isWelcome(name, patient)) await found.call.greet(undefined, patient)
}

function hotel(greet: typeof greetOnce) {
  const turnedAway: string[] = []
  const visitor = actor<string>(async (self, name) => {
    const rooms = await self.acquire<DynamicSupervisorMailbox>("hotel:rooms")
    const door = await self.acquire<Porter>("hotel:porter")
    await greet(rooms, door, name).catch((error: unknown) => turnedAway.push(`${name} (${error})`))
  })
  const janitor = actor(async (self) => {
    const rooms = await self.acquire<DynamicSupervisorMailbox>("hotel:rooms")
    const door = await self.acquire<Porter>("hotel:porter")
    const found = await locate(rooms)
    for (let floor = 1; floor <= 8; floor += 1) await door.call.isWelcome(`the janitor, on floor ${floor}`, patient)
    await rooms.terminateChild(found, patient)
  })
  return {
    tree: { "hotel:rooms": dynamicSupervisor(), "hotel:porter": porter },
    async run(runtime: Runtime): Promise<void> {
      const all = [runtime.spawn(visitor, "Ann"), runtime.spawn(janitor), runtime.spawn(visitor, "Bob")]
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return turnedAway.length === 0 ? undefined : `turned away: ${turnedAway.join(", ")}`
    },
  }
}

export function buggy() {
  return hotel(greetOnce)
}

/** Who was found may have ended since: then nobody has heard the greeting, and it is said to who is found now. */
export function fixed() {
  return hotel(async function greet(rooms, door, name): Promise<void> {
    try {
      await greetOnce(rooms, door, name)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      await greet(rooms, door, name)
    }
  })
}
