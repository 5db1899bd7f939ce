import { actor, type ProcessSelf, type Runtime, type StoreMailbox, store } from "pigeonhole"

export const about =
  "Who has drawn a number, and not yet shown it, is passed over by one who draws the same, and goes in beside him (bakery without its doorway)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const NAMES = ["Ann", "Bob"] as const
const PAUSE_MS = 10

type Board = StoreMailbox<number>

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

/** Looks until it is so. */
async function until(self: ProcessSelf<unknown>, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(self, PAUSE_MS)
}

function bakery(hasDoorway: boolean) {
  let served = 0
  const inside: string[] = []
  const met: string[] = []
  const customer = actor<string>(async (self, name) => {
    const board = await self.acquire<Board>("bakery:board")
    const draw = async (): Promise<number> => {
      const shown = await board.getMany(
        NAMES.map((each) => `number of ${each}`),
        patient,
      )
      const mine = 1 + Math.max(...shown.map((number) => number ?? 0))
      await board.set(`number of ${name}`, mine, undefined, patient)
      return mine
    }
    if (hasDoorway) await board.set(`${name} draws`, 1, undefined, patient)
    const mine = await draw()
    if (hasDoorway) await board.delete(`${name} draws`, patient)
    for (const other of NAMES.filter((each) => each !== name)) {
      await until(self, async () => !(await board.has(`${other} draws`, patient)))
      await until(self, async () => {
        const theirs = (await board.get(`number of ${other}`, patient)) ?? 0
        return theirs === 0 || theirs > mine || (theirs === mine && other > name)
      })
    }
    if (inside.length > 0) met.push(`${name} and ${inside[0]}`)
    inside.push(name)
    await board.increment("loaves", -1, undefined, patient)
    inside.splice(inside.indexOf(name), 1)
    served += 1
    await board.set(`number of ${name}`, 0, undefined, patient)
  })
  return {
    tree: { "bakery:board": store<number>() },
    async run(runtime: Runtime): Promise<void> {
      const customers = NAMES.map((name) => runtime.spawn(customer, name))
      await Promise.all(customers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      if (served !== NAMES.length) return `${served} were served`
      return met.length === 0 ? undefined : `at the counter at the same time: ${met[0]}`
    },
  }
}

export function buggy() {
  return bakery(false)
}

/** Who draws says so, and is waited for. */
export function fixed() {
  return bakery(true)
}
