import { actor, type Pid, type Runtime } from "pigeonhole"

export const about =
  "Three cells go on to the next round when they have heard twice; a fast neighbour is heard twice, and a slow one is left behind (barrier that counts)"
export const needs = ["order"]

const ROUNDS = 3
interface Round {
  readonly from: number
  readonly round: number
}
/** Whether the cell has heard enough to leave that round. */
type IsEnough = (heard: readonly Round[], round: number) => boolean

function grid(isEnough: IsEnough) {
  const rounds = [0, 0, 0]
  const left: string[] = []
  const cells: Pid[] = []
  const cell = actor<number, Round | "begin">(async (self, place) => {
    await self.receive((message) => message === "begin")
    const heard: Round[] = []
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const neighbour of cells) if (neighbour !== self.pid) self.tell(neighbour, { from: place, round } satisfies Round)
      while (!isEnough(heard, round)) heard.push((await self.receive((message) => message !== "begin")) as Round)
      rounds[place] = round
      const behind = rounds.findIndex((other) => other < round - 1)
      if (behind >= 0) left.push(`cell ${place} has done round ${round}, and cell ${behind} is in round ${(rounds[behind] ?? 0) + 1}`)
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      for (let place = 0; place < rounds.length; place += 1) cells.push(runtime.spawn(cell, place))
      for (const pid of cells) runtime.tell(pid, "begin")
      await Promise.all(cells.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return left[0]
    },
  }
}

export function buggy() {
  return grid((heard, round) => heard.length >= 2 * round)
}

/** Each neighbour is heard in each round. */
export function fixed() {
  return grid((heard, round) => heard.filter((each) => each.round === round).length === 2)
}
