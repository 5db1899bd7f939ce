/**
 * Random trees of supervisors side by side with a referee (`test/models/supervision-referee.ts`): children crash, are killed, do not start and hang wherever
 * the schedule likes, callers terminate, restart and add them at once, supervisors are killed, and the whole is stopped in the middle.
 */

import type { Application, World } from "pigeonhole/simulation"
import {
  type ChildDefinition,
  child,
  type Runtime,
  type Startable,
  SupervisorMailbox,
  server,
  start,
  supervisor,
  Unavailable,
} from "../../../actors/index.ts"
import type { ChildPlan, SupervisorPlan } from "../../models/refereed-tree.ts"
import { SupervisionReferee } from "../../models/supervision-referee.ts"
import type { OwnScenario } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const referees = new WeakMap<World, SupervisionReferee>()

// -- a tree that is drawn ----------------------------------------------------------------------------------------------

class Drawer {
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
      const below = depth > 0 && this.of(true, false, false) ? this.tree(`${id}.${place}`, depth - 1) : undefined
      const before = children.map((each) => each.id)
      children.push(this.child(`${id}.${place}`, autoShutdown, this.of(true, false, false) && place > 0 ? [this.of(...before)] : [], below))
    }
    const strategy = this.of("one_for_one", "one_for_all", "rest_for_one")
    return { strategy, autoShutdown, intensity: this.of(1, 2, 3, 50), periodMs: this.of(20, 1_000_000), children }
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
    const shutdown = this.of<ChildPlan["shutdown"]>(5000, 10, "infinity", "brutal_kill")
    const plan = { id, restart, shutdown, significant, requires, backoff }
    return below === undefined ? plan : { ...plan, below }
  }
}

/** A worker that says when it clears up; some take their time to start and to end. */
function workerOf(id: string, draw: Drawer, referee: SupervisionReferee): Startable {
  const [initMs, clearUpMs] = [draw.of(0, 0, 5), draw.of(0, 0, 5)]
  return server({
    init: async () => {
      if (initMs > 0) await pause(initMs)
      return {}
    },
    info: (_state, message, self) => {
      if (message === "leave") self.stop()
      else throw new Error("boom")
    },
    terminate: async (_state, reason) => {
      referee.terminates(id, reason)
      if (clearUpMs > 0) await pause(clearUpMs)
    },
  })
}

function supervisorOf(
  { strategy, autoShutdown, intensity, periodMs, children }: SupervisorPlan,
  draw: Drawer,
  referee: SupervisionReferee,
) {
  const definitions = Object.fromEntries(children.map((plan) => [plan.id, childOf(plan, draw, referee)]))
  return supervisor({ strategy, autoShutdown, intensity, periodMs, children: definitions })
}

function childOf(plan: ChildPlan, draw: Drawer, referee: SupervisionReferee): ChildDefinition<Startable> {
  const { id, restart, shutdown, significant, requires, backoff, below } = plan
  const definition = below === undefined ? workerOf(id, draw, referee) : supervisorOf(below, draw, referee)
  return child(definition, { restart, shutdown, significant, requires, backoff: { ...backoff, jitter: 0 } })
}

// -- what happens to it ------------------------------------------------------------------------------------------------

interface Act {
  readonly type: "terminate" | "restart" | "add" | "leave" | "crash" | "crashes" | "kill" | "wait" | "stop"
  readonly id: string
}

function actsOf(plan: SupervisorPlan, draw: Drawer): readonly Act[] {
  const below = (tree: SupervisorPlan, id: string): readonly (readonly [string, SupervisorPlan | undefined])[] => [
    [id, tree],
    ...tree.children.flatMap((each) => (each.below === undefined ? [[each.id, undefined] as const] : below(each.below, each.id))),
  ]
  const all = below(plan, "root")
  const [supervisors, children] = [all.filter(([, tree]) => tree !== undefined), all.slice(1)]
  return Array.from({ length: draw.of(4, 6, 8) }, (_none, place): Act => {
    const type = draw.of<Act["type"]>("terminate", "restart", "restart", "add", "leave", "crash", "crashes", "kill", "wait", "wait")
    if (place === 7) return { type: draw.of("stop", "wait"), id: "root" }
    const [id] = type === "add" ? draw.of(...supervisors) : draw.of(...children)
    return { type, id: type === "add" ? `${id}+${place}` : id }
  })
}

class Hands {
  readonly #runtime: Runtime<object>
  readonly #referee: SupervisionReferee
  readonly #draw: Drawer

  constructor(runtime: Runtime<object>, referee: SupervisionReferee, draw: Drawer) {
    this.#runtime = runtime
    this.#referee = referee
    this.#draw = draw
  }

  async do({ type, id }: Act): Promise<void> {
    if (type === "wait") return pause(10)
    if (type === "terminate" || type === "restart") return this.#ask(type, id)
    if (type === "add") return this.#add(id)
    if (type === "stop") return this.stop()
    if (type === "crashes") return this.#crashes(id)
    this.#befall(type, id)
  }

  /** As often as its supervisor starts it again. */
  async #crashes(id: string): Promise<void> {
    for (let left = 4; left > 0; left -= 1) {
      this.#befall("crash", id)
      await pause(10)
    }
  }

  #befall(type: Act["type"], id: string): void {
    const runtime = this.#runtime
    const pid = runtime.whereis(id)
    if (pid === undefined) return
    if (type === "kill") runtime.exit(pid, "kill")
    else runtime.tell(pid, type)
  }

  async stop(): Promise<void> {
    this.#referee.isStopping = true
    await this.#runtime.stop(patient)
  }

  async #ask(type: "terminate" | "restart", id: string): Promise<void> {
    const box = await this.#boxAbove(id)
    const answered = this.#referee.asks(type, id)
    const asked = type === "terminate" ? box?.terminateChild(id, patient) : box?.restartChild(id, patient)
    answered(asked === undefined ? "refused" : await outcomeOf(asked))
  }

  async #add(id: string): Promise<void> {
    const plan = this.#draw.child(id, "never", [])
    this.#referee.adds(plan)
    const above = await this.#acquired(id.slice(0, id.lastIndexOf("+")))
    await above?.startChild(id, childOf(plan, this.#draw, this.#referee), patient).catch(() => {})
  }

  #boxAbove(id: string): Promise<SupervisorMailbox | undefined> {
    return this.#acquired(id.slice(0, Math.max(id.lastIndexOf("."), id.lastIndexOf("+"))))
  }

  async #acquired(id: string): Promise<SupervisorMailbox | undefined> {
    return (await this.#runtime.acquire(id as never, { as: SupervisorMailbox as never }).catch(() => undefined)) as
      | SupervisorMailbox
      | undefined
  }
}

function outcomeOf(asked: Promise<unknown>): Promise<"done" | "refused" | "unknown"> {
  return asked.then(
    () => "done",
    (error) => (error instanceof Unavailable ? "unknown" : "refused"),
  )
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const refereed = (world: World): Application => {
  const draw = new Drawer(() => world.random())
  const plan = draw.tree("root", 1)
  const referee = new SupervisionReferee(plan, () => world.now)
  referees.set(world, referee)
  const acts = actsOf(plan, draw)
  let hands: Hands | undefined
  return {
    tree: {},
    async run() {
      const inspect = (event: Parameters<SupervisionReferee["see"]>[0]): void => referee.see(event)
      const options = { host: world.host, log: () => {}, inspect }
      const runtime = (await start(supervisorOf(plan, draw, referee), options).catch(() => undefined)) as Runtime<object> | undefined
      if (runtime === undefined) return
      const at = new Hands(runtime, referee, draw)
      hands = at
      const caller = async (number: number): Promise<void> => {
        for (const act of world.operations(acts.filter((_act, place) => place % 2 === number))) await at.do(act)
      }
      await Promise.all([caller(0), caller(1)])
    },
    async check() {
      await hands?.stop()
      return referee.wrong
    },
  }
}

const isSettled = (world: World): boolean => referees.get(world)?.isSettled === true
const isAllowed = (world: World): string | undefined => referees.get(world)?.wrong

export const supervisedTrees: OwnScenario = {
  promises: [7],
  make: refereed,
  options: { faults: { crash: 3, startFails: 2, startHangs: 1, slowHandler: 1 }, always: { isAllowed }, eventually: { isSettled } },
}
