import { actor, type MailboxOf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A mirror is fed by a watch; who has set a price and asks the mirror for it is told the one before (reads of one's own writes)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Prices = StoreMailbox<number>
type Mirror = MailboxOf<typeof mirror>

const mirror = server({
  init: () => new Map<string, number>(),
  call: { price: (prices, item: string) => prices.get(item) },
  cast: { note: (prices, { item, price }: { readonly item: string; readonly price: number }) => void prices.set(item, price) },
})

function shop(priceOf: (item: string, mirror: Mirror, prices: Prices) => Promise<number | undefined>) {
  const told: (number | undefined)[] = []
  /** Tells the mirror of all that is set, until the shop is closed. */
  const feeder = actor<{ readonly ready: () => void }>(async (self, { ready }) => {
    const prices = await self.acquire<Prices>("shop:prices")
    const copy = await self.acquire<Mirror>("shop:mirror")
    const watch = prices.watch({ prefix: "" })
    await prices.has("closed", patient)
    ready()
    for await (const event of watch) {
      if (event.type !== "set" || event.key === "closed") break
      copy.cast.note({ item: event.key, price: event.value as number })
    }
    watch.close()
  })
  const manager = actor(async (self) => {
    const prices = await self.acquire<Prices>("shop:prices")
    const copy = await self.acquire<Mirror>("shop:mirror")
    for (const price of [4, 5]) await prices.set("tea", price, undefined, patient)
    for (const item of ["milk", "sugar", "bread", "salt", "rice", "oats", "eggs", "figs"]) await prices.has(item, patient)
    told.push(await priceOf("tea", copy, prices))
    await prices.set("closed", 1, undefined, patient)
  })
  return {
    tree: { "shop:prices": store<number>(), "shop:mirror": mirror },
    async run(runtime: Runtime): Promise<void> {
      const { promise: isFed, resolve: ready } = Promise.withResolvers<void>()
      const feeding = runtime.spawn(feeder, { ready })
      await isFed
      await runtime.whenEnded(runtime.spawn(manager))
      await runtime.whenEnded(feeding)
    },
    async check(): Promise<string | undefined> {
      return told[0] === 5 ? undefined : `tea was set to 5, and the mirror says ${told[0]}`
    },
  }
}

export function buggy() {
  return shop((item, copy) => copy.call.price(item, patient))
}

/** What must be as new as one's own writes is read where they were made. */
export function fixed() {
  return shop((item, _mirror, prices) => prices.get(item, patient))
}
