/** A supervisor of like children, of which a key picks one, as its author writes it. */

import { invalid } from "../kernel/errors.ts"
import { anything, wholeNumber } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { partitionId } from "../service/partition.ts"
import { type Partitioning, partitioningOf, partOfService, receptionOfService, type ServiceDefinition } from "../service/service.ts"
import type { Reception } from "../service/service-record.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { Supervisor, type SupervisorRules } from "../supervision/supervisor.ts"
import { ChildrenMailbox, PartitionSupervisorMailbox } from "./supervisor-mailbox.ts"
import { supervisorReception } from "./supervisor-reception.ts"
import {
  AnySupervisor,
  type ChildDefinition,
  checkSignificance,
  type DefinedChild,
  INTENSITY,
  isSupervisorDefinition,
  keepMaking,
  MOST_LIKES,
  readProcess,
  type Startable,
  type Supervisable,
} from "./tree.ts"

/** What is to run how many times. */
export interface PartitionSupervisorSettings<C extends Startable | ChildDefinition<Supervisable>> extends IntensityOptions {
  /** What each partition runs. */
  readonly child: C
  /** How many there are; from 1 to 65 536. */
  readonly partitions: number
}

/** A supervisor of like children, of which a key picks one. `M` is the mailbox of each. Made by `partitionSupervisor`. */
export class PartitionSupervisorDefinition<out M extends Mailbox> extends AnySupervisor {
  /** Strategy and intensity, read and checked. */
  readonly rules: SupervisorRules
  /** How many there are. */
  readonly partitions: number
  /** What its partitions are, where they are one service: by its id that is acquired, and the supervisor by its mailbox's class. */
  readonly service: ServiceDefinition<Mailbox> | undefined
  readonly #child: DefinedChild
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  constructor(settings: PartitionSupervisorSettings<Startable | ChildDefinition<Supervisable>>, isOneService = false) {
    super()
    const read = readOptions(settings, PARTITION_SUPERVISOR)
    const { child, partitions } = read
    this.rules = { strategy: "one_for_one", autoShutdown: "never", ...intensityOf(read as IntensityOptions, "") }
    this.partitions = partitions
    this.#child = readProcess("", child as Startable, "child")
    const { definition } = this.#child
    const partitioning = partitioningOf(definition)
    this.service = isOneService ? (definition as ServiceDefinition<Mailbox>) : undefined
    if (isSupervisorDefinition(definition) || (partitioning !== undefined && !isOneService))
      throw invalid("child", "must be a service or a process; the services below a supervisor have ids of their own")
    checkSignificance(this.#child, "never", "child")
    const reception = supervisorReception("partition supervisor", (port) => new PartitionSupervisorMailbox(port, partitions))
    const own = { ...reception, partitions }
    keepMaking(this, {
      reception: this.service === undefined || partitioning === undefined ? own : wholeReception(this.service, partitioning, own),
      childrenOf: (id) => this.childrenOf(id),
      create: (kernel, { options, specs, added }) =>
        new Supervisor(kernel, { ...options, rules: this.rules, specs: specs(), specOf: (id, entry) => added(id, entry, "never") }),
    })
  }

  /** The children where the supervisor has that id: `id#0`, `id#1`, … */
  childrenOf(id: string): readonly DefinedChild[] {
    const { service } = this
    const definitionOf = (index: number): Supervisable => (service === undefined ? this.#child.definition : partOfService(service, index))
    return Array.from({ length: this.partitions }, (_, index) => ({
      ...this.#child,
      id: partitionId(id, index),
      definition: definitionOf(index),
    }))
  }
}

/** Of a service with partitions: their supervisor is for those who ask for it by its class. */
function wholeReception(service: ServiceDefinition<Mailbox>, { createMailbox }: Partitioning, supervisor: Reception): Reception {
  const part = receptionOfService(service)
  const spread = { part, supervisor, administration: ChildrenMailbox.prototype, createMailbox }
  return { ...supervisor, kind: part.kind, acquireAction: part.acquireAction, routes: [], guards: [], spread }
}

const PARTITION_SUPERVISOR = { child: anything, partitions: wholeNumber(1, MOST_LIKES), ...INTENSITY }
