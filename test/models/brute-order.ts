/** The naive judge of histories: tries all orders of all that has, and of each choice of what may have taken effect. For a handful of operations. */

export interface Done<Call> {
  readonly call: Call
  readonly asked: number
  /** `undefined`: it may have taken effect at any time since, or not at all. */
  readonly answered: number | undefined
  readonly reply: unknown
}

/** `apply`: the state afterwards and the reply, which is compared by `Object.is`. */
export function hasOrder<State, Call>(
  all: readonly Done<Call>[],
  init: State,
  apply: (state: State, call: Call) => readonly [State, unknown],
): boolean {
  if (all.every(({ answered }) => answered === undefined)) return true
  return all.some((next) => {
    const rest = all.filter((each) => each !== next)
    if (rest.some(({ answered }) => answered !== undefined && answered < next.asked)) return false
    const [state, reply] = apply(init, next.call)
    if (next.answered !== undefined && !Object.is(reply, next.reply)) return false
    return hasOrder(rest, state, apply)
  })
}

/** What is to come about: by whom asked how long before its moment, answered how long after it; or never answered, or nothing ever came of it. */
export interface Planned<Call> {
  readonly call: Call
  readonly before: number
  readonly after: number
  readonly fate: "answered" | "unanswered" | "undone"
}

/** Things come about at 10, 20, …, one after the other; no two asks or answers have the same place. */
export function doneFrom<State, Call>(
  plan: readonly Planned<Call>[],
  initial: State,
  apply: (state: State, call: Call) => readonly [State, unknown],
): Done<Call>[] {
  let state = initial
  return plan.map(({ call, before, after, fate }, place) => {
    const at = (place + 1) * 10
    const [next, reply] = apply(state, call)
    if (fate !== "undone") state = next
    const share = (place + 1) / (plan.length * 3)
    return { call, asked: at - before - share, answered: fate === "answered" ? at + after + share : undefined, reply }
  })
}
