/** A pool of workers, as its author writes it. */

import { invalid, shown } from "../kernel/errors.ts"
import { MOST_CAPACITY } from "../kernel/inbox-options.ts"
import { DEFAULT_CAPACITY } from "../kernel/inbox-rules.ts"
import { otherwise, wholeNumber } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { ServerDefinition } from "../server/server.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { partitionId } from "../service/partition.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { PoolSupervisor } from "../supervision/pool-supervisor.ts"
import type { SupervisorRules } from "../supervision/supervisor.ts"
import { poolReceptionOf } from "./pool-mailbox.ts"
import {
  AnySupervisor,
  type ChildDefinition,
  checkSignificance,
  type DefinedChild,
  INTENSITY,
  keepMaking,
  MOST_LIKES,
  readProcess,
  type Startable,
  type Supervisable,
} from "./tree.ts"

/** How many workers a pool has, and how many jobs may wait for them. */
export interface PoolSettings extends IntensityOptions {
  /** Workers, each a process from the start; from 1 to 65 536. */
  readonly size: number
  /** Jobs that may wait while no worker is free; from 0. Default 65 536. */
  readonly queue?: number
  /** Restarts of workers within `periodMs` after which the pool gives up. Default: no limit, as each job may cost a worker its life. */
  readonly intensity?: number
}

/** A supervisor of like workers that serve jobs. `M` is the mailbox that posts them. Made by `pool`. */
export class PoolDefinition<out M extends Mailbox> extends AnySupervisor {
  /** Strategy and intensity, read and checked. */
  readonly rules: SupervisorRules
  /** How many workers there are. */
  readonly size: number
  /** How many jobs may wait for a free one. */
  readonly queue: number
  /** Whose calls and casts are jobs. */
  readonly worker: ServerDefinition<never, unknown, unknown>
  readonly #child: DefinedChild
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  constructor(worker: Supervisable | ChildDefinition<Supervisable>, settings: PoolSettings) {
    super()
    const { size, queue, intensity, periodMs } = readOptions(settings, POOL)
    const rules = intensityOf({ intensity: intensity ?? 0, periodMs } as IntensityOptions, "")
    this.rules = {
      strategy: "one_for_one",
      autoShutdown: "never",
      ...rules,
      intensity: intensity === undefined ? Number.POSITIVE_INFINITY : rules.intensity,
    }
    this.size = size
    this.queue = queue
    this.#child = readProcess("", worker as Startable, "worker")
    const { definition } = this.#child
    if (!(definition instanceof ServerDefinition))
      throw invalid("worker", `must be made by server: its calls are the jobs; got ${shown(definition)}`)
    if (this.#child.rules.restart !== "permanent") throw invalid("worker.restart", "must be permanent: a pool keeps its size")
    if (!this.#child.rules.autoStart) throw invalid("worker.autoStart", "must be true: a pool keeps its size")
    if (this.#child.rules.backoff.maxAttempts > 0) throw invalid("worker.backoff.maxAttempts", "must be 0: a pool keeps its size")
    checkSignificance(this.#child, "never", "worker")
    this.worker = definition
    keepMaking(this, {
      reception: poolReceptionOf(definition),
      queue,
      childrenOf: (id) => this.childrenOf(id),
      create: (kernel, { options, specs, added }) =>
        new PoolSupervisor(kernel, {
          ...options,
          rules: this.rules,
          workersRule: definition.options.asyncContext,
          specs: specs(),
          specOf: (id, entry) => added(id, entry, "never"),
        }),
    })
  }

  /** The workers where the pool has that id: `id#0`, `id#1`, … */
  childrenOf(id: string): readonly DefinedChild[] {
    return Array.from({ length: this.size }, (_, index) => ({ ...this.#child, id: partitionId(id, index) }))
  }
}

const POOL = {
  size: wholeNumber(1, MOST_LIKES),
  queue: otherwise(wholeNumber(0, MOST_CAPACITY), DEFAULT_CAPACITY),
  ...INTENSITY,
}
