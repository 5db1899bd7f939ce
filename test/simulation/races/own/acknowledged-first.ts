import { actor, child, type MailboxOf, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A worker takes a letter off the tray and then delivers it; it crashes between the two, and nobody has the letter (acknowledged first)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const LETTERS = ["one", "two", "three"]
const MOST_TRIES = 12

type Tray = MailboxOf<typeof tray>
type Boxes = StoreMailbox<boolean>
type Deliver = (tray: Tray, boxes: Boxes, letter: string) => Promise<unknown>

const tray = server({
  init: () => [...LETTERS],
  call: {
    look: (letters) => letters[0],
    remove: (letters, letter: string) => {
      const place = letters.indexOf(letter)
      if (place >= 0) letters.splice(place, 1)
    },
  },
})

const postmanOf = (deliver: Deliver) =>
  server({
    init: async (_none: undefined, self) => ({
      from: await self.acquire<Tray>("post:tray"),
      boxes: await self.acquire<Boxes>("post:boxes"),
    }),
    call: {
      walk: async ({ from, boxes }): Promise<boolean> => {
        const letter = await from.call.look(undefined, patient)
        if (letter !== undefined) await deliver(from, boxes, letter)
        return letter !== undefined
      },
    },
  })

function post(deliver: Deliver) {
  const postman = postmanOf(deliver)
  /** Sends the postman until the tray is empty. */
  const master = actor(async (self) => {
    const walker = await self.acquire<MailboxOf<typeof postman>>("post:postman")
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const hasWalked = await walker.call.walk(undefined, patient).catch(() => true)
      if (!hasWalked) return
    }
  })
  return {
    tree: {
      "post:tray": child(tray, { state: "retain" }),
      "post:boxes": child(store<boolean>(), { state: "retain" }),
      "post:postman": postman,
    },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(master))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const boxes = await runtime.acquire("post:boxes", { as: StoreMailbox<boolean> })
      const delivered = await boxes.getMany(LETTERS, patient)
      const lost = LETTERS.filter((_letter, index) => delivered[index] !== true)
      return lost.length === 0 ? undefined : `the tray is empty, and nobody has had ${lost.join(", ")}`
    },
  }
}

export function buggy() {
  return post(async (from, boxes, letter) => {
    await from.call.remove(letter, patient)
    await boxes.set(letter, true, undefined, patient)
  })
}

/** What is not delivered stays where it is. */
export function fixed() {
  return post(async (from, boxes, letter) => {
    await boxes.set(letter, true, undefined, patient)
    await from.call.remove(letter, patient)
  })
}
