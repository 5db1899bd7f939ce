import { actor, type ProcessSelf, type Runtime, server } from "pigeonhole"

export const about =
  "A lease runs out while its holder is still at work; the next holder writes, and then the first writes over it (lease without a fence)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const LEASE_MS = 100

/** Hands out the right to write, for so long; each lease has a higher number than the one before. */
const leases = server({
  init: () => ({ last: 0, isHeld: false }),
  call: {
    acquire: (state, _none: undefined, self) => {
      if (state.isHeld) return undefined
      state.isHeld = true
      state.last += 1
      self.after(LEASE_MS, "lease is over", { key: "lease" })
      return state.last
    },
  },
  info: (state) => {
    state.isHeld = false
  },
})

const ledger = server({
  init: (isFenced: boolean) => ({ isFenced, highest: 0, lines: [] as number[] }),
  call: {
    lines: (state) => [...state.lines],
    append: (state, lease: number) => {
      if (state.isFenced && lease < state.highest) return false
      state.highest = Math.max(state.highest, lease)
      state.lines.push(lease)
      return true
    },
  },
})

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

const spawnAll = (runtime: Runtime, isFenced: boolean) => ({ lock: runtime.spawn(leases), book: runtime.spawn(ledger, isFenced) })

function bookkeeping(isFenced: boolean) {
  let office: ReturnType<typeof spawnAll>
  const clerk = actor(async (self) => {
    let lease = await office.lock.call.acquire(undefined, patient)
    for (let attempt = 1; lease === undefined && attempt < 5; attempt += 1) {
      await pause(self, 60)
      lease = await office.lock.call.acquire(undefined, patient)
    }
    if (lease === undefined) return
    for (let line = 1; line <= 3; line += 1) {
      await pause(self, 10)
      await office.book.call.append(lease, patient)
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      office = spawnAll(runtime, isFenced)
      const clerks = [runtime.spawn(clerk), runtime.spawn(clerk)]
      await Promise.all(clerks.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const lines = await office.book.call.lines(undefined, patient)
      const isInOrder = lines.every((lease, index) => index === 0 || lease >= (lines[index - 1] as number))
      return isInOrder ? undefined : `a lease that was over has written after the next: ${lines.join(" ")}`
    },
  }
}

export function buggy() {
  return bookkeeping(false)
}

export function fixed() {
  return bookkeeping(true)
}
