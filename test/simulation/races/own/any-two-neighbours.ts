import { actor, type Pid, type Runtime } from "pigeonhole"

export const about =
  "Three cells go on with the next two words they hear; a fast neighbour is heard twice, and a slow one not at all (barrier that counts)"
export const needs = ["order"]

const ROUNDS = 3
interface Word {
  readonly from: number
  readonly round: number
}
/** Takes the words of a round off those that were heard, once they are there. */
type Take = (heard: Word[], round: number) => Word[]

function grid(take: Take) {
  const unheard: string[] = []
  const cells: Pid[] = []
  const cell = actor<number, Word | "begin">(async (self, place) => {
    await self.receive((message) => message === "begin")
    const heard: Word[] = []
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const neighbour of cells) if (neighbour !== self.pid) self.tell(neighbour, { from: place, round } satisfies Word)
      let taken = take(heard, round)
      while (taken.length < 2) {
        heard.push((await self.receive((message) => message !== "begin")) as Word)
        taken = take(heard, round)
      }
      if (taken[0]?.from === taken[1]?.from) unheard.push(`in round ${round} cell ${place} has heard cell ${taken[0]?.from} twice`)
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      for (let place = 0; place < 3; place += 1) cells.push(runtime.spawn(cell, place))
      for (const pid of cells) runtime.tell(pid, "begin")
      await Promise.all(cells.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return unheard[0]
    },
  }
}

export function buggy() {
  return grid((heard) => (heard.length < 2 ? [] : heard.splice(0, 2)))
}

/** Each neighbour is heard in each round. */
export function fixed() {
  return grid((heard, round) => heard.filter((word) => word.round === round))
}
