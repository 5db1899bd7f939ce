/** A set of numbers against the host's own, with numbers that meet in its table. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NumberSet } from "../../../src/simulation/strategies/number-set.ts"
import { Places } from "../../../src/simulation/strategies/places.ts"
import { seeds } from "../../support/seeds.ts"

/** Small ones, those that differ in their high half alone, and any. */
const number = fc.oneof(
  fc.nat(50),
  fc.nat(40).map((high) => high * 2 ** 32),
  fc.nat(40).map((high) => high * 2 ** 21 + 7),
  fc.maxSafeNat(),
)

describe("a set of numbers", () => {
  it("has what was added, once each, however many there are", () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 2500, size: "max" }), fc.array(number, { maxLength: 50 }), (added, asked) => {
        const set = new NumberSet()
        const model = new Set<number>()
        for (const each of added) {
          expect(set.add(each)).toBe(!model.has(each))
          model.add(each)
        }
        expect(set.size).toBe(model.size)
        for (const each of [...added, ...asked]) expect(set.has(each)).toBe(model.has(each))
      }),
      seeds(60, 5),
    )
  })
})

describe("places by number", () => {
  it("are those that were put last, and none once they are cleared", () => {
    const rounds = fc.array(fc.array(fc.tuple(fc.nat(3000), fc.nat(100)), { maxLength: 40 }), { maxLength: 5 })
    fc.assert(
      fc.property(rounds, (all) => {
        const places = new Places()
        for (const round of all) {
          const model = new Map<number, number>()
          for (const [of, place] of round) {
            places.put(of, place)
            model.set(of, place)
            expect(places.of(of)).toBe(place)
          }
          for (let of = 0; of <= 3001; of += 1) if (places.of(of) !== (model.get(of) ?? -1)) expect(of).toBe("the same")
          places.clear()
        }
        expect(places.of(1)).toBe(-1)
      }),
      seeds(100, 10),
    )
  })
})
