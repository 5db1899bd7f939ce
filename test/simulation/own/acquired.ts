/**
 * Random trees of services that acquire and ask each other as they start, as they serve, as they are told of who has left, and as they end, while callers do
 * the same and terminate and restart them: whoever acquires has a mailbox, or is told why not, in any order; nobody waits for ever, nobody asks for ever.
 */

import type { Application, World } from "pigeonhole/simulation"
import {
  type ChildDefinition,
  child,
  type ExitReason,
  type ProcessSelf,
  partitionSupervisor,
  pool,
  type Runtime,
  type Startable,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../../actors/index.ts"
import type { ChildPlan } from "../../models/refereed-tree.ts"
import { Drawer, pause } from "./drawn-tree.ts"
import { type OwnScenario, parts } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Acquirer = Pick<ProcessSelf<unknown>, "acquire">

/** What they have in common that are acquired; a store has no `call`. */
interface Acquired {
  readonly call?: { visit(depth: number, options: { readonly timeoutMs: number }): Promise<unknown> }
  release(): Promise<boolean>
}

class Acquaintances {
  readonly #draw: Drawer
  readonly ids: string[] = []

  constructor(draw: Drawer) {
    this.#draw = draw
  }

  /** Acquires one of them, and asks it to go on to others, `depth` deep. Who is refused goes on. */
  async visit(self: Acquirer, id: string, depth: number): Promise<void> {
    const draw = this.#draw
    const box = (await self.acquire<object>(id).catch(() => undefined)) as Acquired | undefined
    if (depth >= 0) await box?.call?.visit(depth, { timeoutMs: draw.of(50, 5000) }).catch(() => {})
    if (draw.of(true, false)) await Promise.race([box?.release().catch(() => {}), pause(20)])
  }

  /** Where there are partitions only, their supervisor. */
  anyone(): string {
    return this.#draw.of(...(this.ids.length === 0 ? ["app.0"] : this.ids))
  }

  #worker(): Startable {
    const draw = this.#draw
    const [startsBy, endsBy, hearsBy] = [draw.of(true, false, false), draw.of(true, false, false), draw.of(true, false, false)]
    const [initMs, clearUpMs] = [draw.of(0, 0, 5), draw.of(0, 0, 5)]
    return server({
      init: async (_argument: undefined, self: Acquirer) => {
        await pause(initMs)
        if (startsBy) await this.visit(self, this.anyone(), draw.of(-1, 0, 1))
        return {}
      },
      call: {
        visit: async (_state: object, depth: number, self: Acquirer) => {
          if (depth > 0) await this.visit(self, this.anyone(), depth - 1)
        },
      },
      ...(hearsBy ? { detached: (_state: object, _caller: unknown, self: Acquirer) => this.visit(self, this.anyone(), 0) } : {}),
      terminate: async (_state: object, _reason: ExitReason, self: Acquirer) => {
        await pause(clearUpMs)
        if (endsBy) await this.visit(self, this.anyone(), 0)
      },
    })
  }

  #oneOf(kind: "supervisor" | "worker" | "pool" | "partitions" | "store", id: string, depth: number): Startable {
    if (kind === "supervisor") return this.supervisor(id, depth - 1) as Startable
    if (kind === "store") return store() as Startable
    if (kind === "pool") return pool(this.#worker() as never, { size: 2 }) as Startable
    return kind === "worker" ? this.#worker() : (partitionSupervisor({ child: this.#worker(), partitions: 2 }) as Startable)
  }

  supervisor(id: string, depth: number) {
    const draw = this.#draw
    const children: Record<string, ChildDefinition<Startable>> = {}
    for (let place = draw.of(2, 3); place > 0; place -= 1) {
      const before = Object.keys(children)
      const kinds = depth > 0 ? (["supervisor", "supervisor"] as const) : []
      const kind = draw.of(...kinds, "worker", "worker", "worker", "pool", "partitions", "store")
      const own = `${id}.${before.length}`
      if (kind !== "partitions") this.ids.push(own)
      const isKept = kind !== "worker" && kind !== "store"
      children[own] = child(this.#oneOf(kind, own, depth), {
        restart: draw.of("permanent", "permanent", "transient", "temporary"),
        shutdown: draw.of<ChildPlan["shutdown"]>(5000, 10, "infinity", "brutal_kill", { drain: 20 }),
        autoStart: draw.of(true, true, false),
        requires: before.length > 0 && draw.of(true, false, false) ? [draw.of(...before)] : [],
        backoff: { initialMs: draw.of(0, 5, 50), maxMs: 100, jitter: 0, maxAttempts: draw.of(0, 0, 2) },
        ...(isKept || draw.of(true, false) ? {} : { onDetach: stopWhenIdle({ lingerMs: draw.of(0, 5) }) }),
      })
    }
    return supervisor({
      strategy: draw.of("one_for_one", "one_for_all", "rest_for_one"),
      intensity: draw.of(3, 50),
      periodMs: 1000,
      children,
    })
  }
}

/** Through the supervisor above, which may be down itself. */
async function administer(self: Acquirer, type: "terminate" | "restart", id: string): Promise<void> {
  const above = id.slice(0, id.lastIndexOf("."))
  const box = await self.acquire<object>(above, { as: SupervisorMailbox }).catch(() => undefined)
  if (!(box instanceof SupervisorMailbox)) return
  await (type === "terminate" ? box.terminateChild(id, patient) : box.restartChild(id, patient)).catch(() => {})
}

const acquainted = (world: World): Application => {
  const draw = new Drawer(() => world.random())
  const all = new Acquaintances(draw)
  const tree = { app: child(all.supervisor("app", 2)) }
  const acts = Array.from({ length: 6 }, () => ({
    type: draw.of("visit", "visit", "visit", "terminate", "restart"),
    id: all.anyone(),
    depth: draw.of(0, 1, 2),
  }))
  const caller = (number: number) => async (self: ProcessSelf<unknown>) => {
    for (const { type, id, depth } of world.operations(acts.filter((_act, place) => place % 3 === number)))
      await (type === "visit" ? all.visit(self, id, depth) : administer(self, type as "terminate" | "restart", id))
  }
  return {
    tree,
    run: async (runtime) => void (await parts(runtime as Runtime, caller(0), caller(1), caller(2))),
  }
}

export const acquaintances: OwnScenario = {
  promises: [7, 20, 23],
  make: acquainted,
  seeds: 6,
  options: { faults: { crash: 2, startFails: 1, callerDies: 1 } },
}
