/** A tree of supervisors as its referee (`supervision-referee.ts`) knows it: what was planned, and what was seen of each child. Data; the rules are the referee's. */

export interface ChildPlan {
  readonly id: string
  readonly restart: "permanent" | "transient" | "temporary"
  readonly shutdown: number | "brutal_kill" | "infinity"
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
}

/** Why it stays down: it was terminated or is done, or its restarts in a row are used up. */
type Down = "stopped" | "spent"

export class Child {
  readonly plan: ChildPlan
  readonly above: Supervisor | undefined
  readonly below: Supervisor | undefined
  /** Of the incarnation that lives. */
  pid: string | undefined = undefined
  /** Whether its supervisor counts it as running. */
  isToldUp = false
  /** Whether its last incarnation has started. */
  hadStarted = false
  startedAt = 0
  attempt = 0
  notBefore = 0
  down: Down | undefined = undefined
  /** It was terminated while its group was restarted, or somebody asked for it: whether before that, and it comes again, or after, nobody can see. */
  isUnsure = false
  /** Requests under way. */
  readonly asked = { terminate: 0, restart: 0 }

  constructor(plan: ChildPlan, above: Supervisor | undefined) {
    this.plan = plan
    this.above = above
    this.below = plan.below === undefined ? undefined : new Supervisor(this, plan.below)
  }

  /** With its supervisor's next incarnation. */
  forget(): void {
    Object.assign(this, { isToldUp: false, hadStarted: false, attempt: 0, notBefore: 0, down: undefined, isUnsure: false })
  }
}

/** A restart of several. */
export interface Group {
  readonly members: readonly Child[]
  /** Those of them that share the failure for certain. */
  readonly sharing: readonly Child[]
  /** Incarnations that have to go before any is started. */
  readonly going: ReadonlySet<string>
  readonly notBefore: number
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
    this.started = new Set()
  }

  get hasBooted(): boolean {
    return this.#defined.every((child) => this.started.has(child))
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

/** It runs, or nothing follows for it by itself. */
export function isThrough({ isToldUp, down, isUnsure, asked }: Child): boolean {
  return isToldUp || down !== undefined || isUnsure || asked.terminate > 0
}
