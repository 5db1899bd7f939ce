/** An application made after a plan of the model of supervision, and what happens in it, told as the model tells it. */

import {
  type ChildDefinition,
  ChildrenMailbox,
  type ChildStatus,
  child,
  DynamicSupervisorMailbox,
  dynamicSupervisor,
  type ExitReason,
  type InspectionEvent,
  type Pid,
  PigeonholeError,
  partitionSupervisor,
  type Runtime,
  ServerMailbox,
  type Startable,
  type SupervisorDefinition,
  SupervisorMailbox,
  server,
  start,
  supervisor,
  type TreeNode,
} from "../../actors/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import type { Note, Operation, Plan, Row, SupervisorPlan, WorkerPlan } from "../models/supervision-model.ts"
import type { Ending } from "./random-tree.ts"

const UNLIMITED = { timeoutMs: Number.POSITIVE_INFINITY }

type Service = ServerMailbox<{ ping: () => string }, object>

export interface Answer {
  outcome: string
}

/** Of a process its name is enough. */
type Asked =
  | Exclude<Operation, { readonly type: "terminatePid" }>
  | { readonly type: "terminatePid"; readonly process: { readonly name: string } }

export class PlannedApplication {
  readonly time: VirtualTime = virtualTime({ unseenMs: 0 })
  /** Since it was last read. */
  story: Note[] = []
  /** By worker: how many of its next starts fail. */
  readonly failures = new Map<string, number>()
  readonly #tree: SupervisorDefinition<object>
  readonly #known = new Set<string>()
  readonly #names = new Map<Pid, string>()
  readonly #pids = new Map<string, Pid>()
  readonly #living = new Set<string>()
  /** Of all supervisors in the plan; `undefined` before the start. */
  readonly #boxes = new Map<string, ChildrenMailbox | undefined>()
  readonly #services = new Map<string, Service | undefined>()
  #runtime: Runtime<object> | undefined = undefined

  constructor(plan: SupervisorPlan) {
    this.#known.add(plan.id)
    this.#tree = this.#plainSupervisor(plan)
  }

  get runtime(): Runtime<object> {
    if (this.#runtime === undefined) throw new Error("it has not started")
    return this.#runtime
  }

  async boot(withinMs: number): Promise<void> {
    const { time } = this
    const starting = start(this.#tree, { host: time, log: () => {}, inspect: (event) => this.#inspect(event) })
    starting.catch(() => {})
    await time.advance(withinMs)
    this.#runtime = await starting
    for (const [id] of this.#boxes) this.#boxes.set(id, await this.#runtime.acquire(id, { as: ChildrenMailbox as never }))
    for (const [id] of this.#services)
      this.#services.set(id, await this.#runtime.acquire(id, { as: ServerMailbox<{ ping: () => string }, object> }))
  }

  /** The names of those that run, start or end. */
  living(): readonly string[] {
    return [...this.#living].toSorted()
  }

  rows(): readonly Row[] {
    return rowsOf(this.runtime.tree())
  }

  end(name: string, ending: Ending, isSupervisor: boolean): void {
    const pid = this.#pids.get(name)
    if (pid === undefined) throw new Error(`${name} has never been started`)
    const reason = ending === "error" ? { error: new Error("ended by the test") } : ending
    // `normal` is a signal to nobody, and a supervisor traps the others.
    if (ending === "kill" || (ending !== "normal" && !isSupervisor)) this.runtime.exit(pid, reason)
    else this.runtime.stopProcess(pid, reason, UNLIMITED).catch(() => {})
  }

  ask(id: string, operation: Asked): Answer {
    const answer: Answer = { outcome: "pending" }
    this.#ask(id, operation).then(
      (outcome) => {
        answer.outcome = outcome
      },
      (error: unknown) => {
        answer.outcome = error instanceof PigeonholeError ? error.kind : String(error)
      },
    )
    return answer
  }

  async #ask(id: string, operation: Asked): Promise<string> {
    if (operation.type === "ping") return (await this.#services.get(id)?.call.ping(undefined, UNLIMITED)) ?? `there is no service ${id}`
    const box = this.#boxes.get(id)
    if (box === undefined) throw new Error(`there is no supervisor ${id}`)
    if (operation.type === "whichChildren") return listOf(await box.whichChildren())
    if (operation.type === "countChildren") {
      const { specs, active, supervisors, workers } = await box.countChildren()
      return `${specs} specs, ${active} active, ${supervisors} supervisors, ${workers} workers`
    }
    if (box instanceof DynamicSupervisorMailbox) await this.#askDynamic(box, operation)
    else if (box instanceof SupervisorMailbox) await this.#askPlain(box, operation)
    return "done"
  }

  #askDynamic(box: DynamicSupervisorMailbox, operation: Asked): Promise<unknown> {
    if (operation.type === "startChild") return box.startChild(this.#child(operation.plan))
    if (operation.type === "terminatePid") return box.terminateChild(this.#pids.get(operation.process.name) as Pid)
    throw new Error("a dynamic supervisor is not asked by id")
  }

  #askPlain(box: SupervisorMailbox, operation: Asked): Promise<unknown> {
    if (operation.type === "startChild") return box.startChild(operation.plan.id, this.#child(operation.plan))
    if (operation.type === "terminateChild") return box.terminateChild(operation.id)
    if (operation.type === "restartChild") return box.restartChild(operation.id)
    if (operation.type === "deleteChild") return box.deleteChild(operation.id)
    throw new Error("a supervisor of children with ids is not asked by pid")
  }

  // -- from the plan to definitions ------------------------------------------------------------------------------

  #child(plan: Plan): ChildDefinition<Startable> {
    this.#known.add(plan.id)
    const { restart, significant, shutdown, backoff } = plan
    const definition = plan.kind === "worker" ? this.#worker(plan) : this.#supervisor(plan)
    const autoStart = plan.kind !== "worker" || plan.autoStart
    const requires = plan.kind === "worker" ? plan.requires : []
    return child(definition, { restart, significant, shutdown, autoStart, requires, backoff: { ...backoff, jitter: 0 } })
  }

  #supervisor(plan: SupervisorPlan): Startable {
    const { intensity, periodMs, maxChildren, children, id } = plan
    if (plan.kind === "supervisor") return this.#plainSupervisor(plan)
    this.#boxes.set(id, undefined)
    if (plan.kind === "dynamic") return dynamicSupervisor({ intensity, periodMs, maxChildren })
    const [first] = children.map((each) => this.#child(each))
    if (first === undefined) throw new Error("a partition supervisor has partitions")
    return partitionSupervisor({ child: first, partitions: children.length, intensity, periodMs })
  }

  #plainSupervisor({ strategy, autoShutdown, intensity, periodMs, children, id }: SupervisorPlan): SupervisorDefinition<object> {
    this.#boxes.set(id, undefined)
    for (const each of children) if (each.kind === "worker" && each.autoStart) this.#services.set(each.id, undefined)
    const definitions = Object.fromEntries(children.map((each) => [each.id, this.#child(each)]))
    return supervisor({ strategy, autoShutdown, intensity, periodMs, children: definitions })
  }

  #worker({ id, initMs, clearUpMs }: WorkerPlan): Startable {
    return server({
      call: { ping: () => "done" },
      init: (_argument: undefined, self) => {
        const name = this.#names.get(self.pid) ?? id
        this.#present(name, self.pid)
        this.#note(name, "+")
        const failures = this.failures.get(name) ?? 0
        this.failures.set(name, Math.max(failures - 1, 0))
        if (failures > 0) throw new Error("fails to start")
        return initMs === 0 ? {} : this.#wait(initMs).then(() => ({}))
      },
      terminate: () => (clearUpMs === 0 ? undefined : this.#wait(clearUpMs)),
    })
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => void this.time.setTimer(resolve, ms))
  }

  // -- what happens ----------------------------------------------------------------------------------------------

  #inspect(event: InspectionEvent): void {
    switch (event.type) {
      case "spawned":
        // A child of a dynamic supervisor has no name until it says so.
        if (this.#known.has(event.label)) this.#present(event.label, event.pid)
        return
      case "exited":
        return this.#exited(this.#names.get(event.pid) ?? "", event)
      case "child_started":
        return this.#tell(event, "started")
      case "child_stopped":
        return this.#tell(event, `stopped ${reasonText(event.reason)}`)
      case "restarting":
        return this.#tell(event, `restarting ${reasonText(event.reason)} #${event.restarts} in ${event.delayMs}`)
      case "attempts_used_up":
        return this.#tell(event, `used up by ${reasonText(event.reason)}`)
      case "gave_up":
        return this.#tell(event, `gave up on ${reasonText(event.reason)}`)
      case "auto_shutdown":
        return this.#tell(event, `shut down after ${reasonText(event.reason)}`)
    }
  }

  #present(name: string, pid: Pid): void {
    this.#names.set(pid, name)
    this.#pids.set(name, pid)
    this.#living.add(name)
  }

  #exited(name: string, { pid, reason }: { readonly pid: Pid; readonly reason: ExitReason }): void {
    if (this.#pids.get(name) === pid) this.#living.delete(name)
    this.#note(name, `-${reasonText(reason)}`)
  }

  #tell(event: { readonly supervisor: string; readonly child: string }, text: string): void {
    this.#note(event.supervisor, `${text} ${event.child}`)
    this.#note(event.child, text)
  }

  #note(teller: string, text: string): void {
    this.story.push({ teller, at: this.time.now(), text })
  }
}

function listOf(rows: readonly ChildStatus[]): string {
  return rows.map(({ id, state, pid }) => `${id} ${state}${pid === undefined ? "" : " with a pid"}`).join(", ")
}

function rowsOf({ children }: TreeNode): readonly Row[] {
  return children.map((node) => ({ id: node.id, state: node.state, children: rowsOf(node) }))
}

function reasonText(reason: ExitReason): string {
  if (typeof reason === "string") return reason
  return "shutdown" in reason ? "shutdown" : "error"
}
