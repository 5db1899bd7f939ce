import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "A foreman who closes waits for his hand to finish, and the hand, in the middle of a job, for a tool of the foreman's (draining parent)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Foreman = MailboxOf<ReturnType<typeof foremanOf>>
type Hand = MailboxOf<typeof hand>

/** Does one job after the other, with tools that it is handed. */
const hand = server({
  init: () => ({ jobs: 0 }),
  call: {
    finish: (state) => state.jobs,
    work: async (state, tools: readonly string[], self): Promise<void> => {
      const foreman = await self.acquire<Foreman>("site:foreman")
      for (const tool of tools) await foreman.call.hand(tool, patient)
      state.jobs += 1
    },
  },
})

/** Hands out tools. When it closes, what its hand has begun is finished first. */
const foremanOf = (concurrency: number) =>
  server({
    init: () => ({ isOpen: true, handed: [] as string[] }),
    concurrency,
    call: {
      isOpen: (state) => state.isOpen,
      hand: (state, tool: string) => {
        state.handed.push(tool)
      },
      close: async (state, _none: undefined, self): Promise<number> => {
        const helper = await self.acquire<Hand>("site:hand")
        const jobs = await helper.call.finish(undefined, patient)
        state.isOpen = false
        return jobs
      },
    },
  })

function site(concurrency: number) {
  const closedWith: number[] = []
  const customer = actor(async (self) => {
    const helper = await self.acquire<Hand>("site:hand")
    await helper.call.work(["saw", "plane"], patient)
  })
  const owner = actor(async (self) => {
    const foreman = await self.acquire<Foreman>("site:foreman")
    for (let look = 1; look <= 5; look += 1) await foreman.call.isOpen(undefined, patient)
    closedWith.push(await foreman.call.close(undefined, patient))
  })
  return {
    tree: { "site:hand": hand, "site:foreman": foremanOf(concurrency) },
    async run(runtime: Runtime): Promise<void> {
      const all = [runtime.spawn(customer), runtime.spawn(owner)]
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return closedWith.length === 1 ? undefined : "the site was not closed"
    },
  }
}

export function buggy() {
  return site(1)
}

/** While one handler waits, others are served. */
export function fixed() {
  return site(2)
}
