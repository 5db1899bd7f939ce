/** A scenario knows the services of its tree, as a runtime that was started with it does. */

import { type Runtime, server, store, supervisor } from "pigeonhole"
import { type Application, explore, replay } from "pigeonhole/simulation"
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

it.simulate.skip("knows them, too", () => ({
  tree: { "app:desk": desk },
  async run(runtime) {
    const left: number = await (await runtime.acquire("app:desk")).call.left()
    // @ts-expect-error -- there is none of that id
    await runtime.acquire(`app:dusk of ${left}`)
  },
}))
