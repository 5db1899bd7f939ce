import { actor, type MailboxOf, type Runtime, type Self, StoreMailbox, server, store } from "pigeonhole"

export const about = "Two guests ask the store whether a room has a booking, then set their own: both saw none (check-then-act)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
interface Wish {
  readonly room: string
  readonly guest: string
}

const book = async (bookings: StoreMailbox<string>, { room, guest }: Wish): Promise<boolean> => {
  if (await bookings.has(room, patient)) return false
  return bookings.set(room, guest, undefined, patient)
}

/** The only one that books, one wish after the other. */
const desk = server({
  init: (_none: undefined, self) => self.acquire<StoreMailbox<string>>("hotel:bookings"),
  call: { book: (bookings, wish: Wish) => book(bookings, wish) },
})

function hotel(bookAs: (self: Self, wish: Wish) => Promise<boolean>) {
  const confirmed: string[] = []
  const guest = actor<Wish & { readonly first: readonly string[] }>(async (self, { room, guest, first }) => {
    const bookings = await self.acquire<StoreMailbox<string>>("hotel:bookings")
    for (const better of first) await bookings.has(`closed:${better}`, patient)
    if (await bookAs(self, { room, guest })) confirmed.push(guest)
  })
  return {
    tree: { "hotel:bookings": store<string>(), "hotel:desk": desk },
    async run(runtime: Runtime): Promise<void> {
      const ann = runtime.spawn(guest, { room: "attic", guest: "Ann", first: [] })
      const bob = runtime.spawn(guest, { room: "attic", guest: "Bob", first: ["tower", "suite", "cellar", "garden"] })
      await Promise.all([runtime.whenEnded(ann), runtime.whenEnded(bob)])
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const bookings = await runtime.acquire("hotel:bookings", { as: StoreMailbox<string> })
      const holder = await bookings.get("attic", patient)
      if (confirmed.length === 1 && confirmed[0] === holder) return undefined
      return `the attic was confirmed to ${confirmed.join(" and ") || "nobody"}, and is booked for ${holder}`
    },
  }
}

export function buggy() {
  return hotel(async (self, wish) => book(await self.acquire<StoreMailbox<string>>("hotel:bookings"), wish))
}

export function fixed() {
  return hotel(async (self, wish) => {
    const front = await self.acquire<MailboxOf<typeof desk>>("hotel:desk")
    return front.call.book(wish, patient)
  })
}
