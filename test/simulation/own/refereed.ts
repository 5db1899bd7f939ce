/**
 * Random trees of supervisors side by side with a referee (`test/models/supervision-referee.ts`): children crash, are killed, do not start, hang and are never done wherever
 * the schedule likes, callers terminate, restart and add them at once, supervisors are killed, and the whole is stopped in the middle.
 */

import type { Application, World } from "pigeonhole/simulation"
import { DynamicSupervisorMailbox, type Pid, type Runtime, SupervisorMailbox, start, Unavailable } from "../../../actors/index.ts"
import { aboveOf, type ChildPlan, type SupervisorPlan } from "../../models/refereed-tree.ts"
import { SupervisionReferee, type Wish } from "../../models/supervision-referee.ts"
import { childOf, Drawer, pause, supervisorOf } from "./drawn-tree.ts"
import type { OwnScenario } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const referees = new WeakMap<World, SupervisionReferee>()

// -- what happens to it ------------------------------------------------------------------------------------------------

type Type = Wish | "add" | "leave" | "crash" | "crashes" | "hang" | "kill" | "wait" | "stop"

interface Act {
  readonly type: Type
  readonly id: string
  /** What is added. */
  readonly plan?: ChildPlan
}

const TYPES: readonly Type[] = [
  "terminate",
  "restart",
  "restart",
  "delete",
  "want",
  "want",
  "add",
  "leave",
  "crash",
  "crashes",
  "hang",
  "kill",
  "wait",
  "wait",
]

/** What is done, and all supervisors that there may be, those that are added among them. */
function actsOf(
  tree: SupervisorPlan,
  draw: Drawer,
): { readonly acts: readonly Act[]; readonly plans: ReadonlyMap<string, SupervisorPlan> } {
  const plans = new Map(plansOf(tree, "root"))
  const children = [...plans].flatMap(([id, plan]) => childrenOf(id, plan))
  const added = (id: string, above: SupervisorPlan): ChildPlan => {
    // No deeper: what a killed supervisor leaves goes on without being told apart from what its successor has.
    const below = above === tree && draw.of(true, false) ? draw.below(id, 0) : undefined
    const requires = above.children.length > 0 && draw.of(true, false, false) ? [draw.of(...above.children).id] : []
    if (below !== undefined) plans.set(id, below)
    children.push(id, ...(below === undefined ? [] : childrenOf(id, below)))
    return { ...draw.child(id, "never", requires, below), autoStart: true }
  }
  const acts = Array.from({ length: draw.of(4, 6, 8) }, (_none, place): Act => {
    const type = draw.of(...TYPES)
    if (place === 7) return { type: draw.of("stop", "wait"), id: "root" }
    if (type !== "add") return { type, id: draw.of(...children) }
    const [id, above] = draw.of(...plans)
    if (above.dynamic !== undefined) return { type, id }
    return { type, id: `${id}+${place}`, plan: added(`${id}+${place}`, above) }
  })
  return { acts, plans }
}

/** Below a dynamic supervisor some that it may come to have. */
function childrenOf(id: string, { children, dynamic }: SupervisorPlan): readonly string[] {
  return dynamic === undefined ? children.map((each) => each.id) : [`${id}.1`, `${id}.2`]
}

class Hands {
  readonly #runtime: Runtime<object>
  readonly #referee: SupervisionReferee
  readonly #draw: Drawer
  readonly #plans: ReadonlyMap<string, SupervisorPlan>
  /** Of children of dynamic supervisors, by id: nobody else can be asked for them. */
  readonly #pids = new Map<string, Pid>()
  /** Somebody may be at something for ever: a drain of the whole has no limit but its own, and that is none here. */
  #hangs = false
  #drains = false

  constructor(runtime: Runtime<object>, referee: SupervisionReferee, draw: Drawer, plans: ReadonlyMap<string, SupervisorPlan>) {
    this.#runtime = runtime
    this.#referee = referee
    this.#draw = draw
    this.#plans = plans
  }

  async do({ type, id, plan }: Act): Promise<void> {
    if (type === "wait") return pause(10)
    if (type === "add") return plan === undefined ? this.#addOne(id) : this.#add(id, plan)
    if (type === "want") return void (await this.#acquired(id))
    if (type === "stop") return this.stop(this.#draw.of(true, false) && !this.#hangs)
    if (type === "hang" && this.#drains) return
    if (type === "hang") this.#hangs = true
    if (type === "terminate" && this.#isDynamic(id)) return this.#terminateOne(id)
    if (type === "terminate" || type === "restart" || type === "delete") return this.#ask(type, id)
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
    const pid = this.#pids.get(id) ?? runtime.whereis(id)
    if (pid === undefined) return
    if (type === "kill") runtime.exit(pid, "kill")
    else runtime.tell(pid, type)
  }

  async stop(drain = false): Promise<void> {
    this.#referee.isStopping = true
    this.#drains ||= drain
    await this.#runtime.stop({ ...patient, drain })
  }

  async #ask(type: "terminate" | "restart" | "delete", id: string): Promise<void> {
    const box = await this.#boxAbove(id)
    if (!(box instanceof SupervisorMailbox)) return
    const answered = this.#referee.asks(type, id)
    answered(await outcomeOf(this.#asked(type, id, box)))
  }

  #asked(type: "terminate" | "restart" | "delete", id: string, box: SupervisorMailbox): Promise<unknown> {
    if (type === "terminate") return box.terminateChild(id, { ...patient, drain: this.#draw.of(true, false) })
    return type === "restart" ? box.restartChild(id, patient) : box.deleteChild(id, patient)
  }

  async #add(id: string, plan: ChildPlan): Promise<void> {
    this.#referee.adds(plan)
    const above = await this.#boxAbove(id)
    if (above instanceof SupervisorMailbox) await above.startChild(id, childOf(plan, this.#draw, this.#referee), patient).catch(() => {})
  }

  // -- below dynamic supervisors -------------------------------------------------------------------------------------

  #isDynamic(id: string): boolean {
    return this.#plans.get(aboveOf(id))?.dynamic !== undefined
  }

  async #addOne(id: string): Promise<void> {
    const each = this.#plans.get(id)?.dynamic?.each
    const above = await this.#acquired(id)
    if (each === undefined || !(above instanceof DynamicSupervisorMailbox)) return
    this.#referee.asksForOne(id)
    const pid = await above.startChild(childOf(each, this.#draw, this.#referee), patient).catch(() => undefined)
    if (pid !== undefined) this.#pids.set(`${id}.${1 + (this.#pids.size % 2)}`, pid)
  }

  async #terminateOne(id: string): Promise<void> {
    const pid = this.#pids.get(id)
    const above = await this.#boxAbove(id)
    if (pid === undefined || !(above instanceof DynamicSupervisorMailbox)) return
    const answered = this.#referee.terminatesOne(aboveOf(id), `${pid}`)
    answered(await outcomeOf(above.terminateChild(pid, { ...patient, drain: this.#draw.of(true, false) })))
  }

  // -- mailboxes -----------------------------------------------------------------------------------------------------

  #boxAbove(id: string): Promise<object | undefined> {
    return this.#acquired(aboveOf(id))
  }

  async #acquired(id: string): Promise<object | undefined> {
    const answered = this.#referee.asks("want", id)
    const asked = this.#runtime.acquire(id as never) as Promise<object>
    answered(await outcomeOf(asked))
    return asked.catch(() => undefined)
  }
}

function outcomeOf(asked: Promise<unknown>): Promise<"done" | "refused" | "unknown"> {
  return asked.then(
    () => "done",
    (error) => (error instanceof Unavailable ? "unknown" : "refused"),
  )
}

function plansOf(plan: SupervisorPlan, id: string): ReadonlyMap<string, SupervisorPlan> {
  const below = plan.children.flatMap((each) => (each.below === undefined ? [] : [...plansOf(each.below, each.id)]))
  return new Map([[id, plan], ...below])
}

const refereed = (world: World): Application => {
  const draw = new Drawer(() => world.random())
  const plan = draw.tree("root", 1)
  const referee = new SupervisionReferee(plan, () => world.now)
  referees.set(world, referee)
  const { acts, plans } = actsOf(plan, draw)
  let hands: Hands | undefined
  return {
    tree: {},
    async run() {
      const inspect = (event: Parameters<SupervisionReferee["see"]>[0]): void => referee.see(event)
      const options = { host: world.host, log: () => {}, inspect }
      const runtime = (await start(supervisorOf(plan, draw, referee), options).catch(() => undefined)) as Runtime<object> | undefined
      if (runtime === undefined) return
      const at = new Hands(runtime, referee, draw, plans)
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
  seeds: 10,
  options: { faults: { crash: 3, startFails: 2, startHangs: 1, slowHandler: 1 }, always: { isAllowed }, eventually: { isSettled } },
}
