import { actor, type Runtime, server } from "pigeonhole"

export const about =
  "Free hooks are a chain, taken where its head is as it was read; the head has been taken, and given back, and what was behind it is taken (ABA)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const HOOKS = 3

/** The first free hook, and how often that has changed. */
interface Head {
  readonly hook: number
  readonly stamp: number
}
interface Swing {
  readonly seen: Head
  readonly hook: number
}
type IsSame = (one: Head, other: Head) => boolean

const rackOf = (isSame: IsSame) =>
  server({
    init: () => ({ head: { hook: 1, stamp: 0 } as Head, next: new Map(Array.from({ length: HOOKS }, (_none, at) => [at + 1, at + 2])) }),
    call: {
      head: (state) => state.head,
      next: (state, hook: number) => state.next.get(hook) ?? 0,
      chain: (state, { hook, next }: { readonly hook: number; readonly next: number }) => void state.next.set(hook, next),
      swing: (state, { seen, hook }: Swing) => {
        if (!isSame(state.head, seen)) return false
        state.head = { hook, stamp: state.head.stamp + 1 }
        return true
      },
    },
  })

function cloakroom(isSame: IsSame) {
  const rack = rackOf(isSame)
  const spawnRack = (runtime: Runtime) => runtime.spawn(rack)
  let hooks: ReturnType<typeof spawnRack>
  const held: number[] = []
  const take = async (): Promise<number> => {
    for (;;) {
      const seen = await hooks.call.head(undefined, patient)
      const hook = await hooks.call.next(seen.hook, patient)
      if (await hooks.call.swing({ seen, hook }, patient)) return seen.hook
    }
  }
  const giveBack = async (hook: number): Promise<void> => {
    for (;;) {
      const seen = await hooks.call.head(undefined, patient)
      await hooks.call.chain({ hook, next: seen.hook }, patient)
      if (await hooks.call.swing({ seen, hook }, patient)) return
    }
  }
  const guest = actor(async () => void held.push(await take()))
  /** Takes one for a coat and one for a hat, and has no coat. */
  const hatted = actor(async () => {
    const coat = await take()
    held.push(await take())
    await giveBack(coat)
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      hooks = spawnRack(runtime)
      const both = [runtime.spawn(guest), runtime.spawn(hatted)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      let { hook } = await hooks.call.head(undefined, patient)
      for (let looked = 0; looked < HOOKS && hook <= HOOKS; looked += 1) {
        if (held.includes(hook)) return `hook ${hook} is somebody's, and free`
        hook = await hooks.call.next(hook, patient)
      }
      return undefined
    },
  }
}

export function buggy() {
  return cloakroom((one, other) => one.hook === other.hook)
}

/** A head that has changed is another, whatever hook it is. */
export function fixed() {
  return cloakroom((one, other) => one.stamp === other.stamp)
}
