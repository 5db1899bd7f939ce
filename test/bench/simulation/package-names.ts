/** Lets Node read programs that name the package as its users do: here that is the source. Given to an arm by `--import`. */

import { registerHooks } from "node:module"

const SOURCES: Readonly<Record<string, string>> = {
  pigeonhole: "../../../actors/index.ts",
  "pigeonhole/simulation": "../../../actors/simulation.ts",
  "pigeonhole/testing": "../../../actors/testing.ts",
  "pigeonhole/xstate": "../../../src/xstate.ts",
}

registerHooks({
  resolve(name, context, next) {
    const source = SOURCES[name]
    return source === undefined ? next(name, context) : { url: new URL(source, import.meta.url).href, shortCircuit: true }
  },
})
