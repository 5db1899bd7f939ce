/** A child as its author writes it, and how it is read: as one process, or, where a service says so, as a supervisor of its partitions. */

import { invalid, shown } from "../kernel/errors.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { partitioningOf, ServiceDefinition } from "../service/service.ts"
import { childRulesOf } from "../supervision/child-spec.ts"
import { intensityOf } from "../supervision/intensity.ts"
import { PartitionSupervisorDefinition } from "./partition-supervisor-definition.ts"
import {
  ChildDefinition,
  type DefinedChild,
  type Extras,
  type ExtrasParameter,
  isChildDefinition,
  NOTHING_SAID,
  ROOT_ID,
  readProcess,
  type Startable,
  type Supervisable,
} from "./tree.ts"

/**
 * Says how a supervisor is to keep a child.
 *
 * Errors  Invalid, naming the field under `child`.
 *
 * @example
 * const cache = child(store({ maxEntries: 100 }), { restart: "permanent", state: "retain" })
 * await using runtime = await start({ "app:cache": cache })
 */
export function child<D extends Supervisable>(definition: D, ...[options]: ExtrasParameter<D>): ChildDefinition<D> {
  const made = new ChildDefinition(definition, options as Extras)
  // What depends on where it will stand is looked at there; the rest is its author's mistake here.
  readChild("", made, "child")
  return made
}

/** Reads a child with an id. Throws `Invalid` that names the field under `path`. */
export function childOf(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  if (typeof id !== "string" || id === "") throw invalid(path, `must have a non-empty id; got ${shown(id)}`)
  if (id === ROOT_ID) throw invalid(path, `must have another id: ${ROOT_ID} is the supervisor above all others`)
  return readChild(id, entry, path)
}

function readChild(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  const definition = isChildDefinition(entry) ? entry.definition : entry
  const partitions = partitioningOf(definition)?.partitions
  if (partitions === undefined || !(definition instanceof ServiceDefinition)) return readProcess(id, entry, path)
  return readPartitioned(id, definition, partitions, isChildDefinition(entry) ? entry.options : NOTHING_SAID, path)
}

/**
 * A service with partitions is a supervisor of them: what is said of the child is said of each, but for what is of the whole. Each partition has
 * as many restarts as a service of one process has by default.
 */
function readPartitioned(id: string, service: ServiceDefinition<Mailbox>, partitions: number, options: Extras, path: string): DefinedChild {
  const { requires, onDetach, significant, autoStart, ...each } = options
  if (significant === true) throw invalid(`${path}.significant`, "is of no use to a service with partitions, which end one by one")
  const { intensity } = intensityOf({}, "")
  const settings = { child: new ChildDefinition(service, { ...each, argument: undefined }), partitions, intensity: intensity * partitions }
  const whole = { ...(onDetach === undefined ? {} : { onDetach }), ...(autoStart === undefined ? {} : { autoStart }) }
  const rules = childRulesOf(whole, "supervisor", path)
  const supervisor = readProcess(id, new PartitionSupervisorDefinition(settings, true), path)
  return { ...supervisor, requires: requires ?? [], rules }
}
