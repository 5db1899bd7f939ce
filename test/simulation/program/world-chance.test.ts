import nodeCrypto from "node:crypto"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fillRandom } from "../../../src/simulation/program/random-bytes.ts"
import { takeOver, type WorldGlobals } from "../../../src/simulation/program/world-globals.ts"
import { as, caller } from "../../support/async-context.ts"
import { ManualWorld } from "../../support/manual-world.ts"

const IDENTIFIER = /^[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

let world: ManualWorld
let globals: WorldGlobals

beforeEach(() => {
  world = new ManualWorld()
  globals = takeOver(world)
})

afterEach(() => globals.giveBack())

/** What it gives in a world of the same draws, asked as often. */
function again<T>(work: () => T): T {
  globals.serve(new ManualWorld())
  return work()
}

/** Each of the ways to chance, as bytes or text that can be compared. */
const WAYS: readonly (readonly [string, () => unknown])[] = [
  ["Math.random", () => Math.random()],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint16Array(9))],
  ["node:crypto randomUUID", () => nodeCrypto.randomUUID({ disableEntropyCache: true })],
  ["node:crypto getRandomValues", () => nodeCrypto.getRandomValues(new Uint8Array(9))],
  ["node:crypto webcrypto", () => nodeCrypto.webcrypto.getRandomValues(new Uint8Array(9))],
  ["node:crypto randomBytes", () => nodeCrypto.randomBytes(9)],
  ["node:crypto randomFillSync", () => nodeCrypto.randomFillSync(new Uint8Array(9))],
  ["node:crypto randomInt", () => nodeCrypto.randomInt(1000)],
  // Names that randomBytes had before, and that Node still has.
  ...["pseudoRandomBytes", "prng", "rng"].map((name) => [`node:crypto ${name}`, () => Reflect.get(nodeCrypto, name)(9)] as const),
]

describe("chance", () => {
  it.each(WAYS)("is the world's by %s, in one draw, and the same in a world of the same draws", (_name, draw) => {
    const first = draw()
    expect(world.drawn).toBe(1)
    const second = draw()
    expect(second).not.toEqual(first)
    expect(again(() => [draw(), draw()])).toEqual([first, second])
  })

  it.each(WAYS)("is the host's by %s when the globals were given back", (_name, draw) => {
    globals.giveBack()
    draw()
    expect(world.drawn).toBe(0)
  })

  it("is what the world draws", () => {
    expect([Math.random(), Math.random(), Math.random(), Math.random()]).toEqual([0.25, 0.75, 0.5, 0.25])
    world.draws = [0, 0.5, 1 - 2 ** -53]
    world.drawn = 0
    expect([nodeCrypto.randomInt(10, 20), nodeCrypto.randomInt(10, 20), nodeCrypto.randomInt(10, 20)]).toEqual([10, 15, 19])
    expect(nodeCrypto.randomInt(7)).toBe(0)
  })
})

describe("an identifier", () => {
  it("is one of its version, and another each time, whatever is drawn", () => {
    world.draws = [0]
    const made = Array.from({ length: 2000 }, () => crypto.randomUUID())
    expect(new Set(made).size).toBe(2000)
    for (const each of made) expect(IDENTIFIER.exec(each)?.[1]).toBe("4")
  })

  it.skipIf(!("randomUUIDv7" in nodeCrypto))("of version 7 begins with the calendar", () => {
    const { randomUUIDv7 } = nodeCrypto as { randomUUIDv7?(): string }
    const made = randomUUIDv7?.() ?? ""
    expect(IDENTIFIER.exec(made)?.[1]).toBe("7")
    expect(Number.parseInt(made.replaceAll("-", "").slice(0, 12), 16)).toBe(world.calendar)
  })
})

describe("node:crypto, by a callback", () => {
  it("answers in a turn of the world's, in the context of who asked", async () => {
    const seen: unknown[] = []
    const answered = (_error: unknown, value: unknown): void => void seen.push([caller(), value])
    as("a", () => nodeCrypto.randomBytes(4, answered))
    as("b", () => nodeCrypto.randomInt(100, answered))
    as("c", () => nodeCrypto.randomInt(100, 200, answered))
    const filled = promisify(nodeCrypto.randomFill as (holder: Uint8Array, done: () => void) => void)(new Uint8Array(4))
    expect(seen).toEqual([])
    world.passTurn()
    await filled
    expect(seen).toEqual([
      ["a", expect.any(Uint8Array)],
      ["b", 75],
      ["c", 150],
    ])
  })

  it.each([
    [[], 0, 8],
    [[4], 4, 8],
    [[2, 3], 2, 5],
  ] as const)("fills from %j on what it is told to", (range, from, end) => {
    const holder = new Uint8Array(8)
    nodeCrypto.randomFill(holder, ...(range as readonly number[] as [number, number]), () => {})
    const changed = [...holder].map((byte, at) => (byte === 0 ? -1 : at)).filter((at) => at >= 0)
    expect(Math.min(...changed)).toBe(from)
    expect(Math.max(...changed)).toBe(end - 1)
  })
})

describe("what is filled", () => {
  it("is counted in the holder's elements", () => {
    const holder = new Uint32Array(4)
    nodeCrypto.randomFillSync(holder, 1, 2)
    expect([...holder].map((word) => word > 0)).toEqual([false, true, true, false])
    const part = new Uint8Array(holder.buffer, 12, 2)
    nodeCrypto.randomFillSync(part)
    expect(holder[3]).toBeLessThan(2 ** 16)
    expect(nodeCrypto.randomFillSync(new DataView(new ArrayBuffer(4))).getUint32(0)).toBeGreaterThan(0)
    const buffer = new ArrayBuffer(4)
    nodeCrypto.randomFillSync(buffer as never)
    expect(new Uint8Array(buffer).some((byte) => byte > 0)).toBe(true)
  })

  it("is the same the second time, to the last byte", () => {
    const fill = (): Uint8Array => nodeCrypto.randomFillSync(new Uint8Array(64), 3)
    expect(fill()).toEqual(again(fill))
  })
})

describe("what the host refuses", () => {
  it("is refused in its words", () => {
    const refused = (work: () => unknown, error: object): void => expect(work).toThrow(expect.objectContaining(error))
    refused(() => nodeCrypto.randomBytes(-1), { code: "ERR_OUT_OF_RANGE" })
    refused(() => nodeCrypto.randomBytes(4, 5 as never), { code: "ERR_INVALID_ARG_TYPE" })
    refused(() => nodeCrypto.randomInt(5, 5), { code: "ERR_OUT_OF_RANGE" })
    refused(() => nodeCrypto.randomInt(5, 8, 9 as never), { code: "ERR_INVALID_ARG_TYPE" })
    refused(() => nodeCrypto.randomFillSync(new Uint8Array(4), 5), { code: "ERR_OUT_OF_RANGE" })
    refused(() => nodeCrypto.randomFill(new Uint8Array(4), 5 as never), { code: "ERR_INVALID_ARG_TYPE" })
    refused(() => nodeCrypto.randomUUID(5 as never), { code: "ERR_INVALID_ARG_TYPE" })
    refused(() => crypto.getRandomValues(new Float32Array(1) as never), { name: "TypeMismatchError" })
    refused(() => crypto.getRandomValues(new Uint8Array(65_537)), { name: "QuotaExceededError" })
    expect(world.turns).toEqual([])
  })
})

describe("fillRandom", () => {
  it("spreads over all bytes, whatever is drawn", () => {
    for (const drawn of [0, 0.5, 1 - 2 ** -53, 2 ** -40]) {
      world.draws = [drawn]
      const bytes = new Uint8Array(65_536)
      fillRandom(bytes, world)
      const counts = new Uint32Array(256)
      for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
      expect(Math.min(...counts)).toBeGreaterThan(150)
      expect(Math.max(...counts)).toBeLessThan(380)
    }
  })

  it("tells draws apart in each of their 53 bits", () => {
    const made = Array.from({ length: 54 }, (_, bit) => {
      const fresh = new ManualWorld()
      fresh.draws = [bit === 53 ? 0 : 2 ** -(bit + 1)]
      const bytes = new Uint8Array(16)
      fillRandom(bytes, fresh)
      return bytes.join()
    })
    expect(new Set(made).size).toBe(54)
  })
})
