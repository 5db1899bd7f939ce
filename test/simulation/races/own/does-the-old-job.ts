import { actor, type Runtime, type StoreMailbox, store } from "pigeonhole"

export const about =
  "A worker is told of jobs by a watch, and looks whether the job is there still; it is there again, and another one: the one that was taken back is done (lagging consumer)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Jobs = StoreMailbox<string>
/** Whether it is to be done: it is there, and has not been begun. */
type Begin = (jobs: Jobs, job: string) => Promise<boolean>

function workshop(begin: Begin) {
  const done: string[] = []
  let takenBack = false
  const worker = actor<{ readonly ready: () => void }>(async (self, { ready }) => {
    const jobs = await self.acquire<Jobs>("workshop:jobs")
    const watch = jobs.watch({ prefix: "" })
    await jobs.has("closed", patient)
    ready()
    for await (const event of watch) {
      if (event.type !== "set") continue
      if (event.key === "closed") break
      if (event.key === "bench" && (await begin(jobs, event.value as string))) done.push(event.value as string)
    }
    watch.close()
  })
  const master = actor(async (self) => {
    const jobs = await self.acquire<Jobs>("workshop:jobs")
    await jobs.set("bench", "chair", undefined, patient)
    takenBack = await jobs.transaction(
      ["bench", "begun"],
      (tx) => {
        if (tx.get("begun") === "chair") return false
        tx.delete("bench")
        return true
      },
      patient,
    )
    if (takenBack) await jobs.set("bench", "table", undefined, patient)
    await jobs.set("closed", "yes", undefined, patient)
  })
  return {
    tree: { "workshop:jobs": store<string>() },
    async run(runtime: Runtime): Promise<void> {
      const { promise: isReady, resolve: ready } = Promise.withResolvers<void>()
      const working = runtime.spawn(worker, { ready })
      await isReady
      await runtime.whenEnded(runtime.spawn(master))
      await runtime.whenEnded(working)
    },
    async check(): Promise<string | undefined> {
      return takenBack && done.includes("chair") ? "the chair was taken back, and is made" : undefined
    },
  }
}

export function buggy() {
  return workshop((jobs, job) =>
    jobs.transaction(
      ["bench", "begun"],
      (tx) => {
        if (!tx.has("bench")) return false
        tx.set("begun", job)
        return true
      },
      patient,
    ),
  )
}

/** What is there is the job that it was told of. */
export function fixed() {
  return workshop((jobs, job) =>
    jobs.transaction(
      ["bench", "begun"],
      (tx) => {
        if (tx.get("bench") !== job) return false
        tx.set("begun", job)
        return true
      },
      patient,
    ),
  )
}
