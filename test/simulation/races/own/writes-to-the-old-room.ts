import { type AddressOf, actor, type MailboxOf, type Runtime, type Strategy, server, supervisor } from "pigeonhole"

export const about =
  "A clerk has the address of a room that its manager has made; the manager crashes, has another room, and the clerk writes to the old one for ever (address of a former incarnation)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

const room = server({ init: () => ({ notes: 0 }), call: { note: (state) => ++state.notes } })
const manager = server({
  init: (_none: undefined, self) => ({ room: self.spawnLink(room, undefined) }),
  call: { room: (state) => state.room },
})
const clerk = server({
  init: async (_none: undefined, self): Promise<{ readonly room: AddressOf<typeof room> }> => {
    const above = await self.acquire<MailboxOf<typeof manager>>("office:manager")
    return { room: await above.call.room(undefined, patient) }
  },
  call: {
    note: (state): Promise<boolean> =>
      state.room.call.note(undefined, patient).then(
        () => true,
        () => false,
      ),
  },
})

function office(strategy: Strategy) {
  const noted: (boolean | undefined)[] = []
  const customer = actor(async (self) => {
    const desk = await self.acquire<MailboxOf<typeof clerk>>("office:clerk")
    noted.push(await desk.call.note(undefined, patient).catch(() => undefined))
  })
  return {
    tree: { "office:all": supervisor({ strategy, children: { "office:manager": manager, "office:clerk": clerk } }) },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(customer))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      await runtime.whenEnded(runtime.spawn(customer))
      return noted.at(-1) === false ? "there is a room, and the clerk writes to another that is no more" : undefined
    },
  }
}

export function buggy() {
  return office("one_for_one")
}

/** Who has been given something by the manager is started again with it. */
export function fixed() {
  return office("rest_for_one")
}
