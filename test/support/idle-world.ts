/** A world without an application: what is asked of it outside is carried out in the order in which it was asked for, one thing after the other. */

import { seededRandom } from "../../src/kernel/seeded-random.ts"
import { World } from "../../src/simulation/exploration/world.ts"
import { Scene } from "../../src/simulation/scene/scene.ts"

/** So many rounds of reactions in which nothing comes up, and nothing will. */
const QUIET_ROUNDS = 20

export class IdleWorld {
  static #made = 0
  readonly #scene = new Scene({ order: "contract", random: seededRandom(IdleWorld.#next()), systemTimeMs: 0 })
  readonly world = new World(this.#scene, {
    judgeOf: () => undefined,
    entriesOf: () => undefined,
    judgeTellings: () => ({ asked: () => {}, violation: () => undefined }),
  })
  #isBusy = false

  /** No two draw the same numbers. */
  static #next(): number {
    IdleWorld.#made += 1
    return IdleWorld.#made
  }

  /** The same, and whatever it is asked for is carried out. */
  driving<Asked extends object>(asked: Asked): Asked {
    return new Proxy(asked, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== "function") return value
        return (...given: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(value, target, given)
          void this.#carryOut()
          return answer
        }
      },
    })
  }

  async #carryOut(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (let quiet = 0; quiet < QUIET_ROUNDS; quiet += 1) {
      await undefined
      const [next] = this.#scene.candidates()
      if (next === undefined) continue
      this.#scene.perform(next)
      quiet = 0
    }
    this.#isBusy = false
  }
}
