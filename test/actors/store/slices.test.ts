import { describe, expect, it, onTestFinished } from "vitest"
import { type Failure, failure, NotFound, type ServerSelf, server } from "../../../actors/index.ts"
import { eachInSlices, Lane, type Patience, SLICE, type Slices } from "../../../actors/store/slices.ts"
import { bootApp } from "../../support/app.ts"
import { refusalOf } from "../../support/refusal.ts"

interface Work {
  readonly name: string
  readonly slices: number
  /** Called in each slice but the last. */
  readonly during?: ((slice: number) => void) | undefined
  readonly end?: (() => unknown) | undefined
}

/** A server with one lane, and all that it did, in order. */
async function openLane(patience: Patience = "to the end", mostWaiting?: number) {
  const done: string[] = []
  const sent: unknown[] = []
  const later = (message: unknown, self: ServerSelf): void => {
    sent.push(message)
    self.later(message)
  }
  function* work({ name, slices, during, end = () => name }: Work): Slices {
    try {
      for (let slice = 1; slice < slices; slice += 1) {
        done.push(`${name} ${slice}`)
        during?.(slice)
        yield
      }
      done.push(`${name} ${slices}`)
      return end()
    } finally {
      done.push(`${name} cleared`)
    }
  }
  const lanes = server({
    init: (_none: undefined, self) =>
      new Lane({ later: (message) => later(message, self), continue: (message) => self.continue(message) }, patience, mostWaiting),
    call: {
      serve: (lane, asked: Work, self) => lane.serve(work(asked), self) as string,
      other: () => void done.push("other"),
      isFree: (lane) => lane.isFree,
    },
    info: (lane, message) => {
      if (message === lane) lane.step()
    },
    continue: (lane) => lane.step(),
  })
  const { runtime } = await bootApp({})
  onTestFinished(() => runtime.stop())
  return { done, sent, pid: runtime.spawn(lanes) }
}

describe("a lane", () => {
  it("does what takes one slice in the turn of its request", async () => {
    const { done, pid } = await openLane()
    expect(await pid.call.serve({ name: "a", slices: 1 })).toBe("a")
    expect(done).toEqual(["a 1", "a cleared"])
  })

  it("does the rest a slice at a time, between which others are served", async () => {
    const { done, pid } = await openLane()
    const answers = [pid.call.serve({ name: "a", slices: 3 }), pid.call.other(), pid.call.other()]
    expect(await Promise.all(answers)).toEqual(["a", undefined, undefined])
    // The second slice stood behind the first alone, as the rest was not there yet.
    expect(done.filter((one) => one !== "other")).toEqual(["a 1", "a 2", "a 3", "a cleared"])
    expect(done.lastIndexOf("other")).toBeLessThan(done.indexOf("a 3"))
  })

  it("does one work after the other, and none twice", async () => {
    const { done, sent, pid } = await openLane()
    const answers = ["a", "b", "c"].map((name) => pid.call.serve({ name, slices: 2 }))
    expect(await Promise.all(answers)).toEqual(["a", "b", "c"])
    // One for each slice but those that are done in the turn of their request: the first of "a" and of "b", as nobody is before them.
    expect(sent).toHaveLength(4)
    expect(done).toEqual(["a", "b", "c"].flatMap((name) => [`${name} 1`, `${name} 2`, `${name} cleared`]))
    expect(await pid.call.isFree()).toBe(true)
  })

  it("answers with the failure that a work returns, or the error of ours that it throws, at once and later, and goes on", async () => {
    const { pid } = await openLane()
    const fails = (): Failure => failure(new NotFound("returned"))
    const throws = (): never => {
      throw new NotFound("thrown")
    }
    for (const slices of [1, 3]) {
      for (const [end, message] of [
        [fails, "returned"],
        [throws, "thrown"],
      ] as const) {
        expect(await refusalOf(pid.call.serve({ name: "a", slices, end }))).toMatchObject({ kind: "NOT_FOUND", message })
      }
      expect(await pid.call.serve({ name: "b", slices })).toBe("b")
    }
  })

  it("refuses what would be one too many, which has begun nothing", async () => {
    const { done, pid } = await openLane("to the end", 2)
    const answers = ["a", "b", "c"].map((name) => pid.call.serve({ name, slices: 5 }))
    expect((await refusalOf(answers[2] as Promise<string>)).kind).toBe("RATE_LIMITED")
    expect(await Promise.all(answers.slice(0, 2))).toEqual(["a", "b"])
    expect(done.some((one) => one.startsWith("c"))).toBe(false)
  })

  it.each(["to the end", "while somebody waits"] as const)("does a work that nobody waits for any more %s", async (patience) => {
    const { done, pid } = await openLane(patience)
    const controller = new AbortController()
    const during = (slice: number): void => {
      if (slice === 2) controller.abort()
    }
    const work = pid.call.serve({ name: "a", slices: 4, during }, { signal: controller.signal })
    const next = pid.call.serve({ name: "b", slices: 2 })
    expect((await refusalOf(work)).kind).toBe("CANCELED")
    expect(await next).toBe("b")
    const isDoneToTheEnd = patience === "to the end"
    expect(done.filter((one) => one.startsWith("a"))).toEqual(["a 1", "a 2", ...(isDoneToTheEnd ? ["a 3", "a 4"] : []), "a cleared"])
  })

  it("whose process ends fails all that wait", async () => {
    const { pid } = await openLane()
    const crash = (): never => {
      throw new TypeError("a bug")
    }
    const [failed, waiting] = [pid.call.serve({ name: "a", slices: 2, end: crash }), pid.call.serve({ name: "b", slices: 2 })]
    const errors = await Promise.all([refusalOf(failed), refusalOf(waiting)])
    expect(errors.map(({ kind }) => kind).every((kind) => kind === "INTERNAL" || kind === "UNAVAILABLE")).toBe(true)
  })
})

describe("eachInSlices", () => {
  const seenBy = (size: number, failAt = -1) => {
    const seen: number[][] = [[]]
    const work = eachInSlices(size, (place) => {
      seen.at(-1)?.push(place)
      return place === failAt ? failure(new NotFound("here")) : undefined
    })
    let step = work.next()
    for (; step.done !== true; step = work.next()) seen.push([])
    return { seen, answer: step.value }
  }

  it.each([0, 1, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE])("sees each of %d once, in order, in as few slices as there can be", (size) => {
    const { seen, answer } = seenBy(size)
    expect(seen.flat()).toEqual(Array.from({ length: size }, (_, place) => place))
    expect(seen.length).toBe(Math.max(1, Math.ceil(size / SLICE)))
    expect(Math.max(...seen.map(({ length }) => length))).toBeLessThanOrEqual(SLICE)
    expect(answer).toBeUndefined()
  })

  it("ends with the first failure", () => {
    const { seen, answer } = seenBy(3 * SLICE, SLICE + 1)
    expect([seen.flat().length, answer?.error.message]).toEqual([SLICE + 2, "here"])
  })
})
