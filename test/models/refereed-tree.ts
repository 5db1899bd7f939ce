/** A tree of supervisors as its referee (`supervision-referee.ts`) knows it: what was planned, and what was seen of each child. Data; the rules are the referee's. */

import { type ExitReason, Unavailable } from "../../actors/index.ts"

export interface ChildPlan {
  readonly id: string
  readonly restart: "permanent" | "transient" | "temporary"
  readonly shutdown: number | "brutal_kill" | "infinity" | { readonly drain: number }
  /** How long a start may take; `undefined`: as long as it takes. */
  readonly startTimeoutMs?: number | undefined
  /** `false`: it waits for somebody who wants it. */
  readonly autoStart: boolean
  readonly significant: boolean
  /** Siblings before it. */
  readonly requires: readonly string[]
  readonly backoff: {
    readonly initialMs: number
    readonly factor: number
    readonly maxMs: number
    readonly stableAfterMs: number
    readonly maxAttempts: number
  }
  /** Where it is a supervisor. */
  readonly below?: SupervisorPlan
}

export interface SupervisorPlan {
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one"
  readonly autoShutdown: "never" | "any_significant" | "all_significant"
  readonly intensity: number
  readonly periodMs: number
  readonly children: readonly ChildPlan[]
  /** Where its children are started while it runs, by no id of their own: what each of them is like, and how many may live. */
  readonly dynamic?: { readonly each: ChildPlan; readonly most: number }
}

const NO_BACKOFF = { initialMs: 0, factor: 1, maxMs: 0, stableAfterMs: 0, maxAttempts: 0 }
const TOP = { restart: "temporary", shutdown: "infinity", significant: false, requires: [], autoStart: true, backoff: NO_BACKOFF } as const

/** The one above all others, which nobody starts again. */
export function topOf(below: SupervisorPlan): ChildPlan {
  return { id: "root", ...TOP, below }
}

/** Why it stays down: it was terminated or is done; its restarts in a row are used up; nobody has wanted it yet. */
type Down = "stopped" | "spent" | "idle"

export class Child {
  readonly plan: ChildPlan
  readonly above: Supervisor | undefined
  readonly below: Supervisor | undefined
  /** Of the incarnation that lives, … */
  pid: string | undefined = undefined
  /** … and of the last one. */
  lastPid: string | undefined = undefined
  /** Of an incarnation of which its supervisor has not said what its end means. */
  unsettledPid: string | undefined = undefined
  /** Whether its supervisor counts it as running. */
  isToldUp = false
  /** Whether its last incarnation has started. */
  hadStarted = false
  spawnedAt = 0
  startedAt = 0
  attempt = 0
  notBefore = 0
  down: Down | undefined
  /** It was started as somebody wanted it, and has not run yet; `perhaps`: or as it was terminated, and comes with its group. */
  woken: "surely" | "perhaps" | undefined = undefined
  /** Its restarts are used up, and somebody has been told since that it is to be tried again. */
  isRevived = false
  /** Somebody has a mailbox of it: it may be started with its supervisor. */
  isHeld = false
  /** It was terminated while its group was restarted, or somebody asked for it: whether before that, and it comes again, or after, nobody can see. */
  isUnsure = false
  /** Requests under way. */
  readonly asked = { terminate: 0, restart: 0, delete: 0 }

  constructor(plan: ChildPlan, above: Supervisor | undefined) {
    this.plan = plan
    this.above = above
    this.below = plan.below === undefined ? undefined : new Supervisor(this, plan.below)
    this.down = plan.autoStart ? undefined : "idle"
  }

  /** With its supervisor's next incarnation. */
  forget(): void {
    const down = this.plan.autoStart ? undefined : "idle"
    Object.assign(this, {
      isToldUp: false,
      hadStarted: false,
      attempt: 0,
      notBefore: 0,
      down,
      woken: undefined,
      isUnsure: false,
      isRevived: false,
    })
  }

  /** It begins anew. */
  spawned(pid: string, now: number): void {
    this.spawnedAt = now
    this.woken = this.down !== "spent" && this.down !== "idle" ? undefined : this.asked.terminate > 0 ? "perhaps" : "surely"
    if (this.down === "spent") this.attempt = 0
    Object.assign(this, { pid, lastPid: pid, unsettledPid: pid, hadStarted: false, down: undefined, isUnsure: false, isRevived: false })
    this.below?.begin()
  }

  /** Somebody may want it: who asks, who has it, or another that requires it, one that is to be added too. */
  get isWanted(): boolean {
    const { id } = this.plan
    const siblings = [...(this.above?.children.map(({ plan }) => plan) ?? []), ...(this.above?.toBeAdded ?? [])]
    return this.asked.restart > 0 || this.isHeld || siblings.some(({ requires }) => requires.includes(id))
  }
}

/** A restart of several. */
export interface Group {
  readonly members: readonly Child[]
  /** Those of them that share the failure for certain. */
  readonly sharing: readonly Child[]
  /** Incarnations that have to go before any is started, or have gone and are yet to be said to be down. */
  readonly going: ReadonlySet<string>
  readonly notBefore: number
  /** Those that stayed down, and were started all the same as somebody asked for them: nobody waits for those. */
  readonly late: Set<Child>
}

export class Supervisor {
  readonly self: Child
  readonly plan: SupervisorPlan
  children: Child[]
  readonly #defined: readonly Child[]
  restarts: number[] = []
  group: Group | undefined = undefined
  /** It has given up, or shuts down. */
  isEnding = false
  /** Nobody sees whether its boot was over when one could not start. */
  mayBeEnding = false
  /** How often it has begun. */
  incarnation = 0
  /** Those that this incarnation knows no longer. */
  deleted = new Set<string>()
  /** How many were asked for that have no ids of their own, and how many there were. */
  asked = 0
  joined = 0
  /** Those that somebody has asked it to add, whatever has become of that. */
  readonly toBeAdded: ChildPlan[] = []
  /** Those that this incarnation has started once. */
  started = new Set<Child>()

  constructor(self: Child, plan: SupervisorPlan) {
    this.self = self
    this.plan = plan
    this.#defined = plan.children.map((each) => new Child(each, this))
    this.children = [...this.#defined]
  }

  /** Another incarnation of it. */
  begin(): void {
    this.children = [...this.#defined]
    for (const child of this.children) child.forget()
    this.restarts = []
    this.group = undefined
    this.isEnding = false
    this.mayBeEnding = false
    this.incarnation += 1
    this.deleted = new Set()
    this.started = new Set()
  }

  /** Who waits for somebody who wants it is no part of a boot. */
  get hasBooted(): boolean {
    return this.#defined.every((child) => this.hasHadItsTurn(child))
  }

  hasHadItsTurn(child: Child): boolean {
    return this.started.has(child) || !child.plan.autoStart
  }

  delete(child: Child): void {
    this.deleted.add(child.plan.id)
    this.children = this.children.filter((each) => each !== child)
  }

  before(child: Child): readonly Child[] {
    return this.children.filter((each) => this.precedes(each, child))
  }

  behind(child: Child): readonly Child[] {
    return this.children.filter((each) => this.precedes(child, each))
  }

  /** Whether it is certain that the first was there before the second: of two that were added nobody sees which was asked for first. */
  precedes(first: Child, second: Child): boolean {
    if (!this.#defined.includes(first) && !this.#defined.includes(second)) return false
    return this.children.indexOf(first) < this.children.indexOf(second)
  }

  isMember(child: Child): boolean {
    return this.group?.members.includes(child) === true
  }
}

/** What is left below a supervisor that has ended is told of no more: it ends within its limits, while its successor starts others. */
export function leave({ children }: Supervisor): void {
  for (const child of children) {
    child.pid = undefined
    if (child.below !== undefined) leave(child.below)
  }
}

/** Ids say whose child it is. */
export function aboveOf(id: string): string {
  return id.slice(0, Math.max(id.lastIndexOf("."), id.lastIndexOf("+")))
}

/** Whether it is one of those that its group takes down. */
export function isGoing({ lastPid }: Child, { group }: Supervisor): boolean {
  return lastPid !== undefined && group?.going.has(lastPid) === true
}

/** It runs, or nothing follows for it by itself. */
export function isThrough({ isToldUp, down, isUnsure, asked }: Child): boolean {
  return isToldUp || down !== undefined || isUnsure || asked.terminate > 0 || asked.delete > 0
}

// -- exit reasons ------------------------------------------------------------------------------------------------------

export function isFailure(reason: string): boolean {
  return reason !== "normal" && reason !== "shutdown"
}

/** It was not started, as what it requires will not come. */
export function isHeldBack(reason: ExitReason): boolean {
  return typeof reason !== "string" && "error" in reason && reason.error instanceof Unavailable
}

export function wordOf(reason: ExitReason): string {
  if (typeof reason === "string") return reason
  return "shutdown" in reason ? "shutdown" : "error"
}
