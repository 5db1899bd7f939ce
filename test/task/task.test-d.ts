/** What must compile of tasks, and what must not. Checked by `tsc`; never run. */

import {
  awaitMany,
  child,
  type Definition,
  type ExitReason,
  type ItemOutcome,
  type Pid,
  type ProcessSelf,
  type Runtime,
  type Self,
  server,
  supervisor,
  type Task,
  type TaskOutcome,
  task,
} from "../../src/index.ts"

declare const runtime: Runtime
declare const self: Self

interface Ping {
  readonly ping: number
}

export async function results(): Promise<void> {
  const sum = self.async(() => 1)
  sum satisfies Task<number>
  sum satisfies Task<number | string>
  sum.pid satisfies Pid
  const value: number = await sum.result()
  // @ts-expect-error a number
  ;(await sum.result()) satisfies string
  const nothing: Promise<void> = self.asyncNoLink(async () => {}).result()
  await nothing
  ;(await runtime.async(async () => ({ value })).result()) satisfies { value: number }
  self.async(() => 1, { label: "sum", log: false }) satisfies Task<number>
  // @ts-expect-error a label is text
  self.async(() => 1, { label: 5 })
  // @ts-expect-error work is a function
  self.async(sum.result())
  // @ts-expect-error no such option
  await sum.result({ timeout: 5 })
  // @ts-expect-error a time is a number
  await sum.yield({ timeoutMs: "5" })

  self.async(async (own) => {
    own satisfies ProcessSelf<unknown>
    own.signal satisfies AbortSignal
    // @ts-expect-error a server's right alone
    own.defer()
  })
  self.async(async (own: ProcessSelf<Ping>) => own.receive((message): message is Ping => "ping" in message)) satisfies Task<Ping>
  // @ts-expect-error what is started has no maker of one's own
  sum.async(() => 1)
}

export async function outcomes(): Promise<void> {
  const outcome = await self.async(() => "value").yield()
  // @ts-expect-error it may not have ended
  outcome satisfies TaskOutcome<string>
  if (outcome === undefined) return
  // @ts-expect-error it may have failed
  outcome.ok
  if ("ok" in outcome) outcome.ok satisfies string
  else outcome.exit satisfies ExitReason
  ;(await self.async(() => 5).shutdown("brutal_kill")) satisfies TaskOutcome<number> | undefined
  await self.async(() => 5).shutdown({ timeoutMs: 5 })
  // @ts-expect-error how it is ended is one of the closed list
  await self.async(() => 5).shutdown("kill")
}

export async function many(): Promise<void> {
  const [one, two] = await awaitMany([self.async(() => 1), self.async(async () => "two")])
  one satisfies number
  two satisfies string
  // @ts-expect-error there are two
  await awaitMany([self.async(() => 1), self.async(() => 2)]).then((all) => all[2])
  const list = ["a", "b"].map((letter) => self.async(() => letter))
  ;(await awaitMany(list, { timeoutMs: 100 })) satisfies string[]
  // @ts-expect-error tasks, not their results
  await awaitMany([self.async(() => 1).result()])
}

export async function streams(): Promise<void> {
  const items = [1, 2]
  for await (const outcome of self.asyncStream(items, (item, own) => [item.toFixed(), own.now()] as const, { link: false })) {
    outcome.item satisfies number
    outcome.index satisfies number
    if ("ok" in outcome) outcome.ok satisfies readonly [string, number]
    else outcome.exit satisfies ExitReason
    // @ts-expect-error the item is a number
    outcome.item satisfies string
    // @ts-expect-error whose it is does not say what became of it
    outcome.ok
  }
  async function* letters(): AsyncIterable<"a" | "b"> {
    yield "a"
  }
  runtime.asyncStream(letters(), async (letter) => letter, { ordered: false, onTimeout: "kill_task" }) satisfies AsyncIterable<
    ItemOutcome<"a" | "b", "a" | "b">
  >
  // @ts-expect-error nothing can be iterated there
  self.asyncStream(5, (item) => item)
  // @ts-expect-error the items are numbers
  self.asyncStream(items, (item: string) => item)
  // @ts-expect-error one of the closed list
  self.asyncStream(items, (item) => item, { onTimeout: "kill" })
  // @ts-expect-error the program outside all processes has no links
  runtime.asyncStream(items, (item) => item, { link: true })
}

const job = task(async (own, name: string) => {
  own satisfies ProcessSelf<unknown>
  return name.length
})
job satisfies Definition<string, Pid>
runtime.spawn(job, "one")
// @ts-expect-error the argument is a string
runtime.spawn(job, 1)
// @ts-expect-error the argument is required
runtime.spawn(job)
runtime.spawn(task(() => {}))
// @ts-expect-error a function
task("work")

supervisor({ children: { plain: task(async () => {}), named: child(job, { argument: "one", restart: "transient" }) } })
// @ts-expect-error it needs its argument
supervisor({ children: { named: job } })

server({
  init: () => ({ count: 0 }),
  call: { add: async (state, by: number, own) => state.count + (await own.async(() => by).result()) },
})
