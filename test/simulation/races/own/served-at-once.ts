import { actor, type Runtime, type StoreMailbox, store } from "pigeonhole"

export const about =
  "Each draws a ticket above the highest, and looks again and again while another has a lower one; who is drawing has none yet, and both are served (bakery)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Board = StoreMailbox<number>
const NAMES = ["a", "b"]

/** `isChoosing`: who draws a ticket says so, and is waited for. */
function bakery(isChoosing: boolean) {
  const inside: string[] = []
  const both: string[] = []
  const customer = actor<string>(async (self, name) => {
    const board = await self.acquire<Board>("bakery:board")
    if (isChoosing) await board.set(`choosing:${name}`, 1, undefined, patient)
    let highest = 0
    for (const other of NAMES) highest = Math.max(highest, (await board.get(`ticket:${other}`, patient)) ?? 0)
    const mine = highest + 1
    await board.set(`ticket:${name}`, mine, undefined, patient)
    if (isChoosing) await board.delete(`choosing:${name}`, patient)
    for (const other of NAMES) {
      if (other === name) continue
      while (isChoosing && (await board.has(`choosing:${other}`, patient)));
      for (;;) {
        const theirs = (await board.get(`ticket:${other}`, patient)) ?? 0
        if (theirs === 0 || theirs > mine || (theirs === mine && other > name)) break
      }
    }
    inside.push(name)
    if (inside.length > 1) both.push(inside.join(" and "))
    await board.has("bread", patient)
    inside.splice(inside.indexOf(name), 1)
    await board.delete(`ticket:${name}`, patient)
  })
  return {
    tree: { "bakery:board": store<number>() },
    async run(runtime: Runtime): Promise<void> {
      const all = NAMES.map((name) => runtime.spawn(customer, name))
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return both.length === 0 ? undefined : `served at once: ${both[0]}`
    },
  }
}

export function buggy() {
  return bakery(false)
}

/** Nobody goes by a ticket that another may be about to draw. */
export function fixed() {
  return bakery(true)
}
