import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ExitReason } from "../../src/kernel/exit-reason.ts"
import { backoffOf, delayBefore, nextAttempt } from "../../src/supervision/backoff.ts"
import { childRulesOf, isRestarted, type Restart } from "../../src/supervision/child-spec.ts"
import { type DetachEvent, decideDetach, keep, refuse, reset, stopWhenIdle } from "../../src/supervision/detach-policy.ts"
import { intensityOf, RestartWindow } from "../../src/supervision/intensity.ts"
import { startOrder } from "../../src/supervision/start-order.ts"
import { restartedWith, strategyOf } from "../../src/supervision/strategy.ts"
import { fieldOf } from "../support/errors.ts"

describe("isRestarted (OTP, supervisor(3): restart types)", () => {
  const crash: ExitReason = { error: new Error("boom") }
  const table: readonly [Restart, ExitReason, boolean][] = [
    ["permanent", "normal", true],
    ["permanent", "shutdown", true],
    ["permanent", { shutdown: "idle" }, true],
    ["permanent", "killed", true],
    ["permanent", crash, true],
    ["transient", "normal", false],
    ["transient", "shutdown", false],
    ["transient", { shutdown: "idle" }, false],
    ["transient", "killed", true],
    ["transient", "noproc", true],
    ["transient", crash, true],
    ["temporary", "normal", false],
    ["temporary", "killed", false],
    ["temporary", crash, false],
  ]
  it.each(table)("a %s child that ends with %o is restarted: %s", (restart, reason, restarted) => {
    expect(isRestarted(restart, reason)).toBe(restarted)
  })
})

describe("intensity", () => {
  const limit = { intensity: 2, periodMs: 100 }

  const windowOf = (moments: readonly number[], rules = limit) => {
    const window = new RestartWindow(rules)
    for (const at of moments) window.add(at)
    return window
  }

  it("is exceeded by one restart more than allowed within the period", () => {
    expect(windowOf([0, 10]).isExceeded).toBe(false)
    expect(windowOf([0, 10, 20]).isExceeded).toBe(true)
  })

  it("slides: a restart older than the period does not count", () => {
    expect(windowOf([0, 60, 101]).size).toBe(2)
    expect(windowOf([0, 60, 101]).isExceeded).toBe(false)
  })

  it("counts a restart exactly one period old, as OTP does", () => {
    expect(windowOf([0, 100]).size).toBe(2)
  })

  it("of 0 is exceeded by the first", () => {
    expect(windowOf([5], { intensity: 0, periodMs: 1 }).isExceeded).toBe(true)
  })

  it("counts as one that looks at all moments each time", () => {
    const moments = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 })
    fc.assert(
      fc.property(moments, (gaps) => {
        const window = new RestartWindow(limit)
        const past: number[] = []
        for (const gap of gaps) {
          past.push((past.at(-1) ?? 0) + gap)
          window.add(past.at(-1) ?? 0)
          expect(window.size).toBe(past.filter((at) => (past.at(-1) ?? 0) - at <= limit.periodMs).length)
        }
      }),
    )
  })

  it.each([
    [{ intensity: -1 }, "intensity"],
    [{ intensity: 1.5 }, "intensity"],
    [{ intensity: Number.NaN }, "intensity"],
    [{ periodMs: 0 }, "periodMs"],
    [{ periodMs: Number.NaN }, "periodMs"],
    [{ periodMs: Number.POSITIVE_INFINITY }, "periodMs"],
  ])("refuses %o, naming %s", (options, field) => {
    expect(fieldOf(() => intensityOf(options, ""))).toBe(field)
  })
})

describe("backoff", () => {
  const backoff = backoffOf({ initialMs: 10, factor: 2, maxMs: 100, jitter: 0.5, stableAfterMs: 1000 }, "b")

  it("does not wait before the first restart", () => {
    expect(delayBefore(1, backoff, 0.9)).toBe(0)
  })

  it("grows by the factor up to the maximum", () => {
    expect([2, 3, 4, 5, 6, 60].map((attempt) => delayBefore(attempt, backoff, 0.5))).toEqual([10, 20, 40, 80, 100, 100])
  })

  it("is a number however long the row of failures is", () => {
    expect(delayBefore(5000, backoff, 0.5)).toBe(100)
    expect(delayBefore(5000, { ...backoff, initialMs: 0 }, 0.5)).toBe(0)
  })

  it("is jittered within its share, and never beyond the maximum", () => {
    expect(delayBefore(2, backoff, 0)).toBe(5)
    expect(delayBefore(2, backoff, 1 - 2 ** -53)).toBeCloseTo(15)
    expect(delayBefore(9, backoff, 1 - 2 ** -53)).toBe(100)
    // The longest, too.
    expect(delayBefore(9, backoff, 0)).toBe(50)
  })

  it("starts anew once the child has been up for long enough", () => {
    expect(nextAttempt(4, 999, backoff)).toBe(5)
    expect(nextAttempt(4, 1000, backoff)).toBe(1)
  })

  it.each([
    [{ initialMs: -1 }, "b.initialMs"],
    [{ factor: 0.5 }, "b.factor"],
    [{ maxMs: Number.NaN }, "b.maxMs"],
    [{ jitter: 1.1 }, "b.jitter"],
    [{ stableAfterMs: -5 }, "b.stableAfterMs"],
  ])("refuses %o, naming %s", (options, field) => {
    expect(fieldOf(() => backoffOf(options, "b"))).toBe(field)
  })
})

describe("strategy", () => {
  const abc = { list: () => ["a", "b", "c"], from: (child: string) => ["a", "b", "c"].slice("abc".indexOf(child)) }

  it("one_for_one restarts the failed child alone", () => {
    expect(restartedWith("one_for_one", abc, "b")).toEqual(["b"])
  })
  it("one_for_all restarts all", () => {
    expect(restartedWith("one_for_all", abc, "b")).toEqual(["a", "b", "c"])
  })
  it("rest_for_one restarts the failed child and those started after it", () => {
    expect(restartedWith("rest_for_one", abc, "b")).toEqual(["b", "c"])
  })
  it("refuses an unknown one, naming the field", () => {
    expect(fieldOf(() => strategyOf("all_for_one" as never, ""))).toBe("strategy")
  })
})

describe("startOrder", () => {
  const item = (id: string, ...requires: string[]) => ({ id, requires })
  const order = (...items: ReturnType<typeof item>[]) => startOrder(items, "children").map(({ id }) => id)

  it("is the order of declaration where nothing is required", () => {
    expect(order(item("c"), item("a"), item("b"))).toEqual(["c", "a", "b"])
  })
  it("puts what is required first and keeps the rest in order", () => {
    expect(order(item("a", "c"), item("b"), item("c"))).toEqual(["c", "a", "b"])
    expect(order(item("a", "b"), item("b", "c"), item("c"))).toEqual(["c", "b", "a"])
  })
  it("refuses an unknown id, naming the field", () => {
    expect(fieldOf(() => order(item("a", "x")))).toBe('children["a"].requires[0]')
  })
  it("refuses a cycle and spells it out", () => {
    expect(() => order(item("a", "b"), item("b", "c"), item("c", "a"))).toThrow("a → b → c → a")
    expect(fieldOf(() => order(item("a", "a")))).toBe('children["a"].requires')
  })
})

describe("childRulesOf", () => {
  it("defaults to a permanent worker that has 5 s to stop and starts empty after a crash", () => {
    expect(childRulesOf({}, "worker", "c")).toMatchObject({ restart: "permanent", shutdown: 5000, state: "reset" })
  })
  it("gives a supervisor all the time it needs, as OTP does", () => {
    expect(childRulesOf({}, "supervisor", "c").shutdown).toBe("infinity")
  })
  it.each([
    [{ restart: "always" }, "c.restart"],
    [{ shutdown: -1 }, "c.shutdown"],
    [{ shutdown: "kill" }, "c.shutdown"],
    [{ state: "keep" }, "c.state"],
    [{ onDetach: "keep" }, "c.onDetach"],
    [{ onDetach: Object.assign(() => ({ action: "keep" }), { unacquiredMs: "100" }) }, "c.onDetach.unacquiredMs"],
    [{ onDetach: Object.assign(() => ({ action: "keep" }), { unacquiredMs: Number.NaN }) }, "c.onDetach.unacquiredMs"],
    [{ backoff: { jitter: 2 } }, "c.backoff.jitter"],
  ])("refuses %o, naming %s", (options, field) => {
    expect(fieldOf(() => childRulesOf(options as never, "worker", "c"))).toBe(field)
  })
})

describe("detach policies", () => {
  const event = (remaining: number, cause: DetachEvent["cause"] = "released"): DetachEvent => ({
    id: "app:x",
    principal: "p",
    remaining,
    cause,
  })

  it("keep, reset and refuse always decide the same", () => {
    expect([keep, reset, refuse].map((policy) => policy(event(0)).action)).toEqual(["keep", "reset", "refuse"])
  })
  it("stopWhenIdle stops after the last one only, with its linger", () => {
    expect(stopWhenIdle({ lingerMs: 5 })(event(1))).toEqual({ action: "keep" })
    expect(stopWhenIdle({ lingerMs: 5 })(event(0))).toEqual({ action: "stop", lingerMs: 5 })
    expect(stopWhenIdle()(event(0))).toEqual({ action: "stop", lingerMs: 0 })
  })
  it("stopWhenIdle refuses a linger that is no duration", () => {
    expect(fieldOf(() => stopWhenIdle({ lingerMs: -1 }))).toBe("lingerMs")
    expect(fieldOf(() => stopWhenIdle({ lingerMs: Number.NaN }))).toBe("lingerMs")
  })
  it("a dead caller cannot be refused", () => {
    expect(decideDetach(refuse, event(0, "caller_ended")).action).toBe("keep")
    expect(decideDetach(refuse, event(0)).action).toBe("refuse")
  })
  it.each([
    [undefined, "onDetach"],
    [null, "onDetach"],
    [Promise.resolve({ action: "keep" }), "onDetach"],
    [[], "onDetach"],
    ["stop", "onDetach"],
    [new Map(), "onDetach"],
    [{}, "onDetach.action"],
    [{ action: "explode" }, "onDetach.action"],
    [{ action: "stop" }, "onDetach.lingerMs"],
    [{ action: "stop", lingerMs: -1 }, "onDetach.lingerMs"],
    [{ action: "stop", lingerMs: "60000" }, "onDetach.lingerMs"],
    [{ action: "stop", lingerMs: Number.NaN }, "onDetach.lingerMs"],
    [{ action: "keep", lingerMs: 5 }, "onDetach.lingerMs"],
    [{ action: "stop", lingerMs: 5, linger: 5 }, "onDetach.linger"],
  ])("a policy that answers %o is at fault", (answer, field) => {
    expect(fieldOf(() => decideDetach((() => answer) as never, event(0)))).toBe(field)
  })
  it("a decision is read once, and kept as it was judged", () => {
    let reads = 0
    const answer = {
      action: "stop" as const,
      get lingerMs() {
        reads += 1
        return reads
      },
    }
    expect(decideDetach(() => answer, event(0))).toEqual({ action: "stop", lingerMs: 1 })
    expect(reads).toBe(1)
  })
  it("a service may linger for ever", () => {
    const lingerMs = Number.POSITIVE_INFINITY
    expect(decideDetach(stopWhenIdle({ lingerMs }), event(0))).toEqual({ action: "stop", lingerMs })
  })
})
