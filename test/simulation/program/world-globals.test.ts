import { execFile } from "node:child_process"
import nodeCrypto from "node:crypto"
import { performance as nodePerformance } from "node:perf_hooks"
import nodeProcess from "node:process"
import nodeTimers from "node:timers"
import nodePromises, { setTimeout as importedLater } from "node:timers/promises"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { server, start } from "../../../actors/index.ts"
import { ownCopy } from "../../../src/service/own-copy.ts"
import { takeOver, type WorldGlobals } from "../../../src/simulation/program/world-globals.ts"
import { as, caller } from "../../support/async-context.ts"
import { ManualWorld } from "../../support/manual-world.ts"

/** Taken hold of before: what a program does at the top of a module. */
const { setTimeout: keptSetTimeout, Date: KeptDate } = globalThis

const HOLDERS: readonly object[] = [
  globalThis,
  Date,
  Date.prototype,
  Intl.DateTimeFormat.prototype,
  performance,
  Math,
  crypto,
  AbortSignal,
  process,
  process.hrtime,
  nodeTimers,
  nodePromises,
  nodePromises.scheduler,
  nodeCrypto,
]

type Properties = readonly { readonly key: PropertyKey; readonly property: PropertyDescriptor }[]

const properties = (): Properties[] =>
  HOLDERS.map((holder) =>
    Reflect.ownKeys(holder).map((key) => ({ key, property: Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor })),
  )

/** By name: what is there and was not, what was there and is not, and what is another. */
function changesSince(before: readonly Properties[]): string[] {
  const now = properties()
  return HOLDERS.flatMap((_holder, index) => {
    const [old = [], present = []] = [before[index], now[index]]
    const keys = new Set([...old, ...present].map(({ key }) => key))
    return [...keys].filter((key) => !isSame(propertyOf(old, key), propertyOf(present, key))).map(String)
  }).filter((name) => !LOADED_LATE.test(name))
}

/** Of Node's own: it loads its client of HTTP when somebody looks at what its modules export. */
const LOADED_LATE = /undici/

const propertyOf = (all: Properties, key: PropertyKey) => all.find((each) => each.key === key)?.property

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  const parts = ["value", "get", "set", "writable", "enumerable", "configurable"] as const
  return parts.every((part) => Object.is(one?.[part], other?.[part]))
}

let world: ManualWorld
let globals: WorldGlobals

beforeEach(() => {
  world = new ManualWorld()
  globals = takeOver(world)
})

afterEach(() => {
  globals.giveBack()
  vi.unstubAllGlobals()
})

describe("takeOver", () => {
  it("gives all back as it was, descriptor by descriptor", () => {
    globals.giveBack()
    const before = properties()
    globals = takeOver(world)
    const taken = changesSince(before)
    globals.giveBack()
    const left = changesSince(before)
    expect(taken).toEqual(expect.arrayContaining(["Date", "now", "hrtime", "timeout", "random", "randomInt", "wait"]))
    expect(left).toEqual([])
  })

  it("gives back what was written over while it held", () => {
    Reflect.set(globalThis, "setTimeout", () => 1)
    Reflect.deleteProperty(Math, "random")
    globals.giveBack()
    expect(setTimeout).toBe(keptSetTimeout)
    expect(Math.random()).toBeLessThan(1)
  })

  it("is refused while somebody has them, and takes nothing then", () => {
    const held = properties()
    const message = expect.stringContaining("begin when that has ended")
    expect(() => takeOver(new ManualWorld())).toThrow(expect.objectContaining({ kind: "CONFLICT", message }))
    expect(changesSince(held)).toEqual([])
    globals.giveBack()
    globals = takeOver(world)
    expect(Date.now()).toBe(world.calendar)
  })

  it("is refused to another copy of the package, too", async () => {
    vi.resetModules()
    const copy = await import("../../../src/simulation/program/world-globals.ts")
    expect(copy.takeOver).not.toBe(takeOver)
    expect(() => copy.takeOver(world)).toThrow(expect.objectContaining({ kind: "CONFLICT" }))
  })

  it("changes nothing where a global is frozen, or the world's clock throws", () => {
    globals.giveBack()
    const holder = Object.defineProperty({}, "instant", { value: () => ({}), configurable: false, writable: false })
    vi.stubGlobal("Temporal", { Now: holder, Instant: {} })
    const before = properties()
    expect(() => takeOver(world)).toThrow(expect.objectContaining({ kind: "UNAVAILABLE", details: { name: "instant" } }))
    expect(changesSince(before)).toEqual([])
    vi.unstubAllGlobals()
    vi.spyOn(world, "systemTime").mockImplementation(() => {
      throw new Error("no time")
    })
    expect(() => takeOver(world)).toThrow("no time")
    vi.restoreAllMocks()
    globals = takeOver(world)
    expect(Date.now()).toBe(world.calendar)
  })

  it("does nothing when it is given back again, nor for who has given it back", () => {
    const first = globals
    first.giveBack()
    globals = takeOver(world)
    first.giveBack()
    first.serve(undefined)
    expect(Date.now()).toBe(world.calendar)
  })

  it("shows a module of Node's own what it has imported, and what it had before", async () => {
    globals.giveBack()
    const { stdout } = await promisify(execFile)(process.execPath, ["test/support/globals-on-node.ts"])
    expect(stdout).toBe("as before\n")
  })
})

describe("serve", () => {
  it("gives the globals to the next world, and takes no notice of what was armed in the last", () => {
    const seen: string[] = []
    setTimeout(() => seen.push("timeout"), 5)
    setImmediate(() => seen.push("turn"))
    const kept = setInterval(() => seen.push("interval"), 5)
    const next = new ManualWorld()
    globals.serve(next)
    kept.refresh()
    world.pass(50)
    world.passTurn()
    expect(seen).toEqual([])
    setTimeout(() => seen.push("next"), 5)
    next.pass(5)
    expect(seen).toEqual(["next"])
    expect(world.timers).toEqual([])
  })

  it("lets the host have them for a while", () => {
    globals.serve(undefined)
    expect(Math.abs(Date.now() - KeptDate.now())).toBeLessThan(1000)
    expect(new Date().getFullYear()).toBeLessThan(2030)
    expect(Date()).toBe(KeptDate())
    expect(performance.timeOrigin + performance.now()).toBeGreaterThan(1.7e12)
    expect(process.hrtime.bigint() > 0n && process.hrtime()[0] > 0 && process.uptime() > 0).toBe(true)
    const timer = setTimeout(() => {}, 60_000)
    clearTimeout(timer)
    expect(timer.constructor.name).toBe("Timeout")
    expect(crypto.randomUUID()).not.toBe(crypto.randomUUID())
    expect(nodeCrypto.randomBytes(8)).not.toEqual(nodeCrypto.randomBytes(8))
    expect(nodeCrypto.randomInt(5)).toBeLessThan(5)
    expect(world.drawn).toBe(0)
    globals.serve(world)
    expect(Date.now()).toBe(world.calendar)
  })

  it("counts the timers anew in each world", () => {
    const number = (): number => Number(setTimeout(() => {}, 1))
    const first = [number(), number()]
    globals.serve(new ManualWorld())
    expect([number(), number()]).toEqual(first)
  })

  it("serves what a module took hold of in the world before, and the host when there is none", () => {
    const { setTimeout: kept } = globalThis
    globals.giveBack()
    const real = kept(() => {}, 60_000)
    clearTimeout(real)
    expect(real.constructor.name).toBe("Timeout")
    globals = takeOver(world)
    kept(() => {}, 7)
    expect(world.timers.map(({ delayMs }) => delayMs)).toEqual([7])
  })
})

describe("Date", () => {
  it("is the world's, where no time is given", () => {
    world.time = 1000.9
    expect(Date.now()).toBe(world.calendar + 1000)
    expect(new Date()).toEqual(new Date(world.calendar + 1000))
    expect(Date()).toBe(new Date(world.calendar + 1000).toString())
    expect(Reflect.apply(Date, undefined, [5])).toBe(Date())
    class Moment extends Date {}
    const moment = new Moment()
    expect([moment.getTime(), moment instanceof Moment]).toEqual([world.calendar + 1000, true])
  })

  it("is as ever, where one is given", () => {
    expect(new Date(5).getTime()).toBe(5)
    expect(new Date(2020, 1, 3).getMonth()).toBe(1)
    expect(new Date("2020-02-03T00:00:00Z").getTime()).toBe(Date.UTC(2020, 1, 3))
    expect(new Date(Number.NaN).getTime()).toBeNaN()
    expect(Date.parse("1970-01-01T00:00:01Z")).toBe(1000)
    expect([Date.name, Date.length]).toEqual([KeptDate.name, KeptDate.length])
  })

  it("makes dates that are dates before, while and after it is the world's", () => {
    const made = new Date()
    expect(made instanceof Date && made instanceof KeptDate).toBe(true)
    expect(new KeptDate(5) instanceof Date).toBe(true)
    expect(made.constructor).toBe(Date)
    expect(structuredClone(made)).toEqual(made)
    expect(ownCopy(made)).toEqual(made)
    globals.giveBack()
    expect(made.constructor).toBe(Date)
    expect(ownCopy(made)).toEqual(made)
  })

  it("tells who took hold of the host's before the world's time, where it is asked for a number", () => {
    expect(KeptDate.now()).toBe(world.calendar)
  })
})

describe("the clocks", () => {
  it("are the world's", () => {
    world.time = 1234.5678
    expect(performance.now()).toBe(1234.5678)
    expect(nodePerformance.now()).toBe(1234.5678)
    expect(performance.timeOrigin + performance.now()).toBe(world.systemTime())
    expect(process.hrtime()).toEqual([1, 234_567_800])
    expect(nodeProcess.hrtime.bigint()).toBe(1_234_567_800n)
    expect(process.uptime()).toBe(1.2345678)
  })

  it("keep their origin when the calendar is set", () => {
    const origin = performance.timeOrigin
    world.calendar += 3_600_000
    expect(performance.timeOrigin).toBe(origin)
  })

  it.each([
    [2, [1, 999_999_999], [0, 1]],
    [5.5, [1, 250_000_000], [4, 250_000_000]],
    [1, [1, 0], [0, 0]],
    [1, [2, 0], [-1, 0]],
  ] as const)("give what has passed at %d s since %j: %j", (seconds, [from, nanoseconds], passed) => {
    world.time = seconds * 1000
    expect(process.hrtime([from, nanoseconds])).toEqual(passed)
  })

  it("refuse what is no moment, as the host does", () => {
    expect(() => process.hrtime([1] as never)).toThrow(expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }))
    expect(() => process.hrtime("a" as never)).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }))
  })

  it("are reached through Temporal, where there is one", () => {
    globals.giveBack()
    const Instant = { fromEpochMilliseconds: (ms: number) => ({ ms, toZonedDateTimeISO: (zone: string) => zonedAt(ms, zone) }) }
    const zonedAt = (ms: number, zone: string) => ({
      ...{ zoned: [ms, zone], toPlainDateTime: () => ["both", ms, zone], toPlainDate: () => ["date", ms, zone] },
      toPlainTime: () => ["time", ms, zone],
    })
    const host = Object.fromEntries(
      ["instant", "zonedDateTimeISO", "plainDateTimeISO", "plainDateISO", "plainTimeISO"].map((name) => [name, () => "host"]),
    )
    const Now = { ...host, timeZoneId: () => "Here" } as Record<string, (zone?: string) => unknown>
    vi.stubGlobal("Temporal", { Now, Instant })
    globals = takeOver(world)
    const at = world.calendar
    expect(Now.instant?.()).toMatchObject({ ms: at })
    expect(Now.zonedDateTimeISO?.("There")).toMatchObject({ zoned: [at, "There"] })
    expect(Now.plainDateTimeISO?.()).toEqual(["both", at, "Here"])
    expect(Now.plainDateISO?.("There")).toEqual(["date", at, "There"])
    expect(Now.plainTimeISO?.()).toEqual(["time", at, "Here"])
    globals.serve(undefined)
    expect(Now.instant?.()).toBe("host")
  })
})

describe("what takes the present time where none is given", () => {
  const formatter = new Intl.DateTimeFormat("en", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" })
  const text = (date?: number): string => formatter.formatToParts(date).reduce((all, { value }) => all + value, "")

  it("formats the world's", () => {
    const { format } = formatter
    const expected = formatter.format(world.calendar)
    expect([formatter.format(), format(), text(), new Intl.DateTimeFormat("en").format()]).toEqual([
      ...[expected, expected, text(world.calendar)],
      new Intl.DateTimeFormat("en").format(world.calendar),
    ])
    expect(formatter.format).toBe(format)
    globals.serve(undefined)
    expect(format()).not.toBe(expected)
    expect(text()).not.toBe(text(world.calendar))
  })

  it("formats a time that is given, and refuses what is none, as the host does", () => {
    expect(formatter.format(0)).toMatch(/^1\/1\/70/)
    expect(formatter.formatToParts(0)[0]).toEqual({ type: "month", value: "1" })
    expect(() => formatter.format(Number.NaN)).toThrow(RangeError)
    // The date of nothing is that of 0.
    expect(formatter.format(null as never)).toBe(formatter.format(0))
    expect(() => Reflect.get(Intl.DateTimeFormat.prototype, "format", {})).toThrow(TypeError)
  })

  it("marks and measures by the world's clock", () => {
    world.time = 1000
    expect(performance.mark("a").startTime).toBe(1000)
    expect(performance.mark("b", { detail: "more", startTime: 5 })).toMatchObject({ startTime: 5, detail: "more" })
    world.time = 1500
    expect(performance.measure("from a", "a")).toMatchObject({ startTime: 1000, duration: 500 })
    expect(performance.measure("b to a", "b", "a")).toMatchObject({ startTime: 5, duration: 995 })
    expect(performance.measure("all")).toMatchObject({ startTime: 0, duration: 1500 })
    expect(performance.measure("said", { start: 1, duration: 2 })).toMatchObject({ startTime: 1, duration: 2 })
    expect(() => performance.measure("wrong", "there is none")).toThrow()
    globals.serve(undefined)
    expect(performance.mark("host").startTime).not.toBe(1500)
  })
})

describe("the runtime", () => {
  it("goes by its own host's time, whoever has the globals", async () => {
    const clock = server({
      init: () => 0,
      call: { moment: (_state: number, _argument: undefined, self) => ({ now: self.now(), calendar: self.systemTime() }) },
    })
    const runtime = await start({ "app:clock": clock })
    const mailbox = await runtime.acquire("app:clock")
    const { now, calendar } = await mailbox.call.moment(undefined)
    await runtime.stop()
    expect(now).toBeGreaterThan(0)
    expect(calendar).toBeLessThan(world.calendar)
    expect([world.timers, world.turns]).toEqual([[], []])
  })
})

describe.each([
  ["of the global object", globalThis],
  ["of node:timers", nodeTimers],
])("the timers %s", (_name, functions) => {
  it("are armed in the world, by what they are, and given what they are to be given", () => {
    const seen: unknown[] = []
    functions.setTimeout((...given: unknown[]) => seen.push(given), 10.7, "a", "b")
    functions.setInterval((given: unknown) => seen.push(given), 20, "c")
    functions.setImmediate((given: unknown) => seen.push(given), "d")
    expect(world.timers.map(({ what, delayMs }) => [what, delayMs])).toEqual([
      ["setTimeout", 10],
      ["setInterval", 20],
    ])
    world.passTurn()
    world.pass(45)
    expect(seen).toEqual(["d", ["a", "b"], "c", "c"])
  })

  it("are cleared, by either name, in any of the forms that Node takes", () => {
    const fail = (): never => expect.unreachable()
    functions.clearTimeout(functions.setTimeout(fail, 1))
    functions.clearInterval(functions.setTimeout(fail, 1))
    functions.clearTimeout(functions.setInterval(fail, 1))
    functions.clearTimeout(Number(functions.setTimeout(fail, 1)))
    functions.clearTimeout(String(Number(functions.setTimeout(fail, 1))))
    functions.setTimeout(fail, 1).close()
    functions.setTimeout(fail, 1)[Symbol.dispose]()
    functions.setInterval(fail, 1)[Symbol.dispose]()
    functions.clearImmediate(functions.setImmediate(fail))
    functions.setImmediate(fail)[Symbol.dispose]()
    world.pass(10)
    world.passTurn()
  })

  it("take what is nobody's for nothing, as Node does", () => {
    for (const nobodys of [undefined, null, 5, "x", {}] as never[]) {
      expect(() => functions.clearTimeout(nobodys)).not.toThrow()
      expect(() => functions.clearImmediate(nobodys)).not.toThrow()
    }
  })

  it("refuse what is no callback, as the host does", () => {
    for (const arm of [functions.setTimeout, functions.setInterval, functions.setImmediate] as ((callback: unknown) => unknown)[]) {
      expect(() => arm("alert()")).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }))
    }
  })

  it.each([[0], [-1], [Number.NaN], [undefined], ["x"], [2 ** 31], [Number.POSITIVE_INFINITY]])(
    "take a delay of %s for 1 ms, as Node does",
    (delay) => {
      functions.setTimeout(() => {}, delay as number)
      expect(world.timers[0]?.delayMs).toBe(1)
    },
  )
})

describe("a timer", () => {
  it("says whether it is held, and is what its callback is called on", () => {
    const callback = vi.fn(function (this: unknown) {
      return this
    })
    const timer = setTimeout(callback, 1)
    expect([timer.hasRef(), timer.unref().hasRef(), timer.ref().hasRef()]).toEqual([true, false, true])
    const turn = setImmediate(() => {})
    expect([turn.hasRef(), turn.unref().hasRef(), turn.ref().hasRef()]).toEqual([true, false, true])
    world.pass(1)
    expect(callback.mock.results[0]?.value).toBe(timer)
  })

  it("is armed anew by refresh, also once it has fired, and not once it was cleared", () => {
    const fired: number[] = []
    const timer = setTimeout(() => fired.push(world.time), 10)
    world.pass(6)
    timer.refresh()
    world.pass(9)
    expect(fired).toEqual([])
    world.pass(1)
    timer.refresh()
    world.pass(10)
    expect(fired).toEqual([16, 26])
    clearTimeout(timer)
    timer.refresh()
    world.pass(50)
    expect(fired).toHaveLength(2)
  })

  it("fires again and again as an interval, also when its callback has thrown", () => {
    let times = 0
    const timer = setInterval(() => {
      times += 1
      throw new Error("thrown")
    }, 10)
    for (let round = 0; round < 3; round += 1) expect(() => world.pass(10)).toThrow("thrown")
    clearInterval(timer)
    world.pass(100)
    expect(times).toBe(3)
  })

  it("is over, where it is cleared in its own callback", () => {
    let times = 0
    const timer = setInterval(() => {
      times += 1
      if (times === 2) clearInterval(timer)
    }, 1)
    world.pass(10)
    expect(times).toBe(2)
    expect(world.timers).toEqual([])
  })

  it("is called back in the context of who armed it, as is a turn", async () => {
    const seen: string[] = []
    const note = (): void => void seen.push(caller())
    as("a", () => setTimeout(note, 1))
    as("b", () => setInterval(note, 2))
    as("c", () => setImmediate(note))
    const turned = as("d", () => nodePromises.setImmediate().then(note))
    world.passTurn()
    as("e", () => world.pass(4))
    await turned
    expect(seen).toEqual(["c", "a", "b", "b", "d"])
  })

  it("keeps no number once it is over", () => {
    const old = setTimeout(() => {}, 1)
    const number = Number(old)
    world.pass(1)
    const again = vi.fn()
    old.refresh()
    // The number is nobody's: what is armed anew has another.
    clearTimeout(number)
    expect(world.timers).toHaveLength(1)
    setTimeout(again, 1)
    world.pass(1)
    expect(again).toHaveBeenCalledOnce()
  })
})

describe("a timer from before the run", () => {
  it("is the host's, and is cleared there", () => {
    const kept = keptSetTimeout(() => expect.unreachable(), 60_000)
    expect(kept.hasRef()).toBe(true)
    clearTimeout(kept)
    expect(Reflect.get(kept, "_destroyed")).toBe(true)
    const number = Number(keptSetTimeout(() => expect.unreachable(), 60_000))
    clearInterval(number)
    expect(world.timers).toEqual([])
  })
})

describe("timers where the host's are numbers", () => {
  it("are numbers", async () => {
    globals.giveBack()
    let last = 0
    vi.stubGlobal("setTimeout", () => {
      last += 1
      return last
    })
    const cleared = vi.fn()
    vi.stubGlobal("clearTimeout", cleared)
    vi.resetModules()
    const page = await import("../../../src/simulation/program/world-globals.ts")
    const held = page.takeOver(world)
    const fired = vi.fn()
    const timer: unknown = setTimeout(fired, 10)
    const gone: unknown = setInterval(fired, 10)
    clearInterval(gone as number)
    // Of the host's own numbers none is the world's.
    clearTimeout(1)
    world.pass(10)
    held.giveBack()
    expect([typeof timer, typeof gone]).toEqual(["number", "number"])
    expect(fired).toHaveBeenCalledOnce()
    expect(cleared).toHaveBeenLastCalledWith(1)
  })
})

describe("node:timers/promises", () => {
  it("waits for the world's time and turns", async () => {
    const waits = [
      importedLater(10, "a"),
      nodePromises.setTimeout(20, "b"),
      promisify(setTimeout)(30, "c"),
      nodePromises.scheduler.wait(40),
    ]
    const turns = [nodePromises.setImmediate("d"), promisify(setImmediate)("e"), nodePromises.scheduler.yield()]
    expect(world.timers.map(({ delayMs, what }) => [delayMs, what])).toEqual(
      [10, 20, 30, 40].map((delayMs) => [delayMs, "timers/promises setTimeout"]),
    )
    world.passTurn()
    world.pass(40)
    expect(await Promise.all([...waits, ...turns])).toEqual(["a", "b", "c", undefined, "d", "e", undefined])
  })

  it("gives up when its signal is aborted, with the host's error", async () => {
    const controller = new AbortController()
    const { signal } = controller
    const reason = new Error("why")
    const waits = [
      nodePromises.setTimeout(10, "a", { signal }),
      nodePromises.setImmediate("b", { signal, ref: false }),
      nodePromises.scheduler.wait(10, { signal }),
    ]
    controller.abort(reason)
    const late = [nodePromises.setTimeout(10, "c", { signal }), nodePromises.setInterval(10, "d", { signal }).next()]
    for (const wait of [...waits, ...late]) {
      await expect(wait).rejects.toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: reason })
    }
    expect([world.timers, world.turns]).toEqual([[], []])
  })

  it("lets go of the signal when it is through", async () => {
    const controller = new AbortController()
    const forget = vi.spyOn(controller.signal, "removeEventListener")
    const wait = nodePromises.setTimeout(10, "a", { signal: controller.signal })
    world.pass(10)
    expect(await wait).toBe("a")
    expect(forget).toHaveBeenCalledOnce()
    controller.abort()
  })

  it("refuses what the host refuses, in its words", async () => {
    const code = "ERR_INVALID_ARG_TYPE"
    for (const options of [5, null, { signal: {} }, { signal: 5 }, { ref: 1 }] as never[]) {
      await expect(nodePromises.setTimeout(1, "a", options)).rejects.toMatchObject({ code })
      await expect(nodePromises.setImmediate("a", options)).rejects.toMatchObject({ code })
      await expect(nodePromises.setInterval(1, "a", options).next()).rejects.toMatchObject({ code })
    }
    await expect(nodePromises.setTimeout("1" as never)).rejects.toMatchObject({ code })
  })

  it("ticks, each tick once, until it is left or aborted", async () => {
    const ticks = nodePromises.setInterval(10, "tick")
    const first = ticks.next()
    world.pass(30)
    expect([await first, await ticks.next(), await ticks.next()].map(({ value }) => value)).toEqual(["tick", "tick", "tick"])
    await ticks.return?.()
    expect(world.timers).toEqual([])
    const controller = new AbortController()
    const others = nodePromises.setInterval(10, "tick", { signal: controller.signal })
    const next = others.next()
    controller.abort()
    await expect(next).rejects.toMatchObject({ name: "AbortError" })
    expect(world.timers).toEqual([])
  })
})

describe("AbortSignal.timeout", () => {
  it("aborts when the world's time has come", () => {
    const signal = AbortSignal.timeout(50)
    expect(world.timers.map(({ what, delayMs }) => [what, delayMs])).toEqual([["AbortSignal.timeout", 50]])
    world.pass(49)
    expect(signal.aborted).toBe(false)
    world.pass(1)
    expect(signal.reason).toMatchObject({ name: "TimeoutError" })
    expect(signal.reason).toBeInstanceOf(DOMException)
    expect(AbortSignal.timeout(0)).toBeInstanceOf(AbortSignal)
  })

  it("refuses what is no delay, as the host does", () => {
    for (const delay of [-1, "5", undefined, Number.NaN] as never[]) expect(() => AbortSignal.timeout(delay)).toThrow(/delay/)
  })
})

describe("microtasks and ticks", () => {
  it("stay the host's: they run in the same step", async () => {
    const seen: string[] = []
    process.nextTick(() => seen.push("tick"))
    queueMicrotask(() => seen.push("microtask"))
    await Promise.resolve().then(() => undefined)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    expect(seen).toEqual(["microtask", "tick"])
  })
})

describe("what somebody had put in the places of the host's before, as fake timers do", () => {
  const { queueMicrotask: hostQueueMicrotask, performance: hostPerformance } = globalThis
  const { nextTick: hostNextTick } = process

  it("is there again after the run, and meanwhile none of it", () => {
    globals.giveBack()
    const fakes = [() => undefined, { now: () => 7 }]
    vi.stubGlobal("queueMicrotask", fakes[0])
    vi.stubGlobal("performance", fakes[1])
    // It goes on: who tells of this test goes by ticks.
    const tick = vi.spyOn(process, "nextTick")
    const put = process.nextTick
    try {
      globals = takeOver(world)
      world.time = 5
      expect([queueMicrotask, performance]).toEqual([hostQueueMicrotask, hostPerformance])
      expect(process.nextTick).toBe(hostNextTick)
      expect(performance.now()).toBe(5)
      globals.giveBack()
      expect([queueMicrotask, performance]).toEqual(fakes)
      expect(process.nextTick).toBe(put)
    } finally {
      tick.mockRestore()
    }
  })
})
