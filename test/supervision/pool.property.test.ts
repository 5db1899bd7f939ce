import fc from "fast-check"
import { expect, it } from "vitest"
import { child, type Pid, PigeonholeError, type PoolMailbox, pool, server } from "../../src/index.ts"
import { PoolModel } from "../models/pool-model.ts"
import { bootApp } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

type Command =
  | { readonly type: "post"; readonly isPatient: boolean; readonly times: number }
  | { readonly type: "end" | "crash" | "kill"; readonly pick: number }
  | { readonly type: "cancel"; readonly pick: number }
  | { readonly type: "wait" }
  | { readonly type: "crashPool" }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("post" as const), isPatient: fc.boolean(), times: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("end", "end", "crash", "kill" as const), pick: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), pick: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.constant({ type: "wait" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "crashPool" as const }) },
)

/** The supervisor above gives up on more within 5 s. */
const MOST_CRASHES = 3
const OUTCOMES = { end: "done", crash: "Internal", kill: "Unavailable" }

/** What runs of the pool, and what has become of its jobs. */
class Jobs {
  readonly begun: string[] = []
  readonly outcomes: Record<string, string> = {}
  readonly running = new Map<string, { readonly pid: Pid; readonly work: PromiseWithResolvers<string> }>()
  /** By which they are called off. */
  readonly signals = new Map<string, AbortController>()

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
    const canceling = new AbortController()
    this.signals.set(name, canceling)
    call.job(name, { timeoutMs: isPatient ? Number.POSITIVE_INFINITY : 10, signal: canceling.signal }).then(note, note)
  }
}

it("a pool does as the naive model does, whatever its jobs do to its workers, and whoever ends the pool", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.nat(4), async (commands, size, queue) => {
      const jobs = new Jobs()
      const model = new PoolModel(size, queue)
      const rules = { backoff: { initialMs: 0, maxMs: 0 } }
      const { runtime, time } = await bootApp({ "app:pool": child(pool(child(jobs.worker, rules), { size, queue }), rules) })
      const box = await runtime.acquire("app:pool")
      let crashes = 0
      for (const [index, each] of commands.entries()) {
        if (each.type === "post") {
          for (let nth = 0; nth < each.times; nth += 1) {
            jobs.post(box, `j${index}.${nth}`, each.isPatient)
            model.post({ name: `j${index}.${nth}`, isPatient: each.isPatient })
          }
        } else if (each.type === "wait") {
          await time.advance(20)
          model.wait()
        } else if (each.type === "cancel") {
          const names = [...jobs.signals.keys()]
          const name = names[each.pick % names.length]
          if (name === undefined) continue
          jobs.signals.get(name)?.abort()
          model.cancel(name)
        } else if (each.type === "crashPool") {
          crashes += 1
          if (crashes > MOST_CRASHES) continue
          runtime.exit(runtime.tree().children[0]?.pid as Pid, "kill")
          model.crash()
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
