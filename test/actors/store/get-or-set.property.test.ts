import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { LoadContext, StoreMailbox } from "../../../actors/index.ts"
import { FAIL_MS, LoadsModel, PENDING, type Run, STALE_MS, TTL_MS } from "../../models/loads-model.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore } from "../../support/store-stage.ts"

const MAILBOXES = 3
const KEYS = ["a", "b"]
const by = fc.nat(MAILBOXES - 1)
const key = fc.constantFrom(...KEYS)

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("ask" as const),
      by,
      key,
      timeoutMs: fc.constantFrom(30, 70, 1000),
      isPatient: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("loaded" as const, "failed" as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("write" as const, "delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 29, 41, 110) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
)

interface Called extends Latch<unknown> {
  readonly context: LoadContext<unknown>
}

const told = (call: Promise<unknown>): Promise<unknown> => call.catch((error: { readonly kind?: string }) => error.kind ?? error)

describe("getOrSet under any commands", () => {
  it("answers all who ask, calls loads, aborts them and keeps values as the model does", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
        const { runtime, time, cache, crash } = await buildStore({ child: { state: "retain" } })
        const model = new LoadsModel()
        const calls: Called[] = []
        const outcomes: unknown[] = []
        const mailboxes: StoreMailbox[] = []
        /** A mailbox that was given back and acquired anew is another one. */
        const numbers = Array.from({ length: MAILBOXES }, (_, index) => index)
        let lastNumber = MAILBOXES
        let hasCrashed = false
        for (const _ of numbers) mailboxes.push(await runtime.acquire("app:cache"))
        const load = (context: LoadContext<unknown>): Promise<unknown> => {
          const one = latch<unknown>()
          calls.push({ ...one, context })
          return one.promise
        }
        // Of different keys, which is called first is nobody's matter.
        const callsOf = (name: string): Called[] => calls.filter(({ context }) => context.key === name)
        const runsOf = (name: string): Run[] => model.runs.filter(({ ask }) => ask.key === name)
        const callOf = (run: Run): Called => callsOf(run.ask.key)[runsOf(run.ask.key).indexOf(run)] as Called
        for (const [at, one] of commands.entries()) {
          if (one.type === "ask") {
            const index = outcomes.push(PENDING) - 1
            const patience = one.isPatient ? { staleFor: STALE_MS / 1000, failFor: FAIL_MS / 1000 } : {}
            const mailbox = mailboxes[one.by] as StoreMailbox
            const call = mailbox.getOrSet(one.key, load, { ttl: TTL_MS / 1000, timeoutMs: one.timeoutMs, ...patience })
            told(call).then((outcome) => (outcomes[index] = outcome))
            model.ask(numbers[one.by] as number, one.key, one.timeoutMs, one.isPatient)
          } else if (one.type === "loaded" || one.type === "failed") {
            const open = model.runs.filter((run) => !run.isDone)
            const run = open[one.which % Math.max(open.length, 1)]
            if (run === undefined) continue
            const call = callOf(run)
            if (one.type === "loaded") call.open(`loaded ${at}`)
            else call.fail("boom")
            if (one.type === "loaded") model.loaded(run, `loaded ${at}`)
            else model.failed(run)
          } else if (one.type === "write") {
            await cache.set(one.key, `written ${at}`)
            model.write(one.key, `written ${at}`)
          } else if (one.type === "delete") {
            await cache.delete(one.key)
            model.delete(one.key)
          } else if (one.type === "advance") {
            await time.advance(one.ms)
            model.advance(one.ms)
          } else if (one.type === "release") {
            await mailboxes[one.by]?.release()
            model.release(numbers[one.by] as number)
            mailboxes[one.by] = await runtime.acquire("app:cache")
            numbers[one.by] = lastNumber
            lastNumber += 1
          } else if (!hasCrashed) {
            hasCrashed = true
            await crash()
            model.crash()
          }
          await time.settle()
          expect(outcomes).toEqual(model.asks.map(({ outcome }) => outcome))
          for (const name of KEYS)
            expect(callsOf(name).map(({ context }) => context.signal.aborted)).toEqual(runsOf(name).map(({ isAborted }) => isAborted))
          expect(await Promise.all(KEYS.map((name) => cache.get(name)))).toEqual(KEYS.map((name) => model.get(name)))
        }
        await runtime.stop()
        await time.settle()
        expect(outcomes).not.toContain(PENDING)
      }),
      seeds(300, 20),
    )
  })
})
