/** What must compile of processes as actor logic, and what must not. Checked by `tsc`; never run. */

import { createActor, sendTo, setup } from "xstate"
import { actor, type Pid, type Runtime, server } from "../../src/index.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"

declare const runtime: Runtime

const worker = actor<{ readonly from: number }, string>(async () => {})
const plain = fromProcess(worker, { runtime })

createActor(plain, { input: { from: 1 } }).send({ type: "ANYTHING" })
// @ts-expect-error the input is the process's argument
createActor(plain, { input: { from: "1" } })
// @ts-expect-error no such option
fromProcess(worker, { timeoutMs: 5 })
// @ts-expect-error what starts it can spawn
fromProcess(worker, { runtime: {} })
// @ts-expect-error a definition
fromProcess(async () => {})

const told = fromProcess(worker, { argument: (input: string, actor) => ({ from: input.length + actor.id }) })
createActor(told, { input: "text" })
// @ts-expect-error the input is what `argument` takes
createActor(told, { input: 5 })
// @ts-expect-error the argument of the process is made
fromProcess(worker, { argument: (_input: string, actor: Pid) => ({ to: actor }) })

const adder = setup({
  types: { events: {} as { type: "ADD"; n: number }, input: {} as number, output: {} as number },
}).createMachine({})
const invoked = fromProcess(statechart(adder), { runtime })
const running = createActor(invoked, { input: 5 })
running.send({ type: "ADD", n: 1 })
running.getSnapshot().output satisfies number | undefined
// @ts-expect-error the machine takes no such event
running.send({ type: "SUBTRACT", n: 1 })

setup({ actors: { invoked, plain } }).createMachine({
  invoke: [
    { src: "invoked", id: "invoked", input: 5, onDone: { actions: ({ event }) => event.output satisfies number } },
    { src: "plain", input: { from: 1 }, onDone: { actions: ({ event }) => event.output satisfies undefined } },
  ],
  entry: sendTo("invoked", { type: "ADD", n: 1 }),
})
setup({ actors: { invoked } }).createMachine({
  // @ts-expect-error the input is a number
  invoke: { src: "invoked", input: "5" },
})

const listener = server({ init: (from: string) => ({ from }) })
createActor(fromProcess(listener), { input: "here" })
