/** A scenario knows the services of its tree, as a runtime that was started with it does. */

import { type Runtime, server, store, supervisor } from "pigeonhole"
import { type Application, explore, replay, type World } from "pigeonhole/simulation"
import { it } from "pigeonhole/simulation/vitest"

const desk = server({ init: () => ({ left: 1 }), call: { left: (state) => state.left } })

void explore(() => ({
  tree: { "app:desk": desk, "app:back": supervisor({ children: { "app:tickets": store<number>() } }) },
  async run(runtime) {
    const left: number = await (await runtime.acquire("app:desk")).call.left()
    await (await runtime.acquire("app:tickets")).set("left", left)
    // @ts-expect-error -- a store of numbers
    await (await runtime.acquire("app:tickets")).set("left", "one")
    // @ts-expect-error -- there is none of that id
    await runtime.acquire("app:dusk")
  },
}))

const anyRuntime = () => ({ tree: supervisor({ children: { "app:desk": desk } }), run: (_runtime: Runtime) => {} })
const named: () => Application = anyRuntime
void [explore(anyRuntime), explore(named), replay(anyRuntime, "")]

// @ts-expect-error -- a tree is definitions by id
void explore(() => ({ tree: desk, run: () => {} }))

const noted = new Set<string>()
const isFree = (world: World) => world.stateOf("app:desk") !== undefined || "nobody is there"
void explore(anyRuntime, {
  always: { isFree, isLeft: () => {}, isNoted: () => noted.add("seen") },
  finally: { isOver: async () => "never" },
})
// @ts-expect-error -- it is looked at between two steps: what comes later comes too late
void explore(anyRuntime, { always: { isFree: async (world) => isFree(world) } })

it.simulate.skip("knows them, too", () => ({
  tree: { "app:desk": desk },
  async run(runtime) {
    const left: number = await (await runtime.acquire("app:desk")).call.left()
    // @ts-expect-error -- there is none of that id
    await runtime.acquire(`app:dusk of ${left}`)
  },
}))

const officeOf = (_name: string, _seats: number) => ({ tree: { "app:desk": desk }, run: () => {} })
const offices = [
  ["Ann", 1],
  ["Bob", 2],
] as const

it.simulate.each(offices)("is given the items of a case", (name, seats) => officeOf(name, seats))
it.simulate.each(offices)("and the world behind them", (name, seats, world: World) => officeOf(name, seats + world.random()))
it.simulate.each([["Ann"], ["Bob", 2]])("which may be of several lengths", (...given) => officeOf(String(given[0]), given.length))
it.simulate.each([1, 2])("or is given the case", (seats, world) => officeOf("Ann", seats + world.random()))
it.simulate.for(offices)("as it is", ([name, seats], world) => officeOf(name, seats + world.random()))
// @ts-expect-error -- a name comes first
it.simulate.each(offices)("in their order", (seats: number) => officeOf("Ann", seats))
