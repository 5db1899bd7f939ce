import { actor, isDown, type Pid, type Runtime } from "pigeonhole"

export const about =
  "A node is declared dead when two pings in a row were not answered in time; it lives, and its pong is on its way (failure detector)"
export const needs = ["timers"]

const ROUNDS = 3
const PATIENCE_MS = 100

/** Answers each ping. */
const node = actor<undefined, Pid>(async (self) => {
  for await (const from of self.inbox) self.tell(from as Pid, "pong")
})

/** Asked twice, or told of its end. `isProof`: whether silence is enough. */
function cluster(isProof: boolean) {
  const declared: Pid[] = []
  const watcher = actor<Pid>(async (self, watched) => {
    self.monitor(watched)
    const ping = async (): Promise<unknown> => {
      self.tell(watched, self.pid)
      return self.receive({ timeoutMs: PATIENCE_MS }).catch(() => undefined)
    }
    for (let round = 1; round <= ROUNDS; round += 1) {
      const heard = (await ping()) ?? (await ping())
      const isDead = isDown(heard) || (isProof && heard === undefined)
      if (isDead) return void declared.push(watched)
      const pause = self.after(1_000, "next round")
      await self.receive((message) => message === "next round")
      pause.cancel()
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      const nodes = [runtime.spawn(node), runtime.spawn(node)]
      const watchers = nodes.map((pid) => runtime.spawn(watcher, pid))
      await Promise.all(watchers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return declared.length === 0 ? undefined : `declared dead, and alive: ${declared.join(", ")}`
    },
  }
}

export function buggy() {
  return cluster(true)
}

/** Who is silent is slow; the end of a process is told by the runtime. */
export function fixed() {
  return cluster(false)
}
