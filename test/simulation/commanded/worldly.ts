/** Applications that are made for a world: their calls outside are of it. */

import type { Application, World } from "../../../actors/simulation.ts"

export const pays = (world: World): Application => {
  const bank = () => world.external("bank", () => "paid")
  return { tree: {}, run: bank }
}

export const quarrels = (world: World): Application => {
  const heard: string[] = []
  const asks = (who: string) => world.external(who, () => heard.push(who))
  return {
    tree: {},
    run: () => Promise.all([asks("ann"), asks("bob")]),
    check: () => heard[0] === "ann" || "bob was first",
  }
}

/** No application: nobody knows what the second one is. */
export const both = (_world: World, name: string) => ({ tree: {}, run: () => name })
