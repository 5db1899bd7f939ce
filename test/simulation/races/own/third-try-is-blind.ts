import { actor, type Runtime, server } from "pigeonhole"

export const about =
  "A counter is written where its version is as it was read; who is disturbed twice writes anyway, and loses what came in between (fallback)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const VISITS = 4

interface Write {
  readonly count: number
  /** Only where it is that; without one in any case. */
  readonly version: number | undefined
}

const page = server({
  init: () => ({ count: 0, version: 0 }),
  call: {
    read: (state) => ({ ...state }),
    visit: (state) => {
      state.count += 1
      state.version += 1
    },
    write: (state, { count, version }: Write) => {
      if (version !== undefined && version !== state.version) return false
      state.count = count
      state.version += 1
      return true
    },
  },
})

function site(isBlind: (attempt: number) => boolean) {
  let home: ReturnType<typeof spawnPage>
  const spawnPage = (runtime: Runtime) => runtime.spawn(page)
  const bonus = actor(async () => {
    for (let attempt = 1; ; attempt += 1) {
      const { count, version } = await home.call.read(undefined, patient)
      if (await home.call.write({ count: count + 100, version: isBlind(attempt) ? undefined : version }, patient)) return
    }
  })
  const visitors = actor(async () => {
    for (let visit = 1; visit <= VISITS; visit += 1) await home.call.visit(undefined, patient)
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      home = spawnPage(runtime)
      const both = [runtime.spawn(bonus), runtime.spawn(visitors)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const { count } = await home.call.read(undefined, patient)
      return count === 100 + VISITS ? undefined : `${VISITS} visits and a bonus of 100, and the page counts ${count}`
    },
  }
}

export function buggy() {
  return site((attempt) => attempt === 3)
}

/** It tries until nobody disturbs it. */
export function fixed() {
  return site(() => false)
}
