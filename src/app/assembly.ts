/**
 * From the tree as defined to what the supervisors execute: ids checked, `requires` turned into a start order, a record
 * made for each service, a child spec for each child. The same way for what is added while the application runs.
 */

import type { Context } from "../behaviours/context.ts"
import type { Definition } from "../behaviours/definition.ts"
import { presentCode } from "../behaviours/present-code.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Process } from "../kernel/process.ts"
import type { Gate, Identity } from "../security/gate.ts"
import { type Reception, ServiceRecord } from "../service/service-record.ts"
import type { Services } from "../service/services.ts"
import type { ChildSpec, StartRequest } from "../supervision/child-spec.ts"
import { DynamicSupervisor } from "../supervision/dynamic-supervisor.ts"
import { startOrder } from "../supervision/start-order.ts"
import type { SupervisionReport } from "../supervision/supervision-event.ts"
import { Supervisor, type SupervisorRules } from "../supervision/supervisor.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"
import type { Topology } from "../topology/topology.ts"
import { receptionOf } from "./reception.ts"
import {
  type AnySupervisor,
  checkSignificance,
  childOf,
  childrenFrom,
  type DefinedChild,
  DynamicSupervisorDefinition,
  dynamicChildOf,
  isSupervisorDefinition,
  ROOT_ID,
  type Startable,
  type SupervisorDefinition,
} from "./tree.ts"
import { TreeIds, type TreePath } from "./tree-ids.ts"

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

class Assembly {
  readonly #context: AssemblyContext
  readonly #ids = new TreeIds()

  constructor(context: AssemblyContext) {
    this.#context = context
  }

  root(tree: SupervisorDefinition<object>): () => SupervisorProcess {
    this.#ids.claim(tree.children, [])
    const specs = this.#specs(tree.children, [])
    this.#context.topology.names.reserve(ROOT_ID)
    const record = this.#record(ROOT_ID, receptionOf(tree))
    return () => {
      const root = this.#launchSupervisor(record, tree, specs, [], undefined)
      record.changed("running", undefined)
      root.onEnded((reason) => {
        record.changed("stopped", reason)
        childrenStopped(specs, reason)
      })
      return root
    }
  }

  #specs(children: readonly DefinedChild[], path: TreePath): readonly ChildSpec[] {
    const orderable = children.map((child) => ({ ...child, requires: this.#ids.siblingsRequired(child, path) }))
    return startOrder(orderable, "children").map((child) => this.#spec(child, path))
  }

  #spec(child: DefinedChild, path: TreePath): ChildSpec {
    const { definition } = child
    return isSupervisorDefinition(definition) ? this.#supervisorSpec(child, definition, path) : this.#serviceSpec(child, definition)
  }

  #record(id: string, reception: Reception | undefined, child?: DefinedChild): ServiceRecord {
    const record = new ServiceRecord(id, this.#context.kernel.inbox(id, child?.inbox ?? {}, "service"), reception)
    this.#context.services.define(record)
    return record
  }

  // -- supervisors -----------------------------------------------------------------------------------------------

  #supervisorSpec(child: DefinedChild, definition: AnySupervisor, path: TreePath): ChildSpec {
    const below = [...path, child.id]
    // It acts as nobody, but a name that is misspelt is refused here as elsewhere.
    this.#principalOf(child)
    this.#context.topology.names.reserve(child.id)
    const specs = this.#specs(childrenFrom(definition, child.id), below)
    const record = this.#record(child.id, receptionOf(definition), child)
    return {
      id: child.id,
      type: "supervisor",
      ...child.rules,
      start: ({ parent }) => this.#launchSupervisor(record, definition, specs, below, parent),
      changed: (state, reason) => {
        record.changed(state, reason)
        if (state === "stopped" || state === "givenUp") childrenStopped(specs, reason)
      },
      isIdle: () => record.attachments.size === 0,
    }
  }

  #launchSupervisor(
    record: ServiceRecord,
    definition: AnySupervisor,
    specs: readonly ChildSpec[],
    path: TreePath,
    parent: Process | undefined,
  ): SupervisorProcess {
    const { kernel, topology, report } = this.#context
    const options = { inbox: record.inbox, parent, topology, report }
    const supervisor =
      definition instanceof DynamicSupervisorDefinition
        ? new DynamicSupervisor(kernel, { ...options, rules: definition.rules, specOf: (id, child) => this.#dynamicSpec(id, child) })
        : new Supervisor(kernel, {
            ...options,
            ...definition,
            specs,
            specOf: (id, child) => this.#added(id, child, definition.rules, path),
          })
    retire(record, topology)
    record.process = supervisor
    if (parent !== undefined) record.supervisor = parent as SupervisorProcess
    return kernel.launch(supervisor)
  }

  /** A child that is added while its supervisor runs. */
  #added(id: string, entry: unknown, { autoShutdown }: SupervisorRules, path: TreePath): ChildSpec {
    const child = childOf(id, entry as Startable, "child")
    checkSignificance(child, autoShutdown, "child")
    this.#ids.claimAdded(child, path)
    try {
      this.#ids.siblingsRequired(child, path)
      return { ...this.#spec(child, path), forgotten: () => this.#forget(child) }
    } catch (error) {
      this.#forget(child)
      throw error
    }
  }

  #forget(child: DefinedChild): void {
    this.#ids.release(child)
    this.#undefine(child)
  }

  #undefine({ id, definition }: DefinedChild): void {
    const { services, topology } = this.#context
    const process = services.recordOf(id)?.process
    services.undefine(id)
    // One that outlives its killed supervisor does not keep the name.
    if (process !== undefined && topology.names.lookUp(id) === process) topology.names.unregister(id, true)
    topology.names.release(id)
    for (const child of childrenFrom(definition, id)) this.#undefine(child)
  }

  // -- services and processes ----------------------------------------------------------------------------------

  #serviceSpec(child: DefinedChild, definition: Definition<never>): ChildSpec {
    const principal = this.#principalOf(child)
    this.#context.topology.names.reserve(child.id)
    const record = this.#record(child.id, receptionOf(definition), child)
    return {
      id: child.id,
      type: "worker",
      ...child.rules,
      start: (request) => this.#launchService(record, child, definition, principal, request),
      changed: (state, reason) => record.changed(state, reason),
      isIdle: () => record.attachments.size === 0,
    }
  }

  #launchService(
    record: ServiceRecord,
    child: DefinedChild,
    definition: Definition<never>,
    principal: Identity,
    request: StartRequest,
  ): Process {
    const { topology } = this.#context
    const process = this.#create(child, presentCode(definition, record.process), principal, record.inbox, request)
    if (record.reception !== undefined && process.guard === "none") process.guard = record.reception.guard ?? "names"
    retire(record, topology)
    topology.names.register(child.id, process, true)
    record.process = process
    record.supervisor = request.parent as SupervisorProcess
    return this.#context.kernel.launch(process)
  }

  /** A child of a dynamic supervisor: known to nobody but it, with an inbox for each incarnation. */
  #dynamicSpec(id: string, entry: unknown): ChildSpec {
    const child = dynamicChildOf(id, entry as Startable)
    const definition = child.definition as Definition<never>
    const principal = this.#principalOf(child)
    const { kernel } = this.#context
    let last: Process | undefined
    return {
      id,
      type: "worker",
      ...child.rules,
      start: (request) => {
        const code = presentCode(definition, last)
        last = kernel.launch(this.#create(child, code, principal, kernel.inbox(id, child.inbox), request))
        return last
      },
    }
  }

  #create(
    child: DefinedChild,
    definition: Definition<never>,
    principal: Identity,
    inbox: Inbox,
    { parent, estate }: StartRequest,
  ): Process {
    const process = definition.create(this.#context, { inbox, parent, principal }, child.argument as never)
    if (estate !== undefined) process.inherit(estate)
    return process
  }

  #principalOf({ principal, scopes }: DefinedChild): Identity {
    const { gate, identity } = this.#context
    return principal === undefined && scopes.length === 0 ? identity : gate.identify(principal ?? identity.principal, scopes)
  }
}

/** A supervisor that was killed did not stop its children: whoever waits for one of them hears of it here. */
function childrenStopped(specs: readonly ChildSpec[], reason: ExitReason | undefined): void {
  for (const spec of specs) spec.changed?.("stopped", reason)
}

/** An incarnation that outlived its killed supervisor must not overlap the next one, nor keep its name. */
function retire({ id, process }: ServiceRecord, topology: Topology): void {
  if (process === undefined || process.status === "ended") return
  topology.names.unregister(id, true)
  process.urge({ type: "exit", reason: "kill" })
}
