/** What must compile of a statechart, and what must not. Checked by `tsc`; never run. */

import { createMachine, setup } from "xstate"
import { child, type Runtime, start } from "../../src/index.ts"
import {
  type Machine,
  StatechartMailbox,
  type StatechartPid,
  type StatechartSelf,
  type StatechartSubscription,
  selfOf,
  statechart,
} from "../../src/xstate.ts"

declare const runtime: Runtime

const counter = setup({
  types: {
    context: {} as { count: number },
    events: {} as { type: "ADD"; by: number } | { type: "RESET" },
    input: {} as { from: number },
    output: {} as string,
    emitted: {} as { type: "added"; by: number } | { type: "over" },
  },
}).createMachine({
  context: ({ input }) => ({ count: input.from }),
  initial: "on",
  states: { on: { on: { RESET: "off" } }, off: { type: "final" } },
  output: ({ context }) => String(context.count),
})

const pid = runtime.spawn(statechart(counter), { from: 1 })
pid satisfies StatechartPid<typeof counter>
pid satisfies StatechartPid<
  Machine<{
    events: { type: "ADD"; by: number } | { type: "RESET" }
    states: "on" | "off"
    input: { from: number }
    output: string
    emitted: { type: "added"; by: number } | { type: "over" }
    context: { count: number }
  }>
>
// @ts-expect-error the machine has other states
pid satisfies StatechartPid<Machine<{ events: { type: "RESET" }; states: "in" | "out" }>>
// @ts-expect-error a part that no machine has
type NoMachine = Machine<{ count: number }>

export type { NoMachine }

pid.send({ type: "ADD", by: 1 }) satisfies boolean
pid.output() satisfies Promise<string>

export async function snapshots(): Promise<void> {
  const snapshot = await pid.transition({ type: "RESET" }, { timeoutMs: 5 })
  snapshot.context.count satisfies number
  snapshot.value satisfies "on" | "off"
  const { context } = await pid.snapshot()
  context.count satisfies number
  // @ts-expect-error the context has no such field
  context.total
}

// @ts-expect-error the machine takes no such event
pid.send({ type: "SUBTRACT" })
// @ts-expect-error an event with its payload
pid.send({ type: "ADD" })
// @ts-expect-error an event is an object
pid.transition("RESET")
// @ts-expect-error the output is a string
pid.output() satisfies Promise<number>
// @ts-expect-error the input is required
runtime.spawn(statechart(counter))
// @ts-expect-error the input has a number
runtime.spawn(statechart(counter), { from: "1" })
// @ts-expect-error no such option
statechart(counter, { trap: true })
// @ts-expect-error a machine
statechart({})
// @ts-expect-error the input of the machine is made
statechart(counter, { input: (text: string) => ({ from: text }) })

const named = statechart(counter, { input: (text: string, self) => ({ from: text.length + self.now() }), trapExit: true })
runtime.spawn(named, "name")
// @ts-expect-error the argument is a string
runtime.spawn(named, 5)

pid.subscribe((snapshot) => snapshot.context.count satisfies number) satisfies StatechartSubscription
pid.subscribe({ next: ({ value }) => value satisfies "on" | "off", error: ({ kind }) => kind satisfies string }).missed satisfies number
pid.on("added", (event) => event.by satisfies number)
pid.on("*", (event) => event.type satisfies "added" | "over")
pid.waitFor("off", { timeoutMs: 5 }) satisfies Promise<{ value: "on" | "off" }>
pid.waitFor(({ context }) => context.count > 1) satisfies Promise<unknown>
pid.can({ type: "ADD", by: 1 }) satisfies Promise<boolean>
// @ts-expect-error nothing of that type is emitted
pid.on("removed", () => {})
// @ts-expect-error what is over says no number
pid.on("over", (event) => event.by)
// @ts-expect-error the machine has no such state
pid.waitFor("broken")
// @ts-expect-error a function says yes or no
pid.waitFor(async () => true)
// @ts-expect-error an event with its payload
pid.can({ type: "ADD" })
// @ts-expect-error the context has no such field
pid.subscribe(({ context }) => context.total)

const nested = setup({ types: { context: {} as { n: number } } }).createMachine({
  type: "parallel",
  context: { n: 0 },
  states: {
    work: { initial: "idle", states: { idle: {}, busy: { initial: "one", states: { one: {}, two: {} } } } },
    light: { initial: "off", states: { off: {}, on: {} } },
  },
})
const deep = runtime.spawn(statechart(nested))
deep.waitFor({ light: "on" })
deep.waitFor({ work: { busy: "two" }, light: "off" })
deep.waitFor("work")
// @ts-expect-error no such state below
deep.waitFor({ work: { busy: "three" } })
// @ts-expect-error no such region
deep.waitFor({ sound: "on" })

// What a machine does not speak of is as XState has it: of one that `createMachine` made, any state and any child.
export async function ofNothingSaid(): Promise<void> {
  const plain = runtime.spawn(statechart(createMachine({})))
  plain satisfies StatechartPid<Machine>
  const { children, context, tags, value } = await plain.snapshot()
  children.any?.send({ type: "ANYTHING" })
  context.any satisfies unknown
  tags satisfies Set<string>
  value satisfies unknown
  await plain.waitFor("anything")
  const typed = await deep.snapshot()
  // @ts-expect-error a machine that says its types has the children that it says
  typed.children.any
}

// A machine that asks for no input needs none.
runtime.spawn(statechart(createMachine({}))).send({ type: "ANYTHING" })

createMachine({ entry: ({ self }) => void selfOf(self).stop() })
createMachine({ entry: ({ self }) => selfOf(self).postpone() })
createMachine({ entry: ({ self }) => void (selfOf(self) satisfies StatechartSelf) })
// @ts-expect-error an actor
selfOf({})

export async function asService(): Promise<void> {
  const app = await start({
    "app:counter": child(statechart(counter), { argument: { from: 1 }, state: "retain" }),
    "app:plain": statechart(createMachine({})),
  })
  const mailbox = await app.acquire("app:counter")
  mailbox satisfies StatechartMailbox<typeof counter>
  mailbox.send({ type: "ADD", by: 1 }) satisfies boolean
  const snapshot = await mailbox.transition({ type: "RESET" })
  snapshot.context.count satisfies number
  const plain = await app.acquire("app:plain")
  plain.send({ type: "ANYTHING" })
  const asked = await app.acquire(String("app:counter"), { as: StatechartMailbox<typeof counter> })
  asked.send({ type: "RESET" })
  // @ts-expect-error the machine takes no such event
  asked.send({ type: "SUBTRACT" })
  // @ts-expect-error the machine takes no such event
  mailbox.send({ type: "SUBTRACT" })
  mailbox.subscribe(({ context }) => context.count satisfies number) satisfies StatechartSubscription
  mailbox.on("added", (event) => event.by satisfies number)
  const there = await mailbox.waitFor("off")
  there.context.count satisfies number
  const can = await mailbox.can({ type: "RESET" })
  can satisfies boolean
  plain.on("anything", (event) => event.type satisfies string)
  plain.waitFor("anything")
  // @ts-expect-error nothing of that type is emitted
  mailbox.on("removed", () => {})
  // @ts-expect-error the machine has no such state
  mailbox.waitFor("broken")
  // @ts-expect-error the machine takes no such event
  mailbox.can({ type: "SUBTRACT" })
  // @ts-expect-error a mailbox has no output
  mailbox.output()
  // @ts-expect-error the input of the machine is required
  child(statechart(counter), { state: "retain" })
}

const coloured = setup({ types: { meta: {} as { colour: string } } }).createMachine({
  id: "light",
  initial: "on",
  states: { on: { meta: { colour: "red" } } },
})

export async function whatAMachineSaysOfItsStates(): Promise<void> {
  const snapshot = await runtime.spawn(statechart(coloured), undefined).snapshot()
  snapshot.getMeta()["light.on"]?.colour satisfies string | undefined
  snapshot.matches("on") satisfies boolean
  // @ts-expect-error the machine has no such state
  snapshot.matches("off")
  // @ts-expect-error an address of another machine
  runtime.spawn(statechart(coloured), undefined) satisfies StatechartPid<typeof counter>
}
