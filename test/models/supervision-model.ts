/**
 * Supervision as OTP's manual tells it: processes that only start, clear up and end, and supervisors that do one thing after the other.
 *
 * Everything that takes its time is a function that waits for a condition or for a moment; whoever need not wait any longer goes on, the
 * oldest first. All questions are answered by looking through a list.
 *
 * Source  supervisor(3), supervisor.erl, Elixir's DynamicSupervisor. Known to differ from it, as documented: a wait before a restart,
 *         during which requests are answered; a most of restarts in a row; children that wait to be wanted; a mailbox that waits for the
 *         next incarnation.
 */

export interface KeepPlan {
  readonly restart: "permanent" | "transient" | "temporary"
  readonly significant: boolean
  readonly shutdown: number | "brutal_kill" | "infinity"
  readonly backoff: {
    readonly initialMs: number
    readonly factor: number
    readonly maxMs: number
    readonly stableAfterMs: number
    readonly maxAttempts: number
  }
}

/** A process that takes `initMs` to start and `clearUpMs` to end. */
export interface WorkerPlan extends KeepPlan {
  readonly kind: "worker"
  readonly id: string
  readonly initMs: number
  readonly clearUpMs: number
  /** `false`: it waits until somebody has it started; nobody acquires it here. */
  readonly autoStart: boolean
  /** Workers beside it, each before it. */
  readonly requires: readonly string[]
}

export interface SupervisorPlan extends KeepPlan {
  readonly kind: "supervisor" | "dynamic" | "partition"
  readonly id: string
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one"
  readonly autoShutdown: "never" | "any_significant" | "all_significant"
  readonly intensity: number
  readonly periodMs: number
  readonly maxChildren: number
  /** Of a partition supervisor: its partitions, `id#0`, `id#1`, … */
  readonly children: readonly Plan[]
}

export type Plan = WorkerPlan | SupervisorPlan

export type Reason = "normal" | "shutdown" | "killed" | "error"

/**
 * What happened, by whom it is told: a supervisor tells what it does, a process when it begins and ends. Each tells in order; between two of
 * them no rule says what comes first in one moment.
 */
export interface Note {
  readonly teller: string
  readonly at: number
  readonly text: string
}

/** What was asked of a supervisor, and what became of it. */
export interface Request {
  readonly operation: Operation
  outcome: string
}

export type Operation =
  | { readonly type: "startChild"; readonly plan: Plan }
  | { readonly type: "terminateChild" | "restartChild" | "deleteChild"; readonly id: string }
  | { readonly type: "terminatePid"; readonly process: ModelProcess }
  | { readonly type: "whichChildren" }
  | { readonly type: "countChildren" }
  /** Of a service: it answers as soon as it runs. */
  | { readonly type: "ping" }

type State = "stopped" | "starting" | "running" | "backingOff" | "restarting" | "stopping" | "givenUp"

export interface Row {
  readonly id: string
  readonly state: State
  readonly children: readonly Row[]
}

interface Wait {
  readonly until: () => boolean
  readonly at?: number
  /** For mail: it is read before anybody else goes on. */
  readonly isFirst?: true
}

/** When those that act now have acted. */
const NOW: Wait = { until: () => true }

type Course = Generator<Wait, void, void>

interface Thread {
  readonly course: Course
  readonly wait: Wait
  /** Its moment has come. */
  isDue: boolean
}

type Mail = { readonly exitOf: ModelProcess; readonly reason: Reason } | { passed: boolean } | Request

/** A process, and the id of the child that it was. */
export interface Orphan {
  readonly id: string
  readonly process: ModelProcess
  /** Its supervisor was gone before it had started: whether it refuses what it is asked then, or its successor has it, no rule says. */
  readonly wasStarting: boolean
}

/** The world of one application. */
export class SupervisionModel {
  now = 0
  readonly story: Note[] = []
  /** Two things fell on one moment, and no rule says which comes first. */
  isAmbiguous = false
  /** By worker: how many of its next starts fail. */
  readonly failures = new Map<string, number>()
  readonly offices = new Map<string, Office>()
  /** The present or last incarnation of whatever has an id. */
  readonly incarnations = new Map<string, ModelProcess>()
  /** What has outlived its supervisor: it ends, and no rule says how far it gets before its successor puts an end to it. */
  orphans: readonly Orphan[] = []
  /** Ids that are given, in the tree as it was defined or by adding. */
  readonly ids = new Set<string>()
  /** Of the tree as it was defined: those whose child was deleted, and those that were deleted once. */
  readonly deleted = new Set<string>()
  /** By dynamic supervisor: how many children it has had, whichever incarnation started them. */
  readonly numbered = new Map<string, number>()
  readonly #strangers = new Set<string>()
  readonly root: ModelSupervisor
  #threads: Thread[] = []

  constructor(tree: SupervisorPlan) {
    for (const id of idsOf(tree)) this.ids.add(id)
    this.root = new ModelSupervisor(this, tree, undefined)
    this.root.launch()
    this.settle()
  }

  /** Moves time on; what falls due on the way happens at its moment. */
  advance(ms: number): void {
    const until = this.now + ms
    this.settle()
    for (let at = this.nextAt(); at <= until; at = this.nextAt()) {
      const due = this.#threads.filter(({ wait }) => wait.at === at)
      if (due.length > 1) this.isAmbiguous = true
      for (const thread of due) thread.isDue = true
      this.now = at
      this.settle()
    }
    this.now = until
  }

  /** The next moment at which something happens by itself. */
  nextAt(): number {
    return Math.min(...this.#threads.map(({ wait }) => wait.at ?? Number.POSITIVE_INFINITY))
  }

  settle(): void {
    for (let thread = this.#ready(); thread !== undefined; thread = this.#ready()) this.#resume(thread)
  }

  /** Begins at once. */
  go(course: Course): void {
    this.#resume({ course, wait: { until: () => true }, isDue: true })
  }

  note(teller: string, text: string): void {
    this.story.push({ teller, at: this.now, text })
  }

  /** All that can be asked: those that live, and the last incarnations of those that will live again. A mailbox of what was deleted is of no use. */
  supervisors(): readonly ModelSupervisor[] {
    const all = [...this.incarnations.values(), this.root].filter((process) => process instanceof ModelSupervisor)
    return all.filter(({ name }) => !this.#strangers.has(name))
  }

  /** Whoever is added is known by what it does alone: nobody has a mailbox of it. */
  add(plan: Plan): void {
    for (const id of idsOf(plan)) {
      this.ids.add(id)
      this.#strangers.add(id)
    }
  }

  /** Its ids are free, and those below it. */
  free(plan: Plan): void {
    for (const id of idsOf(plan)) this.ids.delete(id)
  }

  /** Its ids, and those below it, are free. */
  delete(plan: Plan): void {
    this.deleted.add(plan.id)
    for (const id of idsOf(plan)) {
      this.ids.delete(id)
      this.numbered.delete(id)
      this.#strangers.add(id)
    }
  }

  /** It is there again, unless an id of it has become another's. */
  reclaim(plan: Plan): boolean {
    if (!this.deleted.has(plan.id)) return true
    const ids = idsOf(plan)
    if (ids.some((id) => this.ids.has(id))) return false
    for (const id of ids) this.ids.add(id)
    this.deleted.delete(plan.id)
    return true
  }

  office(id: string): Office {
    const office = this.offices.get(id) ?? new Office()
    this.offices.set(id, office)
    return office
  }

  ask(id: string, operation: Operation): Request {
    const request: Request = { operation, outcome: "pending" }
    const office = this.office(id)
    if (office.isClosed || office.isBarred) request.outcome = "UNAVAILABLE"
    else office.mail.push(request)
    const asked = this.incarnations.get(id)
    if (asked instanceof ModelWorker) asked.serve()
    return request
  }

  /** Those that can be asked by their ids: not what was added, nor what is a part of something. */
  services(): readonly ModelProcess[] {
    const all = [...this.incarnations.values()].filter((process) => process instanceof ModelWorker && process.isService)
    return all.filter(({ name }) => !this.#strangers.has(name))
  }

  #ready(): Thread | undefined {
    const ready = this.#threads.filter(({ wait, isDue }) => isDue || wait.until())
    return ready.find(({ wait }) => wait.isFirst) ?? ready[0]
  }

  #resume(thread: Thread): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    const { done, value } = thread.course.next()
    if (done !== true) this.#threads.push({ course: thread.course, wait: value, isDue: false })
  }
}

function idsOf(plan: Plan): readonly string[] {
  return [plan.id, ...(plan.kind === "worker" ? [] : plan.children.flatMap(idsOf))]
}

/** Where a supervisor gets its mail: it stays when an incarnation goes. */
class Office {
  mail: Mail[] = []
  /** There will be nobody, as far as is known. */
  isClosed = false
  /** Whoever is there stops. */
  isBarred = false

  close(): void {
    this.isClosed = true
    this.#refuse()
  }

  bar(): void {
    this.isBarred = true
    this.#refuse()
  }

  /** What an end is told by stays, for whoever still reads it. */
  #refuse(): void {
    for (const item of this.mail) {
      if ("operation" in item) item.outcome = "UNAVAILABLE"
      if ("passed" in item) item.passed = true
    }
    this.mail = this.mail.filter((item) => "exitOf" in item)
  }
}

// -- processes ----------------------------------------------------------------------------------------------------

export abstract class ModelProcess {
  readonly world: SupervisionModel
  readonly parent: ModelSupervisor | undefined
  readonly name: string
  status: "starting" | "up" | "ending" | "ended" = "starting"
  reason: Reason = "normal"
  /** Its supervisor has told it to end: then its end is no failure. */
  isTold = false
  /** When it began to stop its children. */
  protected endsSince = Number.NaN
  /** When it started with mail to read, or several children side by side. */
  hastyAt = Number.NaN
  /** To be followed once it has started. */
  protected stopReason: Reason | undefined = undefined

  constructor(world: SupervisionModel, name: string, parent: ModelSupervisor | undefined) {
    this.world = world
    this.name = name
    this.parent = parent
  }

  /** No rule says how far one gets that ends in the very moment it began to do something. */
  markHaste(): void {
    if (this.hastyAt === this.world.now) this.world.isAmbiguous = true
  }

  /** An exit signal, of a link or by hand. */
  abstract exit(reason: Reason): void

  protected abstract end(reason: Reason): void

  stop(reason: Reason): void {
    if (this.status === "starting") this.stopReason = reason
    else if (this.status === "up") this.end(reason)
  }

  kill(): void {
    if (this.status !== "ended") this.ended("killed")
  }

  /** Its successor starts. No rule says how far it has got where it began to end in this very moment. */
  overtaken(): void {
    const isEnding = this.status === "ending" || this.stopReason !== undefined
    if (isEnding && this.endsSince === this.world.now) this.world.isAmbiguous = true
    this.kill()
  }

  protected started(): void {
    this.status = "up"
    this.parent?.childStarted(this)
    if (this.stopReason !== undefined) this.end(this.stopReason)
  }

  protected ended(reason: Reason): void {
    this.status = "ended"
    this.reason = reason
    this.world.note(this.name, `-${reason}`)
    this.parent?.childEnded(this)
  }
}

class ModelWorker extends ModelProcess {
  readonly #plan: WorkerPlan
  readonly isService: boolean
  readonly #office: Office

  constructor(world: SupervisionModel, plan: WorkerPlan, parent: ModelSupervisor) {
    super(world, plan.id, parent)
    this.#plan = plan
    this.#office = world.office(plan.id)
    this.isService = parent.plan.kind === "supervisor" && parent.plan.children.includes(plan) && plan.autoStart
  }

  serve(): void {
    if (this.status !== "up") return
    for (const item of this.#office.mail.splice(0)) if ("operation" in item) item.outcome = "done"
  }

  protected override started(): void {
    if (this.#office.mail.length > 0) this.hastyAt = this.world.now
    super.started()
    this.serve()
  }

  override stop(reason: Reason): void {
    super.stop(reason)
    if (this.status === "starting") this.#leave(reason)
  }

  /** What waits for it is handed back where no other one will come; after a crash once it has ended, as the report of that says how many wait. */
  #leave(reason: Reason): void {
    if (reason !== "error" && this.parent?.startsAgain(this, reason) === false) this.#office.bar()
  }

  protected override ended(reason: Reason): void {
    if (this.world.incarnations.get(this.name) === this) this.#office.isBarred = false
    super.ended(reason)
  }

  launch(): void {
    this.world.go(this.#start())
  }

  override exit(reason: Reason): void {
    if (this.status === "starting") this.ended(reason)
    else if (this.status === "up") this.end(reason)
  }

  protected override end(reason: Reason): void {
    this.status = "ending"
    this.markHaste()
    this.#leave(reason)
    this.world.go(this.#clearUp(reason))
  }

  *#start(): Course {
    yield NOW
    this.world.note(this.name, "+")
    const failures = this.world.failures.get(this.name) ?? 0
    this.world.failures.set(this.name, Math.max(failures - 1, 0))
    if (failures > 0) return this.ended("error")
    if (this.#plan.initMs > 0) yield { at: this.world.now + this.#plan.initMs, until: () => this.status === "ended" }
    if (this.status === "starting") this.started()
  }

  *#clearUp(reason: Reason): Course {
    if (this.#plan.clearUpMs > 0) yield { at: this.world.now + this.#plan.clearUpMs, until: () => this.status === "ended" }
    if (this.status === "ending") this.ended(reason)
  }
}

/** One child as its supervisor sees it. */
export class ModelChild {
  readonly id: string
  readonly plan: Plan
  state: State = "stopped"
  process: ModelProcess | undefined = undefined
  /** Failures in a row. */
  attempt = 0
  startedAt = 0
  /** When it began to run. */
  ranFrom = 0
  /** It is down until somebody wants it: as it was not started yet, or has used up its restarts. */
  isWaiting: boolean
  /** Changes whenever something is decided about it: what was decided before does not count any more. */
  decision = 0
  /** Whoever asked for its start hears of a failure, and that is that. */
  isRequested = false
  hasStarted = false
  /** Added, and not started yet. */
  isNew = false
  /** The last process that it had. */
  last: ModelProcess | undefined = undefined
  readonly isAdded: boolean
  /** Down as its work is done: it has been there, and that is what it was required for. */
  isDone = false
  /** It is to be started as soon as it has what it requires. */
  lacks = false

  constructor(id: string, plan: Plan, isAdded: boolean) {
    this.id = id
    this.plan = plan
    this.isAdded = isAdded
    this.isWaiting = plan.kind === "worker" && !plan.autoStart
  }

  get isDown(): boolean {
    return this.state === "stopped" || this.state === "givenUp"
  }

  get isUp(): boolean {
    return this.state === "starting" || this.state === "running"
  }
}

/** The restart of siblings that share a failure. */
interface GroupRestart {
  readonly members: ModelChild[]
  /** So many of them only wait for their turn, and are not taken down. */
  readonly ahead: number
  readonly delayMs: number
  /** Whatever ends one of them belongs to the failure that it is for. */
  isDown: boolean
  /** The one whose turn it is. */
  place: number
}

// -- supervisors --------------------------------------------------------------------------------------------------

export class ModelSupervisor extends ModelProcess {
  readonly plan: SupervisorPlan
  children: ModelChild[]
  readonly #office: Office
  /** Moments of restarts. */
  readonly #restarts: number[] = []
  #open: Request[] = []
  #isStopping = false
  #hasGivenUp = false
  /** It was added below one that has ended, or below such a one: its ids are free. */
  isForgotten = false
  /** At most one is under way. */
  #group: GroupRestart | undefined = undefined

  constructor(world: SupervisionModel, plan: SupervisorPlan, parent: ModelSupervisor | undefined) {
    super(world, plan.id, parent)
    this.plan = plan
    this.#office = world.office(plan.id)
    this.children = plan.children.filter((child) => world.reclaim(child)).map((child) => new ModelChild(child.id, child, false))
  }

  rows(): readonly Row[] {
    return this.children.map(({ id, state, process }) => ({
      id,
      state,
      children: process instanceof ModelSupervisor ? process.rows() : [],
    }))
  }

  /** An exit signal of its parent, the only one it heeds: a message like others, but for one that boots. */
  override exit(reason: Reason): void {
    if (this.status === "starting") this.stop(reason)
    else if (this.parent !== undefined) this.#office.mail.push({ exitOf: this.parent, reason })
  }

  override stop(reason: Reason): void {
    if (this.status !== "starting") return super.stop(reason)
    super.stop(reason)
    this.endsSince = this.world.now
    this.#office.bar()
    this.#isStopping = true
    this.world.go(this.#stopChildren())
  }

  // -- its life ------------------------------------------------------------------------------------------------

  launch(): void {
    this.world.go(this.#live())
  }

  *#live(): Course {
    yield NOW
    for (const child of this.children) {
      if (child.isWaiting) continue
      yield* this.#startUp(child)
      if (this.status === "ended") return
      if (child.state === "running") continue
      this.#isStopping = true
      yield* this.#stopChildren()
      if (this.status === "starting") this.ended(this.stopReason ?? "error")
      return
    }
    if (this.#office.mail.length > 0) this.hastyAt = this.world.now
    if (this.#office.mail.length > 1) this.world.isAmbiguous = true
    this.started()
    for (;;) {
      yield { until: () => this.status !== "up" || this.#office.mail.length > 0, isFirst: true }
      if (this.status !== "up") return
      for (let mail = this.#office.mail.shift(); mail !== undefined; mail = this.#mayRead() ? this.#office.mail.shift() : undefined)
        this.#read(mail)
    }
  }

  #mayRead(): boolean {
    return this.status === "up"
  }

  #read(mail: Mail): void {
    if ("passed" in mail) mail.passed = true
    else if ("operation" in mail) this.#serve(mail)
    else if (mail.exitOf === this.parent) this.end(mail.reason)
    else {
      const child = this.children.find(({ process }) => process === mail.exitOf)
      if (child !== undefined && child.state === "running") this.#failed(child, mail.reason)
    }
  }

  protected override end(reason: Reason): void {
    if (this.status === "ending" || this.status === "ended") return
    this.markHaste()
    this.endsSince = this.world.now
    this.status = "ending"
    this.#refuseOpen()
    this.#office.bar()
    this.#isStopping = true
    this.world.go(this.#ending(reason))
  }

  *#ending(reason: Reason): Course {
    yield* this.#stopChildren()
    if (this.#hasGivenUp) for (const child of this.children) this.#become(child, "givenUp")
    if (this.status === "ending") this.ended(reason)
  }

  /** Whatever lives below it gets the exit signal of its link. */
  protected override ended(reason: Reason): void {
    this.#refuseOpen()
    // Another one may have begun to stop there since.
    if (this.world.incarnations.get(this.name) === this) this.#office.isBarred = false
    super.ended(reason)
    const left = childrenBelow(this).flatMap(({ id, process }) =>
      process === undefined || process.status === "ended" ? [] : [{ id, process, wasStarting: process.status === "starting" }],
    )
    this.world.orphans = [...this.world.orphans, ...left]
    for (const child of this.children) {
      const { process } = child
      if (process !== undefined && process.status !== "ended") this.#orphan(child, process, reason)
      if (child.isAdded) this.#free(child)
    }
    if (this.parent === undefined) this.#office.close()
  }

  /** What it was stopping is not waited for; what clears up by itself has its time. */
  #orphan({ plan: { shutdown }, isAdded }: ModelChild, process: ModelProcess, reason: Reason): void {
    const isForgotten = this.isForgotten || (isAdded && this.plan.kind !== "dynamic")
    if (process instanceof ModelSupervisor) process.isForgotten = isForgotten
    const isAtOnce = process.status === "ending" || shutdown === "brutal_kill" || isForgotten
    if (isAtOnce) return process.kill()
    process.exit(reason)
    if (shutdown !== "infinity") this.world.go(killedAfter(process, shutdown))
  }

  #refuseOpen(): void {
    for (const request of this.#open) request.outcome = "UNAVAILABLE"
    this.#open = []
  }

  // -- starting and stopping children --------------------------------------------------------------------------

  #start(child: ModelChild): void {
    if (this.#isStopping || this.status === "ending" || this.status === "ended") return
    if (child.state !== "stopped" && child.state !== "backingOff") return
    if (!this.#hasWhatItRequires(child)) return
    this.#become(child, "starting")
    child.isDone = false
    child.startedAt = this.world.now
    const { incarnations } = this.world
    if (this.plan.kind !== "dynamic") incarnations.get(child.plan.id)?.overtaken()
    const process =
      child.plan.kind === "worker" ? new ModelWorker(this.world, child.plan, this) : new ModelSupervisor(this.world, child.plan, this)
    incarnations.set(child.plan.id, process)
    const isBeside = this.children.some((other) => other !== child && other.process !== undefined && other.startedAt === child.startedAt)
    if (isBeside && !this.#isGroup && this.status === "up") this.hastyAt = this.world.now
    child.process = process
    child.last = process
    process.launch()
  }

  // -- what it requires ----------------------------------------------------------------------------------------

  /** It waits for what will come; where one will not, it stays down. */
  #hasWhatItRequires(child: ModelChild): boolean {
    const { plan } = child
    const outlooks = plan.kind === "worker" ? plan.requires.map((id) => this.#outlookOf(id)) : []
    if (outlooks.includes("gone")) {
      this.#tell(child, "stopped error")
      this.#become(child, "stopped")
      return false
    }
    if (!outlooks.includes("coming")) return true
    this.#become(child, "backingOff")
    if (!child.lacks) this.world.go(this.#whenItHas(child))
    return false
  }

  /** Looked at again whenever something has changed. */
  *#whenItHas(child: ModelChild): Course {
    const { plan, decision } = child
    if (plan.kind !== "worker") return
    child.lacks = true
    const isOver = (): boolean => this.status === "ended" || child.state !== "backingOff" || child.decision !== decision
    yield { until: () => isOver() || !plan.requires.some((id) => this.#outlookOf(id) === "coming") }
    child.lacks = false
    if (!isOver()) this.#start(child)
  }

  #outlookOf(id: string): "met" | "coming" | "gone" {
    const required = this.children.find((each) => each.id === id)
    if (required === undefined) return this.#isDoomed ? "coming" : this.#isOver.has(id) ? "met" : "gone"
    if (required.state === "running") return "met"
    if (!required.isDown && required.state !== "stopping") return "coming"
    if (this.#isDoomed) return "coming"
    return required.isDone ? "met" : "gone"
  }

  /** Whether one above it ends by itself: only then it is seen what comes again. */
  get #isDoomed(): boolean {
    for (let above: ModelSupervisor | undefined = this; above !== undefined; above = above.parent) {
      const process = above
      const state = above.parent?.children.find((child) => child.process === process)?.state
      if (above.status === "ending" && (state ?? "running") === "running") return true
    }
    return false
  }

  /** Temporary children that have ended: nothing is known of them but that. */
  readonly #isOver = new Set<string>()

  /** Whether one that is up, or is to be, requires it. */
  #isRequired({ id }: ModelChild): boolean {
    return this.children.some(({ plan, isDown }) => plan.kind === "worker" && plan.requires.includes(id) && !isDown)
  }

  get #isGroup(): boolean {
    return this.plan.kind === "supervisor" && this.plan.strategy !== "one_for_one"
  }

  *#startUp(child: ModelChild): Course {
    this.#start(child)
    yield { until: () => this.status === "ended" || child.state === "running" || child.state === "backingOff" || child.isDown }
  }

  childStarted(process: ModelProcess): void {
    const child = this.children.find((each) => each.process === process)
    if (child?.state !== "starting" || this.status === "ended") return
    child.isRequested = false
    child.hasStarted = true
    child.isNew = false
    child.isWaiting = false
    child.ranFrom = this.world.now
    this.#tell(child, "started")
    this.#become(child, "running")
  }

  childEnded(process: ModelProcess): void {
    if (this.status === "ended") return
    const child = this.children.find((each) => each.process === process)
    if (child === undefined) return
    if (process.isTold) this.#stopped(child, process.reason)
    // It looks at it after its boot.
    else if (child.state === "running" && this.status === "starting") this.#office.mail.push({ exitOf: process, reason: process.reason })
    else this.#failed(child, process.reason)
  }

  /** To stay down, or to be started again. */
  #shutDown(child: ModelChild, next: "stopping" | "restarting"): void {
    if (next === "stopping" && child.isWaiting) this.#waitNoMore(child)
    if (child.state === "backingOff" && next === "stopping") return this.#become(child, "stopped")
    if (child.state === "restarting" && next === "stopping") return this.#become(child, "stopping")
    if (!child.isUp) return
    this.#become(child, next)
    const { process } = child
    if (process === undefined) return
    process.isTold = true
    this.world.go(process.status === "ended" ? this.#foundEnded(child, process) : told(process, child.plan.shutdown))
  }

  /** One that nobody has started yet, and nobody will, is forgotten where it is temporary. */
  #waitNoMore(child: ModelChild): void {
    child.isWaiting = false
    if (child.isDown && child.plan.restart === "temporary" && this.status !== "starting") this.#forget(child)
  }

  *#foundEnded(child: ModelChild, process: ModelProcess): Course {
    yield NOW
    if (this.status !== "ended") this.#stopped(child, process.reason)
  }

  #stopped(child: ModelChild, reason: Reason): void {
    child.process = undefined
    this.#tell(child, `stopped ${reason}`)
    this.#become(child, child.state === "restarting" ? "backingOff" : "stopped")
  }

  /** One after the other, the last one first; all at once below a dynamic supervisor. */
  *#stopChildren(): Course {
    for (const child of [...this.children].reverse()) {
      if (this.plan.kind === "dynamic") break
      this.#shutDown(child, "stopping")
      yield { until: () => child.isDown }
    }
    for (const child of [...this.children]) this.#shutDown(child, "stopping")
    yield { until: () => this.children.every(({ isDown }) => isDown) }
  }

  /** Whether there will be another one after an end of that reason, as far as can be told before. */
  startsAgain(process: ModelProcess, reason: Reason): boolean {
    const child = this.children.find((each) => each.process === process)
    if (child === undefined) return false
    // With the next incarnation of this supervisor; where that will not come, it is closed for good.
    if (this.status === "ended" || this.#isOrphan) return !child.isAdded
    if (child.state === "stopping") return false
    if (child.state === "restarting") return true
    if (this.#isTakenDown(child)) return child.plan.restart !== "temporary"
    if (child.state === "running") return isRestarted(child.plan, reason)
    return child.plan.restart !== "temporary" && !child.isRequested
  }

  /** In the order of its own acts, and among what befalls the child. */
  #tell(child: ModelChild, text: string): void {
    this.world.note(this.name, `${text} ${child.id}`)
    this.world.note(child.id, text)
  }

  #become(child: ModelChild, state: State): void {
    child.state = state
    if (!this.#isOrphan) this.#toldBelow(child)
    if (!child.isDown) return
    const isDone = child.plan.restart === "temporary" && this.status !== "starting" && !child.isWaiting
    const isForgotten = this.plan.kind === "dynamic" || isDone
    if (isForgotten || child.isNew) this.#forget(child)
  }

  /** Whether anything comes again is the matter of whoever starts again what has ended. */
  get #isOrphan(): boolean {
    for (let above = this.parent; above !== undefined; above = above.parent) if (above.status === "ended") return true
    return false
  }

  #toldBelow(child: ModelChild): void {
    if (child.isDown) this.#closeBelow(child.plan)
    else this.world.office(child.plan.id).isClosed = false
  }

  /** Whoever waits for something below hears that it will not come. */
  #closeBelow(plan: Plan): void {
    this.world.office(plan.id).close()
    if (plan.kind !== "worker") for (const child of plan.children) this.#closeBelow(child)
  }

  #forget(child: ModelChild): void {
    this.children = this.children.filter((other) => other !== child)
    if (child.isAdded) this.#free(child)
  }

  #free(child: ModelChild): void {
    if (this.plan.kind === "dynamic") this.world.ids.delete(child.id)
    else this.world.free(child.plan)
  }

  // -- restarts ------------------------------------------------------------------------------------------------

  /** A child has ended by itself, or could not start. */
  #failed(child: ModelChild, reason: Reason): void {
    const hadStarted = child.state === "running"
    const { restart } = child.plan
    child.process = undefined
    if (this.#isTakenDown(child)) {
      this.#tell(child, `stopped ${reason}`)
      if (restart === "temporary") this.#isOver.add(child.id)
      return this.#become(child, restart === "temporary" ? "stopped" : "backingOff")
    }
    // What a start ends with says nothing of whether its work is done.
    const isAgain = hadStarted ? isRestarted(child.plan, reason) : restart !== "temporary"
    if (this.status === "starting" || this.#isStopping || child.isRequested || !isAgain) {
      this.#tell(child, `stopped ${reason}`)
      child.isDone = hadStarted
      if (child.isDone && restart === "temporary") this.#isOver.add(child.id)
      this.#become(child, "stopped")
      if (hadStarted && this.status === "up") this.#retired(child, reason)
      return
    }
    const { now } = this.world
    const { initialMs, factor, maxMs, stableAfterMs, maxAttempts } = child.plan.backoff
    child.attempt = hadStarted && now - child.ranFrom >= stableAfterMs ? 1 : child.attempt + 1
    if (maxAttempts > 0 && child.attempt > maxAttempts) return this.#usedUp(child, reason)
    this.#restarts.push(now)
    const restarts = this.#restarts.filter((at) => now - at <= this.plan.periodMs).length
    if (restarts > this.plan.intensity) return this.#giveUp(child, reason)
    const delayMs = child.attempt === 1 ? 0 : Math.min(initialMs * factor ** (child.attempt - 2), maxMs)
    this.#tell(child, `restarting ${reason} #${restarts} in ${delayMs}`)
    this.#become(child, "backingOff")
    this.#planRestart(child, delayMs)
  }

  /** It has failed after all the restarts in a row that it may have. */
  #usedUp(child: ModelChild, reason: Reason): void {
    child.isWaiting = true
    this.#tell(child, `used up by ${reason}`)
    this.#tell(child, `stopped ${reason}`)
    this.#become(child, "stopped")
    this.#retired(child, reason)
  }

  /** By its group. */
  #isTakenDown(child: ModelChild): boolean {
    return this.#group?.isDown === true && this.#group.members.indexOf(child) >= this.#group.ahead
  }

  #giveUp(child: ModelChild, reason: Reason): void {
    this.#hasGivenUp = true
    this.#tell(child, `gave up on ${reason}`)
    this.#become(child, "givenUp")
    this.end("shutdown")
  }

  #retired(child: ModelChild, reason: Reason): void {
    if (!child.plan.significant || this.plan.autoShutdown === "never") return
    const isLeft = this.children.some((other) => other !== child && other.plan.significant && !other.isDown)
    if (this.plan.autoShutdown === "all_significant" && isLeft) return
    this.#tell(child, `shut down after ${reason}`)
    this.end("shutdown")
  }

  #planRestart(failed: ModelChild, delayMs: number): void {
    failed.decision += 1
    if (!this.#isGroup) return this.world.go(this.#restartAlone(failed, failed.decision, delayMs))
    const from = this.plan.strategy === "one_for_all" ? 0 : this.children.indexOf(failed)
    const waiting = this.#group?.members.slice(Math.max(this.#group.place, 0)) ?? []
    // Those before it that still wait for their turn have it first.
    const ahead = waiting.filter((child) => this.children.includes(child) && this.children.indexOf(child) < from)
    this.#group = { members: [...ahead, ...this.children.slice(from)], ahead: ahead.length, delayMs, isDown: true, place: -1 }
    this.world.go(this.#restartGroup(this.#group))
  }

  *#restartAlone(failed: ModelChild, decision: number, delayMs: number): Course {
    yield* this.#pause(delayMs)
    if (failed.decision === decision && failed.state === "backingOff") this.#start(failed)
  }

  /** A later failure takes its place. */
  *#restartGroup(group: GroupRestart): Course {
    const isOver = (): boolean => this.#group !== group || this.status === "ended"
    for (const child of group.members.slice(group.ahead))
      if (child.state === "stopped" && child.plan.restart !== "temporary" && !child.isWaiting) this.#become(child, "backingOff")
    for (const child of group.members.slice(group.ahead).reverse()) {
      // One that somebody has woken, and that has not run yet, still waits for its first start.
      const staysDown = child.plan.restart === "temporary" && !child.isWaiting
      if (child.isUp && staysDown) this.#isOver.add(child.id)
      if (child.isUp) this.#shutDown(child, staysDown ? "stopping" : "restarting")
      yield { until: () => isOver() || child.state === "backingOff" || child.isDown }
      if (isOver()) return
    }
    yield* this.#pause(group.delayMs)
    if (isOver()) return
    group.isDown = false
    for (group.place = 0; group.place < group.members.length; group.place += 1) {
      const child = group.members[group.place] as ModelChild
      // Terminated meanwhile, or ended for good.
      if (child.isDown) continue
      if (child.state !== "running") this.#start(child)
      yield { until: () => isOver() || child.state === "running" || child.isDown }
      if (isOver()) return
    }
    this.#group = undefined
  }

  /** Whether its group says that it is not its turn. */
  #isHeldDown(child: ModelChild): boolean {
    const place = this.#group?.members.indexOf(child) ?? -1
    return this.#group !== undefined && place >= 0 && (this.#group.isDown || place > this.#group.place)
  }

  /** Waits, and then for what came before. */
  *#pause(delayMs: number): Course {
    if (delayMs > 0) yield { at: this.world.now + delayMs, until: () => this.#isStopping || this.status === "ended" }
    if (this.#isStopping || this.status === "ended") return
    const marker = { passed: false }
    this.#office.mail.push(marker)
    yield { until: () => marker.passed || this.status !== "up" }
  }

  // -- what it is asked for ------------------------------------------------------------------------------------

  #serve(request: Request): void {
    this.#open.push(request)
    const answer = (outcome: string): void => {
      if (request.outcome === "pending") request.outcome = outcome
      this.#open = this.#open.filter((other) => other !== request)
    }
    const { operation } = request
    if (operation.type === "ping") return answer("INVALID")
    if (operation.type === "whichChildren") return answer(this.#list())
    if (operation.type === "countChildren") return answer(this.#count())
    if (operation.type === "startChild") return this.world.go(this.#startChild(operation.plan, answer))
    const child = this.children.find(({ id, process, last, state }) =>
      operation.type === "terminatePid" ? isAt(process ?? last, operation.process) && state !== "stopping" : id === operation.id,
    )
    if (child === undefined) return answer("NOT_FOUND")
    if (operation.type === "terminatePid" || operation.type === "terminateChild") return this.world.go(this.#terminateChild(child, answer))
    if (child.state !== "stopped") return answer("CONFLICT")
    child.decision += 1
    if (operation.type === "restartChild") {
      return this.#isHeldDown(child) ? answer("CONFLICT") : this.world.go(this.#startRequested(child, answer))
    }
    this.#forget(child)
    if (!child.isAdded) this.world.delete(child.plan)
    answer("done")
  }

  *#startChild(plan: Plan, answer: (outcome: string) => void): Course {
    if (this.plan.kind === "dynamic" && this.children.length >= this.plan.maxChildren) return answer("UNAVAILABLE")
    if (this.plan.kind !== "dynamic" && idsOf(plan).some((id) => this.#isTaken(id))) return answer("ALREADY_EXISTS")
    const added = (this.world.numbered.get(this.name) ?? 0) + 1
    this.world.numbered.set(this.name, added)
    const child = new ModelChild(this.plan.kind === "dynamic" ? `${this.name}.${added}` : plan.id, plan, true)
    child.isNew = true
    this.children.push(child)
    if (this.plan.kind === "dynamic") this.world.ids.add(child.id)
    else this.world.add(child.plan)
    if (this.#group?.isDown === true) this.#group.members.push(child)
    yield* this.#startRequested(child, answer)
  }

  /** Here, or anywhere in the application. */
  #isTaken(id: string): boolean {
    return this.children.some((child) => child.id === id) || this.world.ids.has(id)
  }

  *#startRequested(child: ModelChild, answer: (outcome: string) => void): Course {
    child.isRequested = true
    child.hasStarted = false
    if (child.isWaiting) child.attempt = 0
    if (this.#isHeldDown(child)) this.#become(child, "backingOff")
    else this.#start(child)
    yield { until: () => child.hasStarted || child.isDown }
    child.isRequested = false
    answer(child.hasStarted ? "done" : "UNAVAILABLE")
  }

  *#terminateChild(child: ModelChild, answer: (outcome: string) => void): Course {
    if (!child.isDown && this.#isRequired(child)) return answer("CONFLICT")
    child.isDone = false
    child.decision += 1
    this.#shutDown(child, "stopping")
    yield { until: () => child.isDown }
    answer("done")
  }

  #list(): string {
    return this.children.map(({ id, state, process }) => `${id} ${state}${process === undefined ? "" : " with a pid"}`).join(", ")
  }

  #count(): string {
    const supervisors = this.children.filter(({ plan }) => plan.kind !== "worker").length
    const active = this.children.filter(({ state, process }) => process !== undefined && process.status !== "ended" && state !== "starting")
    const workers = this.children.length - supervisors
    return `${this.children.length} specs, ${active.length} active, ${supervisors} supervisors, ${workers} workers`
  }
}

/** The children of all supervisors that live. */
export function childrenBelow({ children }: ModelSupervisor): readonly ModelChild[] {
  return children.flatMap((child) => [child, ...(child.process instanceof ModelSupervisor ? childrenBelow(child.process) : [])])
}

export function processesBelow({ children }: ModelSupervisor): readonly ModelProcess[] {
  return children.flatMap(({ process }) => {
    if (process === undefined || process.status === "ended") return []
    return process instanceof ModelSupervisor ? [process, ...processesBelow(process)] : [process]
  })
}

function isRestarted({ restart }: Plan, reason: Reason): boolean {
  return restart === "permanent" || (restart === "transient" && reason !== "normal" && reason !== "shutdown")
}

function isAt(process: ModelProcess | undefined, wanted: ModelProcess | undefined): boolean {
  return process !== undefined && process === wanted
}

function* killedAfter(process: ModelProcess, ms: number): Course {
  yield { at: process.world.now + ms, until: () => process.status === "ended" }
  process.kill()
}

/** Hears that it is to stop when those that act now have acted; is killed when its time is over. */
function* told(process: ModelProcess, shutdown: KeepPlan["shutdown"]): Course {
  yield NOW
  process.markHaste()
  if (shutdown === "brutal_kill") return process.kill()
  process.stop("shutdown")
  if (shutdown === "infinity") return
  yield { at: process.world.now + shutdown, until: () => process.status === "ended" }
  process.kill()
}
