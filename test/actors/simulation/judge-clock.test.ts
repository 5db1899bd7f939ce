/** What a judge of stores makes of the clock where asks and answers overlap: each of these histories has come about, or could not have. */

import { describe, expect, it } from "vitest"
import { judgeStore } from "../../../actors/simulation/judge-store.ts"
import { PutRequest } from "../../../actors/store/key-requests.ts"
import { NEVER } from "../../../actors/store/lifetime.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { Terms } from "../../../actors/store/terms.ts"
import type { Operation } from "../../../src/simulation.ts"

/** Asked at that time and answered at that; `undefined`: never. */
type Row = readonly [name: string, argument: unknown, askedAt: number, answeredAt: number | undefined, value?: unknown]

const set = (value: number, ttlMs = NEVER): SetRequest => new SetRequest("a", value, ttlMs, 0, 1)

const sliding = (value: number, idleMs: number): PutRequest =>
  new PutRequest("a", value, 1, new Terms(NEVER, idleMs), { onlyIfAbsent: false, ifVersion: undefined }, 0, "set", true)

function verdictOf(...rows: readonly Row[]): string {
  const history = rows.map(([name, argument, askedAt, answeredAt, value], place): Operation => {
    const outcome = answeredAt === undefined ? undefined : { value }
    const answered = answeredAt === undefined ? undefined : answeredAt * 1000 + 500 + place
    return {
      service: "app:cache",
      caller: `c${place}`,
      name,
      argument,
      asked: askedAt * 1000 + place,
      answered,
      askedAt,
      answeredAt,
      outcome,
    }
  })
  return judgeStore(history, { evicts: false }).verdict
}

describe("an entry", () => {
  it("is there until its time is over, whatever was looked at just before", () => {
    const rows: readonly Row[] = [
      ["set", set(1, 20), 100, 100, true],
      ["has", "a", 119, 119, true],
    ]
    expect(verdictOf(...rows, ["get", "a", 119, 119, 1])).toBe("linearizable")
    expect(verdictOf(...rows, ["get", "a", 119, 119, undefined])).toBe("violated")
    expect(verdictOf(...rows, ["get", "a", 120, 120, 1])).toBe("violated")
  })

  it("is there as long as it may be, where nobody knows when it was written", () => {
    const rows: readonly Row[] = [
      ["set", set(1, 20), 95, 105, true],
      ["has", "a", 123, 123, true],
    ]
    expect(verdictOf(...rows, ["get", "a", 124, 124, 1])).toBe("linearizable")
    expect(verdictOf(...rows, ["get", "a", 124, 124, undefined])).toBe("linearizable")
    expect(verdictOf(...rows, ["get", "a", 125, 125, 1])).toBe("violated")
  })

  it("may have been written before a reading that shows what was there before it, too", () => {
    const rows: readonly Row[] = [
      ["set", set(1), 80, 80, true],
      ["set", set(1, 20), 90, 130, true],
      ["get", "a", 100, 100, 1],
    ]
    expect(verdictOf(...rows, ["get", "a", 116, 116, undefined])).toBe("linearizable")
    expect(verdictOf(...rows, ["get", "a", 109, 109, undefined])).toBe("violated")
  })

  it("that lives on when it is read may have been read by who was never answered", () => {
    const rows: readonly Row[] = [
      ["put", sliding(1, 15), 100, 100, true],
      ["get", "a", 110, undefined],
    ]
    expect(verdictOf(...rows, ["get", "a", 120, 120, 1])).toBe("linearizable")
    expect(verdictOf(...rows.slice(0, 1), ["get", "a", 120, 120, 1])).toBe("violated")
  })

  it("of another key has no say in when something took effect", () => {
    const rows: readonly Row[] = [
      ["set", set(1, 20), 90, 130, true],
      ["has", "b", 100, 100, false],
    ]
    expect(verdictOf(...rows, ["get", "a", 116, 116, undefined])).toBe("linearizable")
  })
})
