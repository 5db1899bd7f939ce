import { actor, type MailboxOf, type Runtime, server, Timeout } from "pigeonhole"

export const about =
  "A worker gives up waiting for a job that was taken off the queue for it: nobody has that job (interrupted between taking and having)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const JOBS = ["sweep", "paint", "polish"]
const MOST_TRIES = 12

type Journal = MailboxOf<typeof journal>

const journal = server({
  init: () => [] as string[],
  call: {
    note: (lines, line: string) => {
      lines.push(line)
    },
  },
})

/** `isKept`: until its taker says that it is done, a job is that taker's, however often it asks. */
const queueOf = (isKept: boolean) =>
  server({
    init: async (_none: undefined, self) => {
      return { log: await self.acquire<Journal>("yard:journal"), waiting: [...JOBS], taken: new Map<string, string>() }
    },
    call: {
      take: async (state, taker: string): Promise<string | undefined> => {
        const job = state.taken.get(taker) ?? state.waiting.shift()
        if (job === undefined) return undefined
        if (isKept) state.taken.set(taker, job)
        await state.log.call.note(`${taker} takes ${job}`, patient)
        return job
      },
      done: (state, taker: string) => {
        state.taken.delete(taker)
      },
      left: (state) => [...state.taken.values(), ...state.waiting],
    },
  })

function yard(isKept: boolean) {
  const queue = queueOf(isKept)
  const done: string[] = []
  const left: string[] = []
  const worker = actor(async (self) => {
    const jobs = await self.acquire<MailboxOf<typeof queue>>("yard:queue")
    const take = (): Promise<string | undefined> => jobs.call.take("Ann", { timeoutMs: 50 })
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const job = await take().catch((error: unknown) => {
        if (error instanceof Timeout) return "none yet"
        throw error
      })
      if (job === undefined) break
      if (job === "none yet") continue
      done.push(job)
      await jobs.call.done("Ann", patient)
    }
    left.push(...(await jobs.call.left(undefined, patient)))
  })
  return {
    tree: { "yard:journal": journal, "yard:queue": queue },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(worker))
    },
    async check(): Promise<string | undefined> {
      const known = [...done, ...left]
      const wrong = JOBS.filter((job) => known.filter((each) => each === job).length !== 1)
      return wrong.length === 0 ? undefined : `not done once, or waiting: ${wrong.join(", ")}; known are ${known.join(", ")}`
    },
  }
}

export function buggy() {
  return yard(false)
}

export function fixed() {
  return yard(true)
}
