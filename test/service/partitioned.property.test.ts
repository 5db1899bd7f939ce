/** One mailbox over partitions under random crashes, kills, releases, acquires and stops, against a list of counts. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { actor, child, type DetachPolicy, keep, PigeonholeError, refuse, reset, stopWhenIdle, supervisor } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { CountersMailbox, counters, keysOf } from "../support/partitioned-counters.ts"
import { seeds } from "../support/seeds.ts"

const PARTITIONS = 3
const KEYS = keysOf(PARTITIONS)
/** One more, and their supervisor gives up. */
const MOST_CRASHES = 3 * PARTITIONS

type Act = { readonly type: string; readonly at: number }

const act = (types: readonly string[], weight: number) => ({
  weight,
  arbitrary: fc.record({ type: fc.constantFrom(...types), at: fc.nat(PARTITIONS - 1) }),
})

const nodeOf = async (app: Awaited<ReturnType<typeof boot>>) => {
  await app.time.settle()
  const node = app.runtime.tree().children[0]?.children[0]
  return [node?.attachments, ...(node?.children.map(({ attachments }) => attachments) ?? [])]
}

const boot = (onDetach: DetachPolicy) =>
  bootApp({
    group: supervisor({
      intensity: 1_000,
      children: { "app:c": child(counters({ partitions: PARTITIONS }), { onDetach, inbox: { capacity: 8 } }) },
    }),
  })

describe("a service with partitions", () => {
  it("counts as if there were no partitions, but that a crash costs its own partition's counts alone", async () => {
    const acts = fc.array(fc.oneof(act(["add"], 8), act(["crash", "all", "acquire", "release"], 3), act(["settle"], 2)), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(acts, async (commands: readonly Act[]) => {
        const { runtime, time } = await bootApp({ "app:c": counters({ partitions: PARTITIONS }) })
        const boxes = [await runtime.acquire("app:c")]
        const counts = new Array<number>(PARTITIONS).fill(0)
        const [asked, expected]: [Promise<unknown>[], unknown[]] = [[], []]
        let crashes = 0
        for (const { type, at } of commands) {
          const key = KEYS[at] as string
          const box = boxes[at % boxes.length]
          if (type === "acquire") boxes.push(await runtime.acquire("app:c"))
          if (type === "settle") await time.advance(100)
          if (type === "release" && boxes.length > 1) {
            asked.push((boxes.pop() as CountersMailbox).release())
            expected.push(true)
          }
          if (box === undefined || box.isReleased) continue
          if (type === "add") {
            counts[at] = (counts[at] ?? 0) + 1
            asked.push(box.add(key))
            expected.push(counts[at])
          }
          if (type === "all") {
            asked.push(box.all().then((all) => KEYS.map((each) => all.get(each) ?? 0)))
            expected.push([...counts])
          }
          if (type === "crash" && crashes < MOST_CRASHES) {
            crashes += 1
            counts[at] = 0
            asked.push(box.crash(key).catch((error: unknown) => (error instanceof Error ? error.message : error)))
            expected.push(expect.stringContaining("boom"))
          }
        }
        const answers = Promise.all(asked)
        await time.advance(10_000)
        expect(await answers).toEqual(expected)
        await runtime.stop()
      }),
      seeds(60, 5),
    )
  })

  it("is held everywhere or nowhere, and loses no message, whatever ends when", async () => {
    const ends = ["kill", "exit", "stop", "killAbove", "exitAbove", "endGroup"]
    const acts = fc.array(
      fc.oneof(
        act(["add", "all"], 6),
        act(["acquire", "release", "holder", "crash"], 4),
        act(ends, 3),
        act(["settle", "advance", "long"], 3),
      ),
      { maxLength: 50 },
    )
    const policy = fc.constantFrom<DetachPolicy>(keep, reset, refuse, stopWhenIdle(), stopWhenIdle({ lingerMs: 10 }))
    await fc.assert(
      fc.asyncProperty(acts, policy, async (commands: readonly Act[], onDetach) => {
        const app = await boot(onDetach)
        const { runtime, time } = app
        const held = new Set<CountersMailbox>()
        const strangers: unknown[] = []
        let [asked, settled] = [0, 0]
        const account = <T>(answer: Promise<T>, then: (value: T) => void = () => {}): void => {
          asked += 1
          const note = (error?: unknown): void => {
            settled += 1
            if (error !== undefined && !(error instanceof PigeonholeError) && !String(error).includes("boom")) strangers.push(error)
          }
          answer.then((value) => {
            then(value)
            note()
          }, note)
        }
        const acquire = (): void => account(runtime.acquire("app:c"), (box) => held.add(box))
        const end = (id: string, type: string): void => {
          const group = runtime.tree().children[0]
          const whole = group?.children[0]
          const pid = [group, whole, ...(whole?.children ?? [])].find((node) => node?.id === id)?.pid
          if (pid === undefined) return
          if (type === "stop") account(runtime.stopProcess(pid))
          else runtime.exit(pid, type.startsWith("kill") ? "kill" : { error: new Error("boom") })
        }
        acquire()
        await time.settle()
        for (const { type, at } of commands) {
          const [box] = held
          const key = KEYS[at] as string
          if (type === "acquire") acquire()
          else if (type === "add" && box !== undefined) account(box.add(key))
          else if (type === "all" && box !== undefined) account(box.all())
          else if (type === "crash" && box !== undefined) account(box.crash(key))
          else if (type === "release" && box !== undefined) account(box.release(), (isGone) => isGone && held.delete(box))
          else if (type === "holder")
            runtime.spawn(
              actor(async (self) => {
                const own = await self.acquire("app:c", { as: CountersMailbox })
                void own.add(key).catch(() => {})
                throw new Error("boom")
              }),
            )
          else if (type === "settle") await time.settle()
          else if (type === "advance") await time.advance(15)
          else if (type === "long") await time.advance(20_000)
          else if (type.endsWith("Above")) end("app:c", type)
          else if (type === "endGroup") end("group", "exit")
          else if (ends.includes(type)) end(`app:c#${at}`, type)
        }
        await time.advance(60_000)
        expect(settled).toBe(asked)
        for (const box of held) expect(box.ports.map(({ isReleased }) => isReleased)).toEqual(KEYS.map(() => box.isReleased))
        const attached = await nodeOf(app)
        expect(new Set(attached.length === 1 ? [] : attached).size).toBeLessThanOrEqual(1)
        if (attached[0] !== undefined) expect(attached[0]).toBe([...held].filter(({ isReleased }) => !isReleased).length)
        const stopped = runtime.stop()
        await time.advance(60_000)
        await stopped
        const { accepted, handled, returned, reported, waiting } = runtime.statistics()
        expect([strangers, accepted]).toEqual([[], handled + returned + reported + waiting])
      }),
      seeds(80, 8),
    )
  })
})
