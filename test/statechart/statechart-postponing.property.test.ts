import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assign, setup } from "xstate"
import { child } from "../../src/index.ts"
import { selfOf, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

/** The states of the machine. */
const STATES = ["a", "b", "c"] as const
type State = (typeof STATES)[number]

/** An event with a number, which is postponed in those states, and in any other noted, whereupon the machine may go on to another. */
interface Item {
  readonly id: number
  readonly postponedIn: readonly State[]
  readonly goes: State | undefined
}

type Step = ({ readonly op: "item" } & Omit<Item, "id">) | { readonly op: "go"; readonly to: State } | { readonly op: "crash" }

const state = fc.constantFrom(...STATES)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      op: fc.constant("item"),
      postponedIn: fc.uniqueArray(state, { maxLength: 2 }),
      goes: fc.option(state, { nil: undefined }),
    }),
    weight: 5,
  },
  { arbitrary: fc.record({ op: fc.constant("go"), to: state }), weight: 2 },
  { arbitrary: fc.record({ op: fc.constant("crash") }), weight: 1 },
)

type MachineEvent = ({ type: "ITEM" } & Item) | { type: "GO"; to: State } | { type: "CRASH" }

const isPostponed = (event: MachineEvent, value: unknown): boolean =>
  event.type === "ITEM" && event.postponedIn.some((each) => each === value)

function machineOf(log: number[]) {
  const goes = ({ event }: { event: MachineEvent }): State | undefined =>
    event.type === "GO" ? event.to : event.type === "ITEM" ? event.goes : undefined
  const ways = STATES.map((to) => ({ guard: (args: { event: MachineEvent }) => goes(args) === to, target: `.${to}` as const }))
  const itemsIn = (value: State) => [
    {
      guard: ({ event }: { event: MachineEvent }) => isPostponed(event, value),
      actions: "later" as const,
    },
    ...ways.map((way) => ({ guard: way.guard, target: `#m${way.target}` as const, actions: "note" as const })),
    { actions: "note" as const },
  ]
  return setup({
    types: { context: {} as { count: number }, events: {} as MachineEvent },
    actions: {
      later: ({ self }) => selfOf(self).postpone(),
      note: assign(({ context, event }) => {
        if (event.type === "ITEM") log.push(event.id)
        return { count: context.count + 1 }
      }),
    },
  }).createMachine({
    id: "m",
    context: { count: 0 },
    initial: "a",
    states: { a: { on: { ITEM: itemsIn("a") } }, b: { on: { ITEM: itemsIn("b") } }, c: { on: { ITEM: itemsIn("c") } } },
    on: {
      GO: ways,
      CRASH: {
        actions: () => {
          throw new Error("boom")
        },
      },
    },
  })
}

/** gen_statem's rule by two lists: what waits, and what was postponed; after a change of the state the second is put before the first. */
class Model {
  readonly log: number[] = []
  #state: State = "a"
  #postponed: Item[] = []

  put(item: Item): void {
    this.#run([item])
  }

  go(to: State): void {
    this.#run(this.#moved(to, []))
  }

  /** The next incarnation is in the same state, and comes to what was postponed first. */
  crash(): void {
    const again = this.#postponed
    this.#postponed = []
    this.#run(again)
  }

  get waiting(): number {
    return this.#postponed.length
  }

  #run(items: readonly Item[]): void {
    let queue = items
    while (queue.length > 0) {
      const [item, ...rest] = queue as readonly [Item, ...Item[]]
      queue = rest
      if (item.postponedIn.includes(this.#state)) this.#postponed.push(item)
      else {
        this.log.push(item.id)
        if (item.goes !== undefined) queue = this.#moved(item.goes, rest)
      }
    }
  }

  #moved(to: State, queue: readonly Item[]): readonly Item[] {
    if (to === this.#state) return queue
    this.#state = to
    const all = [...this.#postponed, ...queue]
    this.#postponed = []
    return all
  }
}

describe("postponed events, also through crashes", () => {
  it("are handled in the order that gen_statem's rule gives, one by one and in bursts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ step, settles: fc.boolean() }), { maxLength: 40 }), async (steps) => {
        const log: number[] = []
        const { runtime, time } = await bootApp({
          "app:m": child(statechart(machineOf(log)), { state: "retain", backoff: { initialMs: 0, jitter: 0 } }),
        })
        const mailbox = await runtime.acquire("app:m")
        const model = new Model()
        let crashes = 0
        for (const [id, { step: each, settles }] of steps.entries()) {
          if (each.op === "item") {
            const item = { id, postponedIn: each.postponedIn, goes: each.goes }
            model.put(item)
            mailbox.send({ type: "ITEM", ...item })
          } else if (each.op === "go") {
            model.go(each.to)
            mailbox.send({ type: "GO", to: each.to })
          } else {
            // Within the restart intensity.
            if (crashes === 3) continue
            crashes += 1
            model.crash()
            mailbox.send({ type: "CRASH" })
          }
          if (settles || each.op === "crash") await time.advance(1)
        }
        await time.advance(1)
        expect(log).toEqual(model.log)
        const { accepted, handled, reported, returned, waiting } = runtime.statistics()
        expect(waiting).toBe(model.waiting)
        expect(accepted).toBe(handled + reported + returned + waiting)
        void runtime.stop({ timeoutMs: 0 })
        await time.settle()
      }),
      seeds(200, 8),
    )
  })
})
