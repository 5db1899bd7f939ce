import { actor, type Deferred, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "Who has voted yes gives up by itself when the decision does not come in time, and the other one commits (two-phase commit)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const DOUBT_MS = 100

type Outcome = "committed" | "aborted"
type Coordinator = MailboxOf<typeof coordinator>
type Branch = MailboxOf<ReturnType<typeof branchOf>>
const BRANCHES = ["bank:north", "bank:south"]

/** Asks all for their votes, and tells all what came of it; and again whoever is in doubt. */
const coordinator = server({
  init: () => ({ decision: undefined as Outcome | undefined }),
  call: {
    transfer: async (state, _none: undefined, self): Promise<Outcome> => {
      const branches = await Promise.all(BRANCHES.map((id) => self.acquire<Branch>(id)))
      const votes = await Promise.all(branches.map((branch) => branch.call.prepare(undefined, patient)))
      state.decision = votes.every((isYes) => isYes) ? "committed" : "aborted"
      for (const branch of branches) branch.cast.decided(state.decision)
      return state.decision
    },
  },
  cast: {
    inDoubt: async (state, id: string, self): Promise<void> => {
      const branch = await self.acquire<Branch>(id)
      if (state.decision !== undefined) branch.cast.decided(state.decision)
    },
  },
})

interface Vote {
  outcome: Outcome | undefined
  waiting: Deferred<Outcome> | undefined
}

function settle(state: Vote, outcome: Outcome): void {
  state.outcome ??= outcome
  state.waiting?.reply(state.outcome)
}

const branchOf = (id: string, isPatient: boolean) =>
  server({
    init: (): Vote => ({ outcome: undefined, waiting: undefined }),
    call: {
      prepare: (_state, _none: undefined, self) => {
        self.after(DOUBT_MS, "in doubt")
        return true
      },
      outcome: (state, _none: undefined, self) => {
        if (state.outcome !== undefined) return state.outcome
        state.waiting = self.defer<Outcome>()
        return state.waiting
      },
    },
    cast: { decided: settle },
    info: async (state, _inDoubt, self): Promise<void> => {
      if (state.outcome !== undefined) return
      if (isPatient) (await self.acquire<Coordinator>("bank:coordinator")).cast.inDoubt(id)
      else settle(state, "aborted")
    },
  })

function bank(isPatient: boolean) {
  const outcomes: string[] = []
  const clerk = actor(async (self) => {
    const transfers = await self.acquire<Coordinator>("bank:coordinator")
    outcomes.push(await transfers.call.transfer(undefined, patient))
    for (const id of BRANCHES) {
      const branch = await self.acquire<Branch>(id)
      outcomes.push(await branch.call.outcome(undefined, patient))
    }
  })
  const branches = Object.fromEntries(BRANCHES.map((id) => [id, branchOf(id, isPatient)]))
  return {
    tree: { ...branches, "bank:coordinator": coordinator },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(clerk))
    },
    async check(): Promise<string | undefined> {
      const isOne = outcomes.length === 3 && new Set(outcomes).size === 1
      return isOne ? undefined : `the coordinator and its branches have ${outcomes.join(", ")}`
    },
  }
}

export function buggy() {
  return bank(false)
}

/** Who has voted yes is bound by it: it asks, and waits. */
export function fixed() {
  return bank(true)
}
