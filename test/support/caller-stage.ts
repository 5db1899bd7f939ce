/**
 * An application of services under random callers, and what must be so whatever they do in one moment: told by a few naive books, not by a
 * model of how it is done.
 */

import {
  type Children,
  child,
  type DetachPolicy,
  keep,
  type Pid,
  type Runtime,
  reset,
  type Self,
  ServerMailbox,
  type Shutdown,
  type Strategy,
  SupervisorMailbox,
  server,
  start,
  stopWhenIdle,
  supervisor,
  type TreeNode,
} from "../../actors/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"

export type PolicyName = "keep" | "stop" | "linger" | "reset"

export interface ServicePlan {
  readonly initMs: number
  readonly clearUpMs: number
  readonly state: "reset" | "retain"
  readonly policy: PolicyName
  /** Numbers of earlier services that it requires. */
  readonly requires: readonly number[]
  readonly backoffMs: number
  readonly shutdown: Shutdown
}

export interface StagePlan {
  readonly strategy: Strategy
  readonly inner: Strategy
  readonly group: { readonly shutdown: Shutdown; readonly policy: PolicyName }
  readonly services: readonly ServicePlan[]
}

export type Act =
  | { readonly type: "acquire" | "crash" | "kill" | "terminate" | "drain" | "restart" | "remake" | "fail"; readonly who: number }
  | { readonly type: "release" | "write" | "read"; readonly who: number }
  | { readonly type: "killGroup" | "stopGroup" | "terminateGroup" | "drainGroup" | "restartGroup" }

/** The last two of them are below a supervisor of their own. */
export const IDS = ["a", "b", "c", "g:x", "g:y"] as const

type Box = ServerMailbox<{ write: (state: State, secret: string) => void; read: (state: State) => readonly string[] }, object>

interface State {
  readonly secrets: string[]
}

interface Held {
  readonly id: string
  /** How often that id had been deleted before: a mailbox of a deleted child says nothing to the next one. */
  readonly life: number
  readonly box: Box
}

const UNLIMITED = { timeoutMs: Number.POSITIVE_INFINITY }

const POLICIES: Record<PolicyName, DetachPolicy> = { keep, stop: stopWhenIdle(), linger: stopWhenIdle({ lingerMs: 20 }), reset }

export class CallerStage {
  readonly time: VirtualTime = virtualTime({ unseenMs: 0 })
  /** What went against a rule. */
  readonly faults: string[] = []
  readonly #plan: StagePlan
  readonly #living = new Map<string, Set<Pid>>()
  readonly #idOf = new Map<Pid, string>()
  readonly #endedAt = new Map<string, number>()
  readonly #failing = new Map<string, number>()
  readonly #held: Held[] = []
  readonly #lives = new Map<string, number>()
  /** By service and life: all that was ever written. */
  readonly #written = new Map<string, string[]>()
  /** What nobody may read any more: it was reset, or its service was terminated, and somebody was told so. */
  readonly #gone = new Set<string>()
  /** By service: how often it was asked to run since it was last terminated. */
  readonly #asked = new Map<string, number>()
  readonly #down = new Map<string, number>()
  readonly #open = new Set<string>()
  #count = 0
  #runtime: Runtime<object> | undefined = undefined

  constructor(plan: StagePlan) {
    this.#plan = plan
  }

  get runtime(): Runtime<object> {
    if (this.#runtime === undefined) throw new Error("it has not started")
    return this.#runtime
  }

  async boot(): Promise<void> {
    const { strategy, inner } = this.#plan
    const limits = { intensity: 100_000, periodMs: 1000 }
    const { shutdown, policy } = this.#plan.group
    const members = supervisor({ strategy: inner, ...limits, children: this.#children(3, 5) })
    const group = child(members, { shutdown, onDetach: POLICIES[policy] })
    const tree = supervisor({ strategy, ...limits, children: { ...this.#children(0, 2), group, ...this.#children(2, 3) } as Children })
    const starting = start(tree, { host: this.time, log: () => {}, inspect: (event) => this.#inspect(event) })
    await this.time.advance(1000)
    this.#runtime = await starting
  }

  /** Begun in one moment with others; what follows from it is noted when it comes. */
  act({ type, ...act }: Act): void {
    const id = "who" in act ? (IDS[act.who % IDS.length] as string) : "group"
    const held = "who" in act ? this.#held[act.who % Math.max(this.#held.length, 1)] : undefined
    switch (type) {
      case "acquire":
        return this.#await(
          `acquire ${id}`,
          this.runtime
            .acquire(id, { as: ServerMailbox })
            .then((box) => void this.#held.push({ id, life: this.#lifeOf(id), box: box as Box })),
        )
      case "release":
        return held === undefined ? undefined : this.#release(held)
      case "write":
        return held === undefined ? undefined : this.#write(held)
      case "read":
        return held === undefined ? undefined : this.#read(held)
      case "crash":
      case "kill":
        return this.#end(id, type)
      case "killGroup":
        return this.#end("group", "kill")
      case "stopGroup":
        return this.#end("group", "stop")
      case "terminateGroup":
      case "drainGroup":
        return this.#await(`${type}`, this.#terminate("group", type === "drainGroup"))
      case "fail":
        return void this.#failing.set(id, 1)
      case "terminate":
      case "drain":
        return this.#await(`${type} ${id}`, this.#terminate(id, type === "drain"))
      case "restart":
      case "restartGroup":
        this.#ask(id)
        return this.#await(
          `restart ${id}`,
          this.#supervisorOf(id).then((box) => box.restartChild(id)),
        )
      case "remake":
        return this.#await(`remake ${id}`, this.#remake(id))
    }
  }

  /** After all that follows by itself: nothing is left between two states, nobody runs whom the tree does not know. */
  async check(): Promise<void> {
    await this.time.advance(100_000)
    const nodes = leaves(this.runtime.tree())
    for (const { id, state, pid } of nodes) {
      if (state !== "running" && state !== "stopped") this.faults.push(`${id} is ${state} for ever`)
      if (this.runtime.whereis(id) !== pid || (pid !== undefined && !pid.isAlive))
        this.faults.push(`${id} is ${state}, and its name leads elsewhere`)
    }
    const living = nodes.filter(({ state }) => state === "running").length
    const supervisors = this.runtime.tree().children.some(({ id, state }) => id === "group" && state === "running") ? 2 : 1
    const { processes } = this.runtime.statistics()
    if (processes !== living + supervisors) this.faults.push(`${processes} processes, ${living} services and ${supervisors} supervisors`)
    if (this.#open.size > 0) this.faults.push(`not answered: ${[...this.#open].join(", ")}`)
    for (const [id, asked] of this.#down) {
      const node = nodes.find((each) => each.id === id)
      const isAskedSince = (this.#asked.get(id) ?? 0) > asked
      if (!isAskedSince && this.#isAlone(id) && node?.state === "running") this.faults.push(`${id} was terminated, and runs`)
    }
  }

  /** Nobody holds anything any more: what stops for want of callers has stopped, but for what is required. */
  async leave(): Promise<void> {
    for (const held of [...this.#held]) this.#release(held)
    await this.check()
  }

  async close(): Promise<void> {
    const stopped = this.runtime.stop()
    await this.time.advance(100_000)
    await stopped
    const { processes } = this.runtime.statistics()
    if (processes > 0 || this.time.armedTimers > 0)
      this.faults.push(`${processes} processes and ${this.time.armedTimers} timers after the stop`)
  }

  // -- what is done --------------------------------------------------------------------------------------------

  #release(held: Held): void {
    this.#held.splice(this.#held.indexOf(held), 1)
    const before = this.#writtenTo(held)
    const isReset = this.#planOf(held.id)?.policy === "reset"
    this.#await(
      `release ${held.id}`,
      held.box.release().then((isOver) => (isOver && isReset ? this.#forget(before) : undefined)),
    )
  }

  #write({ id, life, box }: Held): void {
    this.#count += 1
    const secret = `${id} ${this.#count}`
    this.#written.set(`${id} ${life}`, [...this.#writtenTo({ id, life }), secret])
    this.#await(`write ${id}`, box.call.write(secret))
  }

  #read({ id, box }: Held): void {
    const gone = new Set(this.#gone)
    this.#await(
      `read ${id}`,
      box.call.read().then((secrets) => {
        const seen = secrets.filter((secret) => gone.has(secret))
        if (seen.length > 0) this.faults.push(`a caller of ${id} read ${seen}, which was gone`)
      }),
    )
  }

  /** Somebody wants it to run, and all that is below it. */
  #ask(id: string): void {
    const ids = id === "group" ? IDS.filter((each) => each.startsWith("g:")) : [id]
    for (const each of ids) this.#asked.set(each, (this.#asked.get(each) ?? 0) + 1)
  }

  async #terminate(id: string, drain = false): Promise<void> {
    const before = this.#writtenTo({ id, life: this.#lifeOf(id) })
    const asked = this.#asked.get(id) ?? 0
    const box = await this.#supervisorOf(id)
    await box.terminateChild(id, { drain })
    this.#forget(before)
    this.#down.set(id, asked)
  }

  async #remake(id: string): Promise<void> {
    const box = await this.#supervisorOf(id)
    await box.terminateChild(id)
    await box.deleteChild(id)
    this.#lives.set(id, this.#lifeOf(id) + 1)
    this.#ask(id)
    await box.startChild(id, this.#service(IDS.indexOf(id as "a")))
  }

  #supervisorOf(id: string): Promise<SupervisorMailbox> {
    return this.runtime.acquire(id.startsWith("g:") ? "group" : "root", { as: SupervisorMailbox })
  }

  #end(id: string, how: "crash" | "kill" | "stop"): void {
    // The next incarnation of a supervisor knows nothing of what it was asked.
    if (id === "group") this.#ask(id)
    const pid = id === "group" ? this.runtime.tree().children.find((node) => node.id === "group")?.pid : this.runtime.whereis(id)
    if (pid !== undefined && how === "stop") this.runtime.stopProcess(pid, "shutdown", UNLIMITED).catch(() => {})
    else if (pid !== undefined) this.runtime.exit(pid, how === "kill" ? "kill" : { error: new Error("crash") })
  }

  #await(name: string, work: Promise<unknown>): void {
    this.#count += 1
    const request = `${name} (${this.#count})`
    this.#open.add(request)
    const answered = (): void => void this.#open.delete(request)
    work.then(answered, answered)
  }

  #forget(secrets: readonly string[]): void {
    for (const secret of secrets) this.#gone.add(secret)
  }

  #writtenTo({ id, life }: Pick<Held, "id" | "life">): readonly string[] {
    return this.#written.get(`${id} ${life}`) ?? []
  }

  #lifeOf(id: string): number {
    return this.#lives.get(id) ?? 0
  }

  // -- the application -------------------------------------------------------------------------------------------

  #planOf(id: string): ServicePlan | undefined {
    return this.#plan.services[IDS.indexOf(id as "a")]
  }

  /** Whether no sibling's failure starts it, nor a supervisor above it that is woken. */
  #isAlone(id: string): boolean {
    const { strategy, inner, group } = this.#plan
    return strategy === "one_for_one" && (!id.startsWith("g:") || (inner === "one_for_one" && group.policy === "keep"))
  }

  #children(from: number, to: number): Children {
    return Object.fromEntries(IDS.slice(from, to).map((id, index) => [id, this.#service(from + index)]))
  }

  #service(number: number) {
    const id = IDS[number] as string
    const { initMs, clearUpMs, state, policy, requires, backoffMs, shutdown } = this.#plan.services[number] as ServicePlan
    const required = [...new Set(requires.map((each) => IDS[each] as string))]
    const definition = server({
      init: (_: undefined, self: Self): State | Promise<State> => this.#init(id, self.pid, required, initMs),
      inherit: (kept: State, self: Self): State | Promise<State> => {
        const made = this.#init(id, self.pid, required, initMs)
        return made instanceof Promise ? made.then(() => kept) : kept
      },
      call: {
        write: ({ secrets }: State, secret: string) => void secrets.push(secret),
        read: ({ secrets }: State): readonly string[] => [...secrets],
      },
      terminate: () => (clearUpMs === 0 ? undefined : this.#wait(clearUpMs)),
    })
    const backoff = { initialMs: backoffMs, maxMs: backoffMs, jitter: 0 }
    return child(definition, { state, onDetach: POLICIES[policy], requires: required, backoff, shutdown })
  }

  #init(id: string, pid: Pid, required: readonly string[], initMs: number): State | Promise<State> {
    this.#idOf.set(pid, id)
    const living = this.#living.get(id) ?? new Set()
    this.#living.set(id, living.add(pid))
    if (living.size > 1) this.faults.push(`${living.size} incarnations of ${id} at ${this.time.now()}`)
    for (const each of required) {
      // One that crashes in the very moment is its strategy's matter.
      const isUp = [...(this.#living.get(each) ?? [])].some((other) => other.isAlive)
      if (!isUp && this.#endedAt.get(each) !== this.time.now()) this.faults.push(`${id} started without ${each} at ${this.time.now()}`)
    }
    const failures = this.#failing.get(id) ?? 0
    this.#failing.set(id, Math.max(0, failures - 1))
    if (failures > 0) throw new Error("fails to start")
    return initMs === 0 ? { secrets: [] } : this.#wait(initMs).then(() => ({ secrets: [] }))
  }

  #inspect(event: { readonly type: string; readonly pid?: unknown }): void {
    if (event.type !== "exited") return
    const id = this.#idOf.get(event.pid as Pid)
    if (id === undefined) return
    this.#living.get(id)?.delete(event.pid as Pid)
    this.#endedAt.set(id, this.time.now())
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.setTimer(resolve, ms))
  }
}

function leaves({ children }: TreeNode): readonly TreeNode[] {
  return children.flatMap((node) => (node.type === "supervisor" ? leaves(node) : [node]))
}
