import { actor, type MailboxOf, pool, type Runtime, server } from "pigeonhole"

export const about =
  "A job has a part of it done by the pool that does the job; two such jobs have both workers, and wait for one (pool that waits for itself)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Press = MailboxOf<typeof press>

const printer = server({
  init: () => ({}),
  call: {
    price: () => 20,
    page: () => 1,
    /** `pages`: whom it asks for them. */
    book: async (_state, pages: string, self): Promise<number> => {
      const others = await self.acquire<Press>(pages)
      return (await others.call.page(undefined, patient)) + (await others.call.page(undefined, patient))
    },
  },
})
const press = pool(printer, { size: 2 })

function publisher(pages: string) {
  const author = actor<number>(async (self, looks) => {
    const books = await self.acquire<Press>("print:books")
    for (let look = 1; look <= looks; look += 1) await books.call.price(undefined, patient)
    await books.call.book(pages, patient)
  })
  return {
    tree: { "print:books": press, "print:pages": press },
    async run(runtime: Runtime): Promise<void> {
      const authors = [runtime.spawn(author, 0), runtime.spawn(author, 4)]
      await Promise.all(authors.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return undefined
    },
  }
}

export function buggy() {
  return publisher("print:books")
}

/** Who does the parts waits for nobody. */
export function fixed() {
  return publisher("print:pages")
}
