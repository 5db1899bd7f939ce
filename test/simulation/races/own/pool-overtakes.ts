import { actor, type Children, type MailboxOf, partitionSupervisor, pool, type Runtime, type Self, server } from "pigeonhole"

export const about =
  "A file is saved and then removed by jobs of a pool; another worker removes it first, and it is there for good (order among workers)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Disk = MailboxOf<typeof disk>
type Jobs = MailboxOf<typeof worker>

const disk = server({
  init: () => ({ files: new Set<string>() }),
  call: {
    hasRoom: (state) => state.files.size < 10,
    files: (state) => [...state.files],
    write: (state, name: string) => {
      state.files.add(name)
    },
    erase: (state, name: string) => {
      state.files.delete(name)
    },
  },
})

const worker = server({
  init: (_none: undefined, self) => self.acquire<Disk>("files:disk"),
  call: {
    save: async (target, name: string): Promise<void> => {
      if (await target.call.hasRoom(undefined, patient)) await target.call.write(name, patient)
    },
    remove: async (target, name: string): Promise<void> => {
      for (const backup of ["daily", "weekly", "yearly"]) await target.call.erase(`${backup} ${name}`, patient)
      await target.call.erase(name, patient)
    },
  },
})

function files(jobs: Children[string], acquireJobs: (self: Self, file: string) => Promise<Jobs>) {
  const left: string[] = []
  const editor = actor<string>(async (self, file) => {
    const queue = await acquireJobs(self, file)
    await Promise.all([queue.call.save(file, patient), queue.call.remove(file, patient)])
    const target = await self.acquire<Disk>("files:disk")
    left.push(...(await target.call.files(undefined, patient)))
  })
  return {
    tree: { "files:disk": disk, "files:jobs": jobs },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(editor, "notes.txt"))
    },
    async check(): Promise<string | undefined> {
      return left.length === 0 ? undefined : `removed, and still there: ${left.join(", ")}`
    },
  }
}

export function buggy() {
  return files(pool(worker, { size: 2 }), (self) => self.acquire<Jobs>("files:jobs"))
}

/** What is to be done with a file is the matter of one worker. */
export function fixed() {
  return files(partitionSupervisor({ child: worker, partitions: 2 }), (self, file) => self.acquire<Jobs>("files:jobs", { key: file }))
}
