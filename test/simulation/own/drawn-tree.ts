/** Trees of supervisors that are drawn, for a referee to follow, and what they are made of. */

import {
  type ChildDefinition,
  child,
  type DynamicSupervisorDefinition,
  dynamicSupervisor,
  type Startable,
  type SupervisorDefinition,
  server,
  supervisor,
} from "../../../actors/index.ts"
import type { ChildPlan, SupervisorPlan } from "../../models/refereed-tree.ts"
import type { SupervisionReferee } from "../../models/supervision-referee.ts"

export class Drawer {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  of<Item>(...items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item
  }

  tree(id: string, depth: number): SupervisorPlan {
    const autoShutdown = this.of("never", "never", "any_significant", "all_significant")
    const count = this.of(2, 3, 4)
    const children: ChildPlan[] = []
    for (let place = 0; place < count; place += 1) {
      const below = depth > 0 && this.of(true, false, false) ? this.below(`${id}.${place}`, depth - 1) : undefined
      const before = children.map((each) => each.id)
      children.push(this.child(`${id}.${place}`, autoShutdown, this.of(true, false, false) && place > 0 ? [this.of(...before)] : [], below))
    }
    const strategy = this.of("one_for_one", "one_for_all", "rest_for_one")
    return { strategy, autoShutdown, intensity: this.of(1, 2, 3, 50), periodMs: this.of(20, 1_000_000), children }
  }

  below(id: string, depth: number): SupervisorPlan {
    return this.of(true, true, false) ? this.tree(id, depth) : this.dynamic(id)
  }

  /** One whose children are started while it runs. */
  dynamic(id: string): SupervisorPlan {
    const each = { ...this.child(`${id}.n`, "never", []), autoStart: true }
    const rules = { intensity: this.of(1, 3, 50), periodMs: this.of(20, 1_000_000), children: [] }
    return { ...rules, strategy: "one_for_one", autoShutdown: "never", dynamic: { each, most: this.of(1, 2, 9) } }
  }

  child(id: string, above: SupervisorPlan["autoShutdown"], requires: readonly string[], below?: SupervisorPlan): ChildPlan {
    const restart = this.of<ChildPlan["restart"]>("permanent", "permanent", "transient", "temporary")
    const backoff = {
      initialMs: this.of(0, 5, 50),
      factor: 2,
      maxMs: 100,
      stableAfterMs: this.of(10, 10_000),
      maxAttempts: this.of(0, 0, 2),
    }
    const significant = restart !== "permanent" && above !== "never" && this.of(true, false)
    const shutdown = this.of<ChildPlan["shutdown"]>(5000, 10, "infinity", "brutal_kill", { drain: 20 })
    const autoStart = this.of(true, true, true, false)
    // Enough for whatever of these starts as it should.
    const startTimeoutMs = this.of(undefined, undefined, 40)
    const plan = { id, restart, shutdown, significant, requires, backoff, autoStart, startTimeoutMs }
    return below === undefined ? plan : { ...plan, below }
  }
}

/** A worker that says when it clears up; some take their time to start and to end. One whose time to stop is limited may be told to do something for ever. */
function workerOf({ id, shutdown }: ChildPlan, draw: Drawer, referee: SupervisionReferee): Startable {
  const [initMs, clearUpMs] = [draw.of(0, 0, 5), draw.of(0, 0, 5)]
  return server({
    init: async () => {
      if (initMs > 0) await pause(initMs)
      return {}
    },
    info: (_state, message, self) => {
      if (message === "hang") return shutdown === "infinity" ? undefined : new Promise(() => {})
      if (message !== "leave") throw new Error("boom")
      return self.stop()
    },
    terminate: async (_state, reason) => {
      referee.terminates(id, reason)
      if (clearUpMs > 0) await pause(clearUpMs)
    },
  })
}

export function supervisorOf(
  { strategy, autoShutdown, intensity, periodMs, children }: SupervisorPlan,
  draw: Drawer,
  referee: SupervisionReferee,
) {
  const definitions = Object.fromEntries(children.map((plan) => [plan.id, childOf(plan, draw, referee)]))
  return supervisor({ strategy, autoShutdown, intensity, periodMs, children: definitions })
}

/** Of whichever kind. */
function anyOf(
  plan: SupervisorPlan,
  draw: Drawer,
  referee: SupervisionReferee,
): SupervisorDefinition<object> | DynamicSupervisorDefinition {
  const { dynamic, intensity, periodMs } = plan
  return dynamic === undefined ? supervisorOf(plan, draw, referee) : dynamicSupervisor({ intensity, periodMs, maxChildren: dynamic.most })
}

export function childOf(plan: ChildPlan, draw: Drawer, referee: SupervisionReferee): ChildDefinition<Startable> {
  const { restart, shutdown, significant, requires, autoStart, backoff, startTimeoutMs, below } = plan
  const definition = below === undefined ? workerOf(plan, draw, referee) : anyOf(below, draw, referee)
  const limit = startTimeoutMs === undefined ? {} : { startTimeoutMs }
  return child(definition as Startable, {
    ...{ restart, shutdown, significant, requires, autoStart, backoff: { ...backoff, jitter: 0 } },
    ...limit,
  })
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
