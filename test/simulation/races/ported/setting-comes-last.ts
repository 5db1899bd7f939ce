import { actor, type Deferred, type Runtime, server } from "pigeonhole"

export const about =
  "An import of twenty rows is booked in the usual currency where the one message that names another comes behind all of them (uneven lengths)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const ROWS = 20
const USUAL = "USD"

interface Ledger {
  rows: number
  currency: string | undefined
  closing: Deferred<string> | undefined
}
type Close = (state: Ledger, defer: () => Deferred<string>) => string | Deferred<string>

const ledgerOf = (close: Close) =>
  server({
    init: (): Ledger => ({ rows: 0, currency: undefined, closing: undefined }),
    call: {
      add: (state) => {
        state.rows += 1
      },
      close: (state, _none: undefined, self) => close(state, () => self.defer<string>()),
      setCurrency: (state, currency: string) => {
        state.currency = currency
        state.closing?.reply(currency)
      },
    },
  })

function books(close: Close) {
  const ledger = ledgerOf(close)
  const booked: string[] = []
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      const page = runtime.spawn(ledger)
      const setter = actor(async () => page.call.setCurrency("EUR", patient))
      const importer = actor(async () => {
        for (let row = 1; row <= ROWS; row += 1) await page.call.add(undefined, patient)
        booked.push(await page.call.close(undefined, patient))
      })
      const both = [runtime.spawn(setter), runtime.spawn(importer)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return booked[0] === "EUR" ? undefined : `the rows are in EUR, and were booked in ${booked[0]}`
    },
  }
}

export function buggy() {
  return books(({ currency = USUAL }) => currency)
}

/** What is needed is waited for. */
export function fixed() {
  return books((state, defer) => {
    if (state.currency !== undefined) return state.currency
    state.closing = defer()
    return state.closing
  })
}
