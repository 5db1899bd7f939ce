import { actor, child, type MailboxOf, type Runtime, type Self, type StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A voter crashes when it has voted and votes again, as it knows nothing of that: two are elected for one term (double vote)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const VOTERS = ["poll:north", "poll:east", "poll:south"]

interface Ballot {
  readonly term: number
  readonly candidate: string
}
/** Gives whom that voter has its vote given to in that term. */
type Cast = (voter: string, ballot: Ballot) => Promise<string> | string
type Voter = MailboxOf<ReturnType<typeof voterOf>>

const voterOf = (id: string, prepare: (self: Self) => Promise<Cast> | Cast) =>
  server({
    init: (_none: undefined, self) => prepare(self),
    call: { vote: async (cast, ballot: Ballot): Promise<boolean> => (await cast(id, ballot)) === ballot.candidate },
  })

function poll(prepare: (self: Self) => Promise<Cast> | Cast) {
  const elected: string[] = []
  /** Asks one after the other; who does not answer has not voted for it. */
  const candidate = actor<{ readonly name: string; readonly voters: readonly string[] }>(async (self, { name, voters }) => {
    let votes = 0
    for (const id of voters) {
      const voter = await self.acquire<Voter>(id)
      const isFor = await voter.call.vote({ term: 1, candidate: name }, patient).catch(() => false)
      if (isFor) votes += 1
      if (votes === 2) return void elected.push(name)
    }
  })
  return {
    tree: {
      "poll:votes": child(store<string>(), { state: "retain" }),
      ...Object.fromEntries(VOTERS.map((id) => [id, voterOf(id, prepare)])),
    },
    async run(runtime: Runtime): Promise<void> {
      const candidates = [
        runtime.spawn(candidate, { name: "Ann", voters: VOTERS }),
        runtime.spawn(candidate, { name: "Bob", voters: VOTERS.toReversed() }),
      ]
      await Promise.all(candidates.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return elected.length <= 1 ? undefined : `elected for one term are ${elected.join(" and ")}`
    },
  }
}

export function buggy() {
  return poll(() => {
    const given = new Map<number, string>()
    return (_voter, { term, candidate }) => {
      if (!given.has(term)) given.set(term, candidate)
      return given.get(term) as string
    }
  })
}

/** A vote is written down before it is given. */
export function fixed() {
  return poll(async (self) => {
    const votes = await self.acquire<StoreMailbox<string>>("poll:votes")
    return async (voter, { term, candidate }) => {
      const written = await votes.update(`${voter} ${term}`, (given) => given ?? candidate, undefined, patient)
      return written?.value ?? ""
    }
  })
}
