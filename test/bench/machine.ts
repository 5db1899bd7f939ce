/** What the figures were taken on. */

import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { erlangVersion } from "./erlang.ts"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly platform: string
  readonly node: string
  readonly v8: string
  /** `undefined` where there is none. */
  readonly erlang: string | undefined
  /** How busy the machine was with other things when the bench began. */
  readonly loadAverage: number
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    erlang: erlangVersion() || undefined,
    loadAverage: loadavg()[0] ?? 0,
  }
}
