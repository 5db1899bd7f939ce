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
