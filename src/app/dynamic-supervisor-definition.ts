/** A supervisor of children that are started while it runs, as its author writes it. */

import { wholeNumber } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { DynamicSupervisor, type DynamicSupervisorRules } from "../supervision/dynamic-supervisor.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { DynamicSupervisorMailbox } from "./supervisor-mailbox.ts"
import { supervisorReception } from "./supervisor-reception.ts"
import { AnySupervisor, INTENSITY, keepMaking } from "./tree.ts"

/** How many children a dynamic supervisor may have, and how many restarts. */
export interface DynamicSupervisorSettings extends IntensityOptions {
  /** Children at a time, those that wait for a restart among them; from 0. Default: no limit. */
  readonly maxChildren?: number
}

/** A supervisor whose children are started while it runs. Made by `dynamicSupervisor`. */
export class DynamicSupervisorDefinition extends AnySupervisor {
  /** Limit of children and intensity, read and checked. */
  readonly rules: DynamicSupervisorRules

  constructor(settings?: DynamicSupervisorSettings) {
    super()
    const read = readOptions(settings, DYNAMIC_SUPERVISOR)
    this.rules = { maxChildren: read.maxChildren, ...intensityOf(read as IntensityOptions, "") }
    keepMaking(this, {
      reception: supervisorReception("dynamic supervisor", (port) => new DynamicSupervisorMailbox(port)),
      childrenOf: () => [],
      create: (kernel, { options, numbered }) => new DynamicSupervisor(kernel, { ...options, rules: this.rules, specOf: numbered }),
    })
  }
}

const DYNAMIC_SUPERVISOR = { maxChildren: countFrom0, ...INTENSITY }

function countFrom0(value: unknown, path: string): number {
  return value === undefined || value === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : wholeNumber(0)(value, path)
}
