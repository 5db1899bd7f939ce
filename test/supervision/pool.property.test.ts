import fc from "fast-check"
import { expect, it } from "vitest"
import { child, type Pid, PigeonholeError, type PoolMailbox, pool, server } from "../../src/index.ts"
import { PoolModel } from "../models/pool-model.ts"
import { bootApp } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

type Command =
  | { readonly type: "post"; readonly isPatient: boolean; readonly times: number }
  | { readonly type: "end" | "crash" | "kill"; readonly pick: number }
  | { readonly type: "wait" }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("post" as const), isPatient: fc.boolean(), times: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("end", "end", "crash", "kill" as const), pick: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.constant({ type: "wait" as const }) },
)

const OUTCOMES = { end: "done", crash: "Internal", kill: "Unavailable" }

/** What runs of the pool, and what has become of its jobs. */
class Jobs {
  readonly begun: string[] = []
  readonly outcomes: Record<string, string> = {}
  readonly running = new Map<string, { readonly pid: Pid; readonly work: PromiseWithResolvers<string> }>()

  readonly worker = server({
    init: (_: undefined, self) => ({ pid: self.pid }),
    call: {
      job: ({ pid }, name: string) => {
        const work = Promise.withResolvers<string>()
        this.begun.push(name)
        this.running.set(name, { pid, work })
        return work.promise
      },
    },
  })

  post({ call }: PoolMailbox<{ job: (name: string) => Promise<string> }, {}>, name: string, isPatient: boolean): void {
    const note = (outcome: unknown): void => {
      this.outcomes[name] = outcome instanceof PigeonholeError ? outcome._tag : String(outcome)
    }
    call.job(name, { timeoutMs: isPatient ? Number.POSITIVE_INFINITY : 10 }).then(note, note)
  }
}

it("a pool does as the naive model does, whatever its jobs do to its workers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.nat(4), async (commands, size, queue) => {
      const jobs = new Jobs()
      const model = new PoolModel(size, queue)
      const worker = child(jobs.worker, { backoff: { initialMs: 0, maxMs: 0 } })
      const { runtime, time } = await bootApp({ "app:pool": pool(worker, { size, queue }) })
      const box = await runtime.acquire("app:pool")
      for (const [index, each] of commands.entries()) {
        if (each.type === "post") {
          for (let nth = 0; nth < each.times; nth += 1) {
            jobs.post(box, `j${index}.${nth}`, each.isPatient)
            model.post({ name: `j${index}.${nth}`, isPatient: each.isPatient })
          }
        } else if (each.type === "wait") {
          await time.advance(20)
          model.wait()
        } else if (model.running.length > 0) {
          const name = model.running[each.pick % model.running.length] as string
          const job = jobs.running.get(name)
          if (each.type === "end") job?.work.resolve("done")
          else if (each.type === "crash") job?.work.reject(new Error("crash"))
          else runtime.exit(job?.pid as Pid, "kill")
          model.end(name, OUTCOMES[each.type])
        }
        await time.settle()
        expect(jobs.begun, `${index}: ${JSON.stringify(each)}`).toEqual(model.begun)
        expect(jobs.outcomes, `${index}: ${JSON.stringify(each)}`).toEqual(model.outcomes)
      }
      for (const { work } of jobs.running.values()) work.resolve("late")
      const stopped = runtime.stop()
      await time.advance(60_000)
      await stopped
      const { accepted, handled, returned, reported, waiting } = runtime.statistics()
      expect(handled + returned + reported + waiting).toBe(accepted)
      expect(time.armedTimers).toBe(0)
    }),
    seeds(200, 8),
  )
}, 60_000)
