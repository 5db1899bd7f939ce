/**
 * From the tree as defined to what the supervisors execute: ids checked, `requires` turned into a start order, a record
 * made for each service, a child spec for each child.
 */

import type { Context } from "../behaviours/context.ts"
import type { Definition } from "../behaviours/definition.ts"
import { ServerDefinition } from "../behaviours/server.ts"
import { invalid } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Process } from "../kernel/process.ts"
import type { Gate, Identity } from "../security/gate.ts"
import { ServerMailbox } from "../service/mailbox.ts"
import { guardOf, ServiceDefinition } from "../service/service.ts"
import { type Reception, ServiceRecord } from "../service/service-record.ts"
import type { Services } from "../service/services.ts"
import type { ChildSpec, StartRequest } from "../supervision/child-spec.ts"
import { startOrder } from "../supervision/start-order.ts"
import type { SupervisionReport } from "../supervision/supervision-event.ts"
import { Supervisor } from "../supervision/supervisor.ts"
import type { Topology } from "../topology/topology.ts"
import { type DefinedChild, SupervisorDefinition } from "./tree.ts"

export interface AssemblyContext extends Context {
  readonly services: Services
  readonly gate: Gate
  /** Whom processes of the tree act as that do not say. */
  readonly identity: Identity
  readonly report: SupervisionReport
}

/** Throws `Invalid` for an id used twice, an unknown `requires`, or a cycle; nothing is started then. */
export function assembleRoot(tree: SupervisorDefinition<object>, context: AssemblyContext): () => Supervisor {
  const owners = new Map<string, readonly string[]>()
  collectIds(tree, [], owners)
  const specs = assemble(tree, [], owners, context)
  return () => {
    const root = launchSupervisor(tree, "root", specs, context, undefined)
    root.onEnded((reason) => childrenStopped(specs, reason))
    return root
  }
}

/** Where each id stands: the ids from the root down to it. */
function collectIds(tree: SupervisorDefinition<object>, path: readonly string[], owners: Map<string, readonly string[]>): void {
  for (const { id, definition } of tree.children) {
    if (owners.has(id)) throw invalid(`children["${id}"]`, "is defined twice in the tree")
    owners.set(id, [...path, id])
    if (definition instanceof SupervisorDefinition) collectIds(definition, [...path, id], owners)
  }
}

function assemble(
  tree: SupervisorDefinition<object>,
  path: readonly string[],
  owners: ReadonlyMap<string, readonly string[]>,
  context: AssemblyContext,
): readonly ChildSpec[] {
  const orderable = tree.children.map((child) => ({ ...child, requires: siblingsRequired(child, path, owners) }))
  return startOrder(orderable, "children").map((child) => {
    const below = [...path, child.id]
    return child.definition instanceof SupervisorDefinition
      ? supervisorSpec(child, child.definition, assemble(child.definition, below, owners, context), context)
      : serviceSpec(child, child.definition, context)
  })
}

/** What a child and all below it require, as ids of its siblings: the part of the tree that must be up before. */
function siblingsRequired(child: DefinedChild, path: readonly string[], owners: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const required = new Set<string>()
  for (const { id, requires } of withDescendants(child)) {
    for (const [index, wanted] of requires.entries()) {
      const owner = owners.get(wanted)
      const field = `children["${id}"].requires[${index}]`
      if (owner === undefined) throw invalid(field, `names ${String(wanted)}, which is not defined`)
      if (owners.get(id)?.includes(wanted))
        throw invalid(field, wanted === id ? "is a cycle: it names itself" : `names ${wanted}, which it is part of`)
      const isBelowSamePath = path.every((part, at) => owner[at] === part)
      const sibling = owner[path.length]
      if (isBelowSamePath && sibling !== undefined && sibling !== child.id) required.add(sibling)
    }
  }
  return [...required]
}

function* withDescendants(child: DefinedChild): Iterable<DefinedChild> {
  yield child
  if (child.definition instanceof SupervisorDefinition) for (const below of child.definition.children) yield* withDescendants(below)
}

function supervisorSpec(
  child: DefinedChild,
  tree: SupervisorDefinition<object>,
  specs: readonly ChildSpec[],
  context: AssemblyContext,
): ChildSpec {
  const record = new ServiceRecord(child.id, context.kernel.inbox(child.id, {}, "service"), undefined)
  context.services.define(record)
  return {
    id: child.id,
    type: "supervisor",
    ...child.rules,
    start: ({ parent }) => launchSupervisor(tree, child.id, specs, context, parent),
    changed: (state, reason) => {
      record.changed(state, reason)
      if (state === "stopped" || state === "givenUp") childrenStopped(specs, reason)
    },
  }
}

/** A supervisor that was killed did not stop its children: whoever waits for one of them hears of it here. */
function childrenStopped(specs: readonly ChildSpec[], reason: ExitReason | undefined): void {
  for (const spec of specs) spec.changed?.("stopped", reason)
}

function launchSupervisor(
  tree: SupervisorDefinition<object>,
  label: string,
  specs: readonly ChildSpec[],
  context: AssemblyContext,
  parent: Process | undefined,
): Supervisor {
  const { kernel, topology, report } = context
  const inbox = kernel.inbox(label)
  const supervisor = new Supervisor(kernel, { inbox, parent, topology, rules: tree.rules, specs, report })
  return kernel.launch(supervisor)
}

function serviceSpec(child: DefinedChild, definition: Definition<never>, context: AssemblyContext): ChildSpec {
  const record = new ServiceRecord(child.id, context.kernel.inbox(child.id, child.inbox, "service"), receptionOf(definition))
  const { gate, identity, topology } = context
  const principal =
    child.principal === undefined && child.scopes.length === 0
      ? identity
      : gate.identify(child.principal ?? identity.principal, child.scopes)
  topology.names.reserve(child.id)
  context.services.define(record)
  return {
    id: child.id,
    type: "worker",
    ...child.rules,
    start: (request) => launchService(record, child, definition, principal, request, context),
    changed: (state, reason) => record.changed(state, reason),
    isIdle: () => record.attachments.size === 0,
  }
}

function launchService(
  record: ServiceRecord,
  child: DefinedChild,
  definition: Definition<never>,
  principal: Identity,
  { parent, estate }: StartRequest,
  context: AssemblyContext,
): Process {
  const { kernel, topology } = context
  const process = definition.create(context, { inbox: record.inbox, parent, principal }, child.argument as never)
  if (estate !== undefined) process.inherit(estate)
  // What a plain server calls by name needs the caller's permission; its raw messages are its author's own matter.
  if (record.reception !== undefined && process.guard === "none") process.guard = "names"
  retire(record, topology)
  topology.names.register(child.id, process, true)
  record.process = process
  record.supervisor = parent as Supervisor
  return kernel.launch(process)
}

/** An incarnation that outlived its killed supervisor must not overlap the next one, nor keep its name. */
function retire({ id, process }: ServiceRecord, topology: Topology): void {
  if (process === undefined || process.status === "ended") return
  topology.names.unregister(id)
  process.urge({ type: "exit", reason: "kill" })
}

function receptionOf(definition: Definition<never>): Reception | undefined {
  if (definition instanceof ServiceDefinition) return definition
  if (!(definition instanceof ServerDefinition)) return undefined
  return {
    kind: "service",
    acquireAction: "service.acquire",
    routes: definition.routes,
    guards: definition.routes.map((route) => guardOf(route)),
    hasDetachedHook: definition.options.detached !== undefined,
    createMailbox: (port) => new ServerMailbox(port, definition),
  }
}
