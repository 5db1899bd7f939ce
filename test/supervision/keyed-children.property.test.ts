import fc from "fast-check"
import { expect, it } from "vitest"
import { child, dynamicSupervisor, type Pid, PigeonholeError, registry, server } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

const KEYS = ["a", "b"]

type Command =
  | { readonly type: "lookUp"; readonly key: string; readonly times: number; readonly restart: "permanent" | "transient" | "temporary" }
  | { readonly type: "crash" | "stop" | "kill" | "terminate"; readonly key: string }
  | { readonly type: "starts"; readonly how: "at once" | "slowly" | "never" }
  | { readonly type: "wait"; readonly ms: number }

const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("lookUp" as const),
      key,
      times: fc.integer({ min: 1, max: 5 }),
      restart: fc.constantFrom("permanent", "transient", "temporary"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom("crash", "stop", "kill", "terminate"), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("starts" as const), how: fc.constantFrom("at once", "slowly", "never") }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(0, 5, 50) }) },
)

it("whoever looks up or starts is given a living process, of which there is one a key, or an error; whatever happens meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      let how: "at once" | "slowly" | "never" = "at once"
      const living = new Map<string, Pid[]>()
      const room = server({
        init: async (name: string, self) => {
          if (how === "never") throw new Error("no room")
          if (how === "slowly") await new Promise<void>((resolve) => (waiting = [...waiting, resolve]))
          // One that was killed while it started goes on here, and is nobody.
          if (self.signal.aborted) return { name }
          living.set(
            name,
            [...(living.get(name) ?? []), self.pid].filter(({ isAlive }) => isAlive),
          )
          expect(living.get(name)).toHaveLength(1)
          return { name }
        },
        cast: {
          crash: () => {
            throw new Error("crash")
          },
        },
      })
      let waiting: (() => void)[] = []
      const letIn = (): void => {
        for (const resolve of waiting) resolve()
        waiting = []
      }
      const rooms = registry<undefined, typeof room>({ keys: "unique" })
      const { runtime, time } = await bootApp({ "app:rooms": dynamicSupervisor({ intensity: 1000 }) })
      const box = await runtime.acquire("app:rooms")
      let open = 0
      const lookUp = async (name: string, restart: "permanent" | "transient" | "temporary"): Promise<void> => {
        open += 1
        try {
          const pid = await box.lookUpOrStart(rooms, name, child(room, { argument: name, restart }))
          expect([pid.isAlive, runtime.via(rooms, name).pid]).toEqual([true, pid])
        } catch (error) {
          if (!(error instanceof PigeonholeError)) throw error
          expect(error._tag).toBe("Unavailable")
        } finally {
          open -= 1
        }
      }
      const all: Promise<void>[] = []
      for (const each of commands) {
        const pid = "key" in each ? runtime.via(rooms, each.key).pid : undefined
        if (each.type === "lookUp") for (let nth = 0; nth < each.times; nth += 1) all.push(lookUp(each.key, each.restart))
        else if (each.type === "crash") pid?.cast.crash()
        else if (each.type === "stop" && pid !== undefined) runtime.stopProcess(pid).catch(() => {})
        else if (each.type === "kill" && pid !== undefined) runtime.exit(pid, "kill")
        else if (each.type === "terminate" && pid !== undefined) box.terminateChild(pid).catch(() => {})
        else if (each.type === "starts") how = each.how
        else if (each.type === "wait") {
          letIn()
          await time.advance(each.ms)
        }
      }
      how = "at once"
      for (let round = 0; round < 5; round += 1) {
        letIn()
        await time.advance(10_000)
      }
      expect(open).toBe(0)
      await Promise.all(all)
      const stopped = runtime.stop()
      await time.advance(60_000)
      await stopped
      expect([runtime.registry(rooms).count, time.armedTimers]).toEqual([0, 0])
    }),
    seeds(200, 8),
  )
}, 60_000)
