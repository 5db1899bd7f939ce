/** The naive judge of seats, for a handful of operations: tries all orders of all that has come about, of each choice of what may have, and of all that may have been left. */

/** An operation on the seats under a key. */
export interface Move {
  readonly name: "put" | "take" | "look" | "toss"
  readonly key: string
}

/** An operation, and what its caller was told of it. */
export interface Recorded {
  readonly type: "operation"
  readonly move: Move
  readonly asked: number
  readonly answered: number | undefined
  /** `answered`: it has come about, by then. `refused`: it has not. Else it may have, at any time since. */
  readonly fate: string
  readonly answer: number | "low" | "high" | "NOT_FOUND"
  /** Which error was told. */
  readonly chance: number
}

/** The seats are as at the beginning, or as they were or so, or nobody knows how. */
export interface Forgetting {
  readonly type: "forgetting"
  readonly at: number
  readonly keys: readonly string[] | "all"
  readonly leaves: "nothing" | "some" | "unknown"
}

export type Happened = Recorded | Forgetting

/** Whether what happened to the seats under that key has an order that explains all answers. */
export function orderOf(all: readonly Happened[], key: string, initial: number, most: number): boolean {
  const own = all.filter((each) =>
    each.type === "operation" ? each.move.key === key && each.fate !== "refused" : each.keys === "all" || each.keys.includes(key),
  )
  return hasOrder(own, initial, { initial, most })
}

interface Seats {
  readonly initial: number
  readonly most: number
}

/** `free`: `undefined` where nobody knows. */
function hasOrder(left: readonly Happened[], free: number | undefined, seats: Seats): boolean {
  if (!left.some(isCertain)) return true
  return left.some((next) => {
    const rest = left.filter((each) => each !== next)
    if (rest.some((each) => isCertain(each) && endOf(each) < beginOf(next))) return false
    return after(next, free, seats).some((state) => hasOrder(rest, state, seats))
  })
}

const isCertain = (each: Happened): boolean => each.type === "forgetting" || each.fate === "answered"
const beginOf = (each: Happened): number => (each.type === "forgetting" ? each.at : each.asked)
const endOf = (each: Happened): number => (each.type === "forgetting" ? each.at : (each.answered as number))

/** All that it may leave, where it gave what it gave. */
function after(each: Happened, free: number | undefined, { initial, most }: Seats): readonly (number | undefined)[] {
  if (each.type === "forgetting") {
    if (each.leaves === "unknown") return [undefined]
    return each.leaves === "nothing" ? [initial] : [free, initial]
  }
  if (free === undefined) return [undefined]
  const { move, answer } = each
  const told = (state: number, given: unknown): readonly number[] => (isCertain(each) && given !== answer ? [] : [state])
  if (move.name === "look") return told(free, free)
  if (move.name === "put") return told(Math.min(free + 1, most), Math.min(free + 1, most))
  if (move.name === "toss") return [...told(0, "low"), ...told(most, "high")]
  return free === 0 ? told(0, "NOT_FOUND") : told(free - 1, free - 1)
}
