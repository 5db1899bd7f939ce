import { actor, type Runtime, StoreMailbox, store } from "pigeonhole"

export const about = "A display reads a price and then watches it; what was set between the two it never shows (read, then subscribe)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Prices = StoreMailbox<number>
type Watch = ReturnType<Prices["watch"]>

/** What it shows at the beginning, and the watch that tells of the rest; `isOver`: the shop had closed before it began. */
interface Beginning {
  readonly shown: number | undefined
  readonly watch: Watch
  readonly isOver: boolean
}

function shop(begin: (prices: Prices) => Promise<Beginning>) {
  const last: (number | undefined)[] = []
  const display = actor(async (self) => {
    const prices = await self.acquire<Prices>("shop:prices")
    let { shown, watch, isOver } = await begin(prices)
    while (!isOver) {
      const { value: event } = await watch.next()
      if (event?.type === "set" && event.key === "tea") shown = event.value as number
      isOver = event === undefined || event.key === "closed"
    }
    watch.close()
    last.push(shown)
  })
  const keeper = actor(async (self) => {
    const prices = await self.acquire<Prices>("shop:prices")
    for (const item of ["milk", "sugar", "bread", "salt", "rice"]) await prices.has(item, patient)
    await prices.set("tea", 5, undefined, patient)
    await prices.set("closed", 1, undefined, patient)
  })
  return {
    tree: { "shop:prices": store<number>() },
    async run(runtime: Runtime): Promise<void> {
      const prices = await runtime.acquire("shop:prices", { as: StoreMailbox<number> })
      await prices.set("tea", 3, undefined, patient)
      const both = [runtime.spawn(display), runtime.spawn(keeper)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return last[0] === 5 ? undefined : `tea is 5, and the display shows ${last[0]}`
    },
  }
}

export function buggy() {
  return shop(async (prices) => {
    const shown = await prices.get("tea", patient)
    const watch = prices.watch({ prefix: "" })
    return { shown, watch, isOver: await prices.has("closed", patient) }
  })
}

/** What is set once the watch has begun is told by it, so all that is read after is as new as that. */
export function fixed() {
  return shop(async (prices) => {
    const watch = prices.watch({ prefix: "" })
    const isOver = await prices.has("closed", patient)
    return { shown: await prices.get("tea", patient), watch, isOver }
  })
}
