/**
 * Skynet: a process starts ten, each of them ten, and so on; the last ones send their numbers up, the others the sum of what they
 * got. What the first one gets is the sum of all numbers, or it counts for nothing.
 */

import { type AsyncContextRule, actor, type Definition, type Pid, type Runtime, type Self, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { rightSum, WIDTH } from "../skynet.ts"

const { kind, asyncContext, ...sampling } = parameters<Sampling & { kind: "process" | "server"; asyncContext: AsyncContextRule }>()

/** Which numbers a process answers for: `size` of them, from `first` on. */
interface Share<Parent> {
  readonly parent: Parent
  readonly first: number
  readonly size: number
}

const node: Definition<Share<Pid>, Pid> = actor<Share<Pid>, number>(async (self, { parent, first, size }) => {
  if (size === 1) {
    self.tell(parent, first)
    return
  }
  const each = size / WIDTH
  for (let i = 0; i < WIDTH; i += 1) self.spawn(node, { parent: self.pid, first: first + i * each, size: each })
  let sum = 0
  for (let i = 0; i < WIDTH; i += 1) sum += (await self.receive()) as number
  self.tell(parent, sum)
})

/** Who is told a sum: a server, or the bench. */
interface Parent {
  readonly cast: { add(number: number): boolean }
}

interface State {
  readonly parent: Parent
  sum: number
  missing: number
}

const nodeServer: Definition<Share<Parent>, Pid> = server({
  init: ({ parent, first, size }: Share<Parent>, self: Self): State => {
    if (size === 1) {
      parent.cast.add(first)
      self.stop()
      return { parent, sum: first, missing: 0 }
    }
    const each = size / WIDTH
    const me = self.pid as Pid & Parent
    for (let i = 0; i < WIDTH; i += 1) self.spawn(nodeServer, { parent: me, first: first + i * each, size: each })
    return { parent, sum: 0, missing: WIDTH }
  },
  cast: {
    add: (state: State, number: number, self: Self) => {
      state.sum += number
      state.missing -= 1
      if (state.missing > 0) return
      state.parent.cast.add(state.sum)
      self.stop()
    },
  },
})

const collector = actor<{ size: number; over: (sum: number) => void }, number>(async (self, { size, over }) => {
  self.spawn(node, { parent: self.pid, first: 0, size })
  over((await self.receive()) as number)
})

const begin: Record<typeof kind, (runtime: Runtime, size: number, over: (sum: number) => void) => Pid> = {
  process: (runtime, size, over) => runtime.spawn(collector, { size, over }),
  server: (runtime, size, over) => {
    const add = (sum: number): boolean => {
      over(sum)
      return true
    }
    return runtime.spawn(nodeServer, { parent: { cast: { add } }, first: 0, size })
  },
}

const runtime = await start({}, { log: () => {}, asyncContext })

async function skynet(size: number): Promise<number> {
  const sum = await new Promise<number>((over) => begin[kind](runtime, size, over))
  return sum === rightSum(size) ? size : 0
}

report(await sample("ns a leaf", sampling, skynet))
