import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { timeoutOf } from "../../src/kernel/ask-options.ts"
import type { Counters } from "../../src/kernel/counters.ts"
import type { InboxOptions } from "../../src/kernel/inbox-rules.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { type HookedProcess, launch, UNANSWERED } from "../support/hooked-process.ts"
import { latch } from "../support/latch.ts"
import { seeds } from "../support/seeds.ts"
import { type Watched, watch } from "../support/watched.ts"

/** What a message tells its handler to do. */
type Work = "answer" | "throw" | "wait" | "hang" | "forward" | "leave open"

type Command =
  | { readonly op: "spawn"; readonly inbox: InboxOptions; readonly start: "at once" | "later" | "throw" }
  | { readonly op: "tell"; readonly to: number; readonly work: Work }
  | { readonly op: "ask"; readonly to: number; readonly work: Work; readonly timeoutMs: number }
  | { readonly op: "end"; readonly to: number; readonly by: "exit" | "stop"; readonly reason: "normal" | "shutdown" | "kill" }
  | { readonly op: "settle" }
  | { readonly op: "release" }
  | { readonly op: "advance"; readonly ms: number }

const work = fc.constantFrom<Work>("answer", "answer", "answer", "throw", "wait", "wait", "hang", "forward", "leave open")
const to = fc.nat(7)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("spawn" as const),
      inbox: fc.record({ capacity: fc.integer({ min: 1, max: 6 }), overflow: fc.constantFrom("reject" as const, "drop_oldest" as const) }),
      start: fc.constantFrom("at once" as const, "at once" as const, "later" as const, "throw" as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("tell" as const), to, work }) },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("ask" as const),
      to,
      work,
      timeoutMs: fc.constantFrom(1, 10, 50, 1000, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("end" as const),
      to,
      by: fc.constantFrom("exit" as const, "stop" as const),
      reason: fc.constantFrom("normal" as const, "shutdown" as const, "kill" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("release" as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 60 }) }) },
)

/** Some processes, what was asked of them, and the works that wait to be released. */
class World {
  readonly time: VirtualTime = virtualTime({ unseenMs: 0 })
  readonly kernel = new Kernel(this.time)
  readonly processes: HookedProcess[] = []
  readonly asked: Watched[] = []
  tells = 0
  refused = 0
  deadLetters = 0
  #waiting: (() => void)[] = []

  constructor() {
    this.kernel.trace = ({ type }) => {
      if (type === "dead_letter") this.deadLetters += 1
    }
  }

  async run(command: Command): Promise<void> {
    if (command.op === "settle") return this.time.settle()
    if (command.op === "release") return this.release()
    if (command.op === "advance") return this.time.advance(command.ms)
    if (command.op === "spawn") return this.#spawn(command.inbox, command.start)
    const process = this.processes[command.to % Math.max(this.processes.length, 1)]
    if (process === undefined) return
    if (command.op === "tell") this.tell(process, command.work)
    else if (command.op === "ask") this.ask(process, command.work, command.timeoutMs)
    else process.urge({ type: command.by, reason: command.reason })
  }

  tell(process: HookedProcess, work: Work): void {
    this.tells += 1
    if (!this.kernel.tell(process.inbox, undefined, work, undefined)) this.refused += 1
  }

  ask(process: HookedProcess, work: Work, timeoutMs: number): void {
    this.asked.push(watch(this.kernel.ask(process.inbox, undefined, work, undefined, timeoutOf({ timeoutMs }))))
  }

  release(): Promise<void> {
    for (const open of this.#waiting.splice(0)) open()
    return this.time.settle()
  }

  waiting(): number {
    let waiting = 0
    for (const { inbox } of this.processes) waiting += inbox.size
    return waiting
  }

  #spawn(inbox: InboxOptions, start: "at once" | "later" | "throw"): void {
    this.processes.push(
      launch(
        this.kernel,
        {
          start: () => {
            if (start === "throw") throw new Error("no start")
            return start === "later" ? this.#later() : undefined
          },
          handle: (message, self) => this.#handle(message as Work, self),
          terminate: () => (start === "later" ? this.#later() : undefined),
        },
        "",
        inbox,
      ),
    )
  }

  #handle(work: Work, self: HookedProcess): unknown {
    if (work === "throw") throw new Error("crash")
    if (work === "wait") return this.#later()
    if (work === "hang") return new Promise(() => {})
    if (work === "leave open") {
      self.leaveOpen()
      return UNANSWERED
    }
    if (work === "forward") {
      const next = this.processes[(this.processes.indexOf(self) + 1) % this.processes.length] as HookedProcess
      this.tell(next, "answer")
      this.ask(next, "answer", 20)
    }
    return work
  }

  #later(): Promise<void> {
    const { promise, open } = latch()
    this.#waiting.push(open)
    return promise
  }
}

function conserved({ kernel, waiting }: { kernel: Kernel; waiting: number }): Counters {
  const { counters } = kernel
  const { accepted, handled, returned, reported } = counters
  expect({ ...counters, sum: handled + returned + reported + waiting }).toEqual({ ...counters, sum: accepted })
  return counters
}

describe("conservation", () => {
  it("holds at every moment, and every ask settles: what was accepted was handled, given back, reported, or waits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 60 }), async (commands) => {
        const world = new World()
        for (const step of commands) {
          await world.run(step)
          conserved({ kernel: world.kernel, waiting: world.waiting() })
        }
        await world.time.advance(2000)
        // What is pending now has no time limit, and its process lives.
        for (const process of world.processes) process.urge({ type: "exit", reason: "kill" })
        await world.time.settle()
        const { accepted, refused, reported, spawned, exited } = conserved({ kernel: world.kernel, waiting: 0 })
        expect(world.waiting()).toBe(0)
        expect(world.asked.filter(({ state }) => state === "pending")).toEqual([])
        expect(accepted + refused).toBe(world.tells + world.asked.length)
        expect(world.deadLetters).toBe(reported + world.refused)
        expect([exited, world.kernel.processes.size]).toEqual([spawned, 0])
        expect(world.kernel.wheel.size).toBe(0)
        await world.time.advance(2000)
        expect(world.time.armedTimers).toBe(0)
      }),
      seeds(150, 8),
    )
  })
})
