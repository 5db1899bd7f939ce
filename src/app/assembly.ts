/**
 * From the tree as defined to what the supervisors execute: ids checked, `requires` turned into a start order, a record
 * made for each service, a child spec for each child. The same way for what is added while the application runs.
 */

import { invalid } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Inbox } from "../kernel/inbox.ts"
import { retire } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import type { Definition } from "../process/definition.ts"
import type { Gate, Identity } from "../security/gate.ts"
import { presentCode } from "../server/present-code.ts"
import { awaitedBy, impasseAt } from "../service/impasse.ts"
import { receptionOf } from "../service/reception.ts"
import { type Reception, ServiceRecord } from "../service/service-record.ts"
import type { Services } from "../service/services.ts"
import type { AutoShutdown } from "../supervision/auto-shutdown.ts"
import type { ChildSpec, StartRequest } from "../supervision/child-spec.ts"
import { keep } from "../supervision/detach-policy.ts"
import type { KeyedPlace } from "../supervision/keyed-children.ts"
import { startOrder } from "../supervision/start-order.ts"
import type { SupervisionReport } from "../supervision/supervision-event.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"
import type { Topology } from "../topology/topology.ts"
import { childOf } from "./child-reading.ts"
import type { SupervisorDefinition } from "./supervisor-definition.ts"
import {
  checkSignificance,
  childrenFrom,
  type DefinedChild,
  dynamicChildOf,
  makingOf,
  ROOT_ID,
  type Startable,
  type SupervisorMaking,
} from "./tree.ts"
import { TreeIds, type TreePath, withDescendants } from "./tree-ids.ts"

export interface AssemblyContext extends Context {
  readonly services: Services
  readonly gate: Gate
  /** Whom processes of the tree act as that do not say. */
  readonly identity: Identity
  readonly report: SupervisionReport
}

/** Throws `Invalid` for an id used twice, an unknown `requires`, or a cycle; nothing is started then. */
export function assembleRoot(tree: SupervisorDefinition<object>, context: AssemblyContext): () => SupervisorProcess {
  return new Assembly(context).root(tree)
}

/** A child that a supervisor was defined with: what its next incarnation is made of. */
interface DefinedSpec {
  readonly child: DefinedChild
  /** `undefined`: deleted by request; its id is free, and may be another's by now. */
  spec: ChildSpec | undefined
}

class Assembly {
  readonly #context: AssemblyContext
  readonly #ids = new TreeIds()

  constructor(context: AssemblyContext) {
    this.#context = context
  }

  root(tree: SupervisorDefinition<object>): () => SupervisorProcess {
    this.#ids.claim(tree.children, [])
    this.#context.topology.names.reserve(ROOT_ID)
    const making = makingOf(tree) as SupervisorMaking
    const record = this.#record(ROOT_ID, making.reception)
    const specs = this.#specs(tree.children, [], record)
    return () => {
      const root = this.#launchSupervisor(record, making, specs, [], undefined)
      this.#context.services.changed(record, "running", undefined)
      root.onEnded((reason) => {
        this.#context.services.changed(record, "stopped", reason)
        childrenStopped(specs, reason)
      })
      return root
    }
  }

  #specs(children: readonly DefinedChild[], path: TreePath, parent: ServiceRecord): readonly DefinedSpec[] {
    const orderable = children.map((child) => ({ ...child, requires: this.#ids.siblingsRequired(child, path) }))
    const byId = new Map(children.map((child) => [child.id, child]))
    return startOrder(orderable, "children").map(({ id }) => {
      const defined: DefinedSpec = { child: byId.get(id) as DefinedChild, spec: undefined }
      this.#make(defined, path, parent)
      return defined
    })
  }

  #make(defined: DefinedSpec, path: TreePath, parent: ServiceRecord): ChildSpec {
    const { child } = defined
    const deleted = (): void => {
      defined.spec = undefined
      this.#forget(child)
    }
    defined.spec = { ...this.#spec(child, path, parent), deleted }
    return defined.spec
  }

  /** What the next incarnation of a supervisor starts with: as in OTP what was deleted too, unless its id has become another's. */
  #present(specs: readonly DefinedSpec[], path: TreePath, parent: ServiceRecord): readonly ChildSpec[] {
    return specs.map((defined) => defined.spec ?? this.#reclaim(defined, path, parent)).filter((spec) => spec !== undefined)
  }

  #reclaim(defined: DefinedSpec, path: TreePath, parent: ServiceRecord): ChildSpec | undefined {
    try {
      this.#ids.claimAdded(defined.child, path)
      return this.#make(defined, path, parent)
    } catch (error) {
      this.#context.report({ type: "child_left_out", supervisor: parent.id, child: defined.child.id, error })
      return undefined
    }
  }

  #spec(child: DefinedChild, path: TreePath, parent: ServiceRecord): ChildSpec {
    const { definition } = child
    const making = makingOf(definition)
    // What is no supervisor is a process: it was read.
    return making === undefined
      ? this.#serviceSpec(child, definition as Definition<never>, parent)
      : this.#supervisorSpec(child, making, path, parent)
  }

  #record(id: string, reception: Reception | undefined, child?: DefinedChild, parent?: ServiceRecord): ServiceRecord {
    const inbox = this.#context.kernel.inbox(id, child?.inbox ?? {}, "service")
    const record = new ServiceRecord(id, inbox, reception, parent, child?.requires)
    record.isOnDemand = child?.rules.autoStart === false
    this.#context.services.define(record)
    return record
  }

  /** What the supervisor is told of a service, and the service of its life. */
  #ties(
    record: ServiceRecord,
  ): Pick<
    ChildSpec,
    "requires" | "kept" | "changed" | "isIdle" | "owed" | "comesWith" | "comesLater" | "requirement" | "impasse" | "awaited" | "requiredBy"
  > {
    const { services } = this.#context
    const { requirements } = services
    return {
      requires: record.requires,
      kept: (child) => {
        record.child = child
      },
      changed: (state, reason) => services.changed(record, state, reason),
      isIdle: () => record.isUnheld && requirements.by(record).length === 0,
      owed: () => record.owed,
      comesWith: () => record.comesWith !== undefined,
      comesLater: () => record.comesLater,
      requirement: () => requirements.of(record),
      impasse: (asker) => impasseAt(record, asker, (id) => services.recordOf(id)),
      awaited: () => awaitedBy(record, (id) => services.recordOf(id)),
      requiredBy: () => requirements.by(record),
    }
  }

  // -- supervisors -----------------------------------------------------------------------------------------------

  #supervisorSpec(child: DefinedChild, making: SupervisorMaking, path: TreePath, parent: ServiceRecord): ChildSpec {
    const below = [...path, child.id]
    // It acts as nobody, but a name that is misspelt is refused here as elsewhere.
    this.#principalOf(child)
    this.#context.topology.names.reserve(child.id)
    const record = this.#record(child.id, making.reception, queued(child, making), parent)
    const specs = this.#specs(making.childrenOf(child.id), below, record)
    const ties = this.#ties(record)
    return {
      id: child.id,
      type: "supervisor",
      ...child.rules,
      ...ties,
      start: (request) => this.#launchSupervisor(record, making, specs, below, request.parent),
      changed: (state, reason) => {
        ties.changed?.(state, reason)
        if (state === "stopped" || state === "givenUp") childrenStopped(specs, reason)
      },
    }
  }

  #launchSupervisor(
    record: ServiceRecord,
    making: SupervisorMaking,
    defined: readonly DefinedSpec[],
    path: TreePath,
    parent: Process | undefined,
  ): SupervisorProcess {
    const { kernel, topology, report } = this.#context
    kernel.refuseClosed()
    displace(record, topology)
    const supervisor = making.create(kernel, {
      options: { inbox: record.inbox, parent, topology, report },
      specs: () => this.#present(defined, path, record),
      added: (id, entry, autoShutdown) => this.#added(id, entry, autoShutdown, path, record),
      numbered: (entry, place) => this.#dynamicSpec(record, entry, place),
    })
    record.process = supervisor
    return kernel.launch(supervisor)
  }

  /** A child that is added while its supervisor runs. */
  #added(id: string, entry: unknown, autoShutdown: AutoShutdown, path: TreePath, parent: ServiceRecord): ChildSpec {
    const child = childOf(id, entry as Startable, "child")
    checkSignificance(child, autoShutdown, "child")
    this.#ids.claimAdded(child, path)
    try {
      this.#ids.siblingsRequired(child, path)
      this.#refuseCycle(child)
      const spec = this.#spec(child, path, parent)
      const record = this.#context.services.recordOf(id)
      if (record !== undefined) record.isAdded = true
      return { ...spec, forgotten: () => this.#forget(child) }
    } catch (error) {
      this.#forget(child)
      throw error
    }
  }

  /** What requires its id is there already, where somebody had the id before. */
  #refuseCycle(child: DefinedChild): void {
    const requires = [...withDescendants(child)].flatMap((each) => each.requires)
    const cycle = this.#context.services.requirements.cycle(
      [...withDescendants(child)].map(({ id }) => id),
      requires,
    )
    if (cycle !== undefined) throw invalid("child.requires", `is a cycle: ${cycle.join(" → ")}`)
  }

  #forget(child: DefinedChild): void {
    this.#ids.release(child)
    this.#undefine(child)
  }

  #undefine({ id, definition }: DefinedChild): void {
    const { services, topology } = this.#context
    const record = services.recordOf(id)
    services.undefine(id)
    // One that outlives its killed supervisor would know nothing of the next one of that id, nor that one of it.
    if (record !== undefined) displace(record, topology)
    topology.names.release(id)
    for (const child of childrenFrom(definition, id)) this.#undefine(child)
  }

  // -- services and processes ----------------------------------------------------------------------------------

  #serviceSpec(child: DefinedChild, definition: Definition<never>, parent: ServiceRecord): ChildSpec {
    const principal = this.#principalOf(child)
    this.#context.topology.names.reserve(child.id)
    const isWorker = parent.reception?.isServedByChildren === true
    const record = this.#record(child.id, isWorker ? undefined : receptionOf(definition), child, parent)
    const makings = makingsOf(child)
    return {
      id: child.id,
      type: "worker",
      ...child.rules,
      ...this.#ties(record),
      start: (request) => this.#launchService(record, makings, definition, principal, request),
    }
  }

  #launchService(
    record: ServiceRecord,
    makings: Makings,
    definition: Definition<never>,
    principal: Identity,
    request: StartRequest,
  ): Process {
    const { topology, kernel } = this.#context
    kernel.refuseClosed()
    const process = this.#create(makings, presentCode(definition, record.process), principal, record.inbox, request)
    const isGuarded = record.reception !== undefined || record.parent?.reception?.isServedByChildren === true
    if (isGuarded && process.guard === "none") process.guard = record.reception?.guard ?? "names"
    displace(record, topology)
    topology.names.register(record.id, process, true)
    record.process = process
    return kernel.launch(process)
  }

  /** A child of a dynamic supervisor: known to nobody but it, and where it has a place in a registry to that; with an inbox for each incarnation. */
  #dynamicSpec(parent: ServiceRecord, entry: unknown, place?: KeyedPlace): ChildSpec {
    // One that outlives its killed supervisor keeps its id, and none is given it again.
    const id = `${parent.id}.${parent.numbered + 1}`
    const child = dynamicChildOf(id, entry as Startable)
    const { definition, inbox, rules } = child
    const principal = this.#principalOf(child)
    const makings = makingsOf(child)
    const { kernel } = this.#context
    let last: Process | undefined
    parent.numbered += 1
    return {
      id,
      type: "worker",
      ...rules,
      start: (request) => {
        const code = presentCode(definition as Definition<never>, last)
        last = this.#create(makings, code, principal, kernel.inbox(id, inbox), request)
        return place === undefined ? kernel.launch(last) : place.launch(last)
      },
    }
  }

  #create(makings: Makings, definition: Definition<never>, principal: Identity, inbox: Inbox, request: StartRequest): Process {
    const { parent, estate, restores } = request
    const process = definition.create(this.#context, { inbox, parent, principal }, makings.argument as never)
    if (makings.isForOnce) makings.argument = undefined
    if (estate !== undefined) process.inherit(estate)
    else if (restores) process.restore()
    return process
  }

  #principalOf({ principal, scopes }: DefinedChild): Identity {
    const { gate, identity } = this.#context
    return principal === undefined && scopes.length === 0 ? identity : gate.identify(principal ?? identity.principal, scopes)
  }
}

/** The inbox of a pool is its queue. */
function queued(child: DefinedChild, { queue }: SupervisorMaking): DefinedChild {
  return queue === undefined ? child : { ...child, inbox: { ...child.inbox, capacity: queue } }
}

/** What a child's process is given. */
interface Makings {
  argument: unknown
  /** It is never started again, so what it was given need not be kept. Source  OTP, supervisor(3): temporary children. */
  readonly isForOnce: boolean
}

function makingsOf({ argument, rules }: DefinedChild): Makings {
  return { argument, isForOnce: rules.restart === "temporary" && rules.onDetach === keep }
}

/** A supervisor that was killed did not stop its children: whoever waits for one of them hears of it here. */
function childrenStopped(specs: readonly DefinedSpec[], reason: ExitReason | undefined): void {
  for (const { spec } of specs) spec?.changed?.("stopped", reason)
}

/** An incarnation that outlived its killed supervisor must not overlap the next one, nor keep its name. */
function displace({ id, inbox, process }: ServiceRecord, topology: Topology): void {
  if (process === undefined || process.status === "ended") return
  topology.names.unregister(id, true)
  // What is addressed to it is not the next one's, neither what waits nor what is still to come.
  retire(process.pid, true)
  inbox.disown("killed")
  process.urge({ type: "exit", reason: "kill" })
}
