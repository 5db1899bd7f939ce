import { actor, type MailboxOf, type Pid, type ProcessSelf, type Runtime, server } from "pigeonhole"

export const about =
  "A printer knows the last order that it has printed and no other; one that is sent again, as its note came late, is printed twice where another came between (deduplication by the last one)"
export const needs = ["timers"]

const PATIENCE_MS = 100
const MOST_TRIES = 3

interface Order {
  readonly id: string
  readonly by: Pid
}

const printer = (remembers: number, sheets: string[]) =>
  server({
    init: () => ({ known: [] as string[] }),
    cast: {
      print: (state, { id, by }: Order, self) => {
        if (!state.known.includes(id)) {
          sheets.push(id)
          state.known = [...state.known, id].slice(-remembers)
        }
        self.tell(by, "done")
      },
    },
  })
type Printer = MailboxOf<ReturnType<typeof printer>>

/** Whether the note came before its time was over. */
const noteOf = async (self: ProcessSelf<unknown>): Promise<boolean> => {
  self.after(PATIENCE_MS, "time is over", { key: "patience" })
  const message = await self.receive((each) => each === "done" || each === "time is over")
  self.cancelTimer("patience")
  return message === "done"
}

function office(remembers: number) {
  const sheets: string[] = []
  const clerk = actor<string>(async (self, id) => {
    const desk = await self.acquire<Printer>("office:printer")
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      desk.cast.print({ id, by: self.pid })
      if (await noteOf(self)) return
    }
  })
  return {
    tree: { "office:printer": printer(remembers, sheets) },
    async run(runtime: Runtime): Promise<void> {
      const clerks = ["bill", "letter"].map((id) => runtime.spawn(clerk, id))
      await Promise.all(clerks.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return new Set(sheets).size === sheets.length ? undefined : `printed: ${sheets.join(", ")}`
    },
  }
}

export function buggy() {
  return office(1)
}

/** It knows as many as there are. */
export function fixed() {
  return office(100)
}
