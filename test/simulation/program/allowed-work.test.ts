import { beforeEach, describe, expect, it } from "vitest"
import { AllowedWork } from "../../../src/simulation/program/allowed-work.ts"

const BEGUN = { isAccepted: false, isDone: () => false }

let now = 0
let allowed = new AllowedWork(() => now)
/** Kept: what is collected is over. */
let kept: object[] = []

beforeEach(() => {
  now = 0
  allowed = new AllowedWork(() => now)
  kept = []
})

function begin(id: number, kind: string, work: object = {}, begun = BEGUN): void {
  kept.push(work)
  allowed.begun(id, kind, work, begun)
}

const open = (isRef = true) => ({ hasRef: () => isRef })

/** For how long it is waited for from now on, in ms. */
function wait(isLast = false): number {
  const since = now
  while (allowed.isAwaited(isLast)) now += 1
  return now - since
}

describe("work outside that is allowed", () => {
  it("and owes an answer is waited for until that has come, however much came before", () => {
    begin(1, "FSREQCALLBACK")
    begin(2, "FSREQPROMISE")
    expect(allowed.isAwaited(false)).toBe(true)
    allowed.called(2)
    expect(allowed.isAwaited(false)).toBe(true)
    allowed.called(1)
    expect([allowed.isAwaited(true), allowed.inVain]).toEqual([false, []])
  })

  it("and owes an answer for ever is given up, and hides no other one", () => {
    begin(1, "FSREQCALLBACK")
    now = 9_999
    expect(allowed.isAwaited(false)).toBe(true)
    begin(2, "QUERYWRAP")
    now = 10_000
    expect([allowed.isAwaited(false), allowed.inVain]).toEqual([true, ["FSREQCALLBACK"]])
    allowed.called(2)
    expect(allowed.isAwaited(false)).toBe(false)
  })

  it("is waited for half as long after each wait in vain, and for as long as is needed after an answer that was slow", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => {
      begin(id, "FSREQCALLBACK")
      return wait()
    })
    expect(waits).toEqual([10_000, 5000, 2500, 1250, 625, 313, 157, 100, 100])
    begin(20, "FSREQCALLBACK")
    now += 700
    expect(allowed.isAwaited(false)).toBe(false)
    allowed.called(20)
    begin(21, "FSREQCALLBACK")
    expect(wait()).toBe(2800)
  })

  it("and talks is listened to anew once an answer has come: what follows from that may be on its way", () => {
    begin(1, "TCPWRAP", open())
    expect(allowed.isAwaited(false)).toBe(true)
    now = 900
    begin(2, "FSREQCALLBACK")
    now = 1500
    allowed.called(2)
    expect(wait()).toBe(1000)
  })

  it("and talks is waited for while it keeps a program alive", () => {
    let isRef = true
    begin(1, "TCPWRAP", { hasRef: () => isRef })
    expect(allowed.isAwaited(false)).toBe(true)
    isRef = false
    expect(allowed.isAwaited(true)).toBe(false)
    isRef = true
    expect(allowed.isAwaited(false)).toBe(true)
    allowed.destroyed(1)
    expect(allowed.isAwaited(true)).toBe(false)
  })

  it("and talks is waited for a second of silence, which ends where something comes, or the schedule goes on", () => {
    begin(1, "TCPWRAP", open())
    allowed.isAwaited(false)
    now = 900
    allowed.called(1)
    expect(wait()).toBe(1000)
    expect([allowed.isAwaited(false), allowed.inVain]).toEqual([false, ["TCPWRAP"]])
    allowed.moved()
    expect(wait()).toBe(500)
    expect(wait()).toBe(0)
    for (let times = 0; times < 20; times += 1) {
      allowed.moved()
      wait()
    }
    allowed.moved()
    expect(wait()).toBe(10)
    allowed.moved()
    allowed.isAwaited(false)
    now += 50
    allowed.called(1)
    expect(wait()).toBe(200)
  })

  it("and talks is waited for anew when anything else has brought something: it may be on the way", () => {
    begin(1, "TCPWRAP", open())
    begin(2, "FSREQCALLBACK")
    allowed.isAwaited(false)
    now = 900
    allowed.called(2)
    expect(allowed.isAwaited(false)).toBe(true)
    expect(wait()).toBe(1000)
  })

  it.each(["TCPSERVERWRAP", "FSEVENTWRAP", "SIGNALWRAP", "STATWATCHER", "TTYWRAP"])(
    "and listens is waited for where nothing else can happen: %s",
    (kind) => {
      begin(1, kind, open())
      expect([wait(), wait(true)]).toEqual([0, 1000])
      expect(allowed.inVain).toEqual([kind])
    },
  )

  it("and was not begun by the program, as a connection that comes to a server, listens", () => {
    begin(1, "TCPWRAP", open(), { ...BEGUN, isAccepted: true })
    expect([wait(), wait(true)]).toEqual([0, 1000])
  })

  it.each(["FILEHANDLE", "DNSCHANNEL", "HTTPINCOMINGMESSAGE", "ELDHISTOGRAM"])("and only is there is not waited for: %s", (kind) => {
    begin(1, kind)
    expect(wait(true)).toBe(0)
  })

  it("and cannot say whether it is open is waited for a moment after it has brought something", () => {
    begin(1, "BLOBREADER")
    expect(wait()).toBe(50)
    expect(wait()).toBe(0)
    allowed.called(1)
    expect(wait()).toBe(50)
  })

  it("and compresses is under way as often as it has something to compress", () => {
    const stream: { buffer: Uint8Array | null } = { buffer: new Uint8Array(1) }
    begin(1, "ZLIB", stream)
    expect(allowed.isAwaited(false)).toBe(true)
    stream.buffer = null
    allowed.called(1)
    now = 60_000
    expect(allowed.isAwaited(true)).toBe(false)
    stream.buffer = new Uint8Array(1)
    expect(wait()).toBe(10_000)
  })

  it("and was begun in an earlier schedule is waited for where it talks, and not where it owes an answer still", () => {
    begin(1, "FSREQCALLBACK")
    allowed.begin()
    expect(allowed.isAwaited(true)).toBe(false)
    begin(2, "TCPWRAP", open())
    allowed.begin()
    expect(allowed.isAwaited(false)).toBe(true)
  })

  it("and resists to be looked at is not waited for", () => {
    const resisting = {
      hasRef() {
        throw new Error("no")
      },
    }
    begin(1, "MESSAGEPORT", resisting)
    begin(2, "Timeout", resisting)
    expect(allowed.isAwaited(true)).toBe(false)
  })
})
