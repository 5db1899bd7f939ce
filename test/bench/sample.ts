/** Warm up, then measure several times: the one way in which arms time throughput. */

import type { ArmReport } from "./report.ts"

export interface Sampling {
  /** Operations in one sample. */
  readonly operations: number
  /** Samples measured but not kept. */
  readonly warmups: number
  readonly samples: number
}

/** Does this many operations, and gives how many it has seen completed. */
export type Work = (operations: number) => Promise<number> | number

/** Times work by name and adds up what was completed. */
export class Measurements {
  #expected = 0
  #completed = 0
  readonly #figures: Record<string, number[]> = {}

  /** Nanoseconds for each operation completed. */
  async time(name: string, operations: number, work: Work, isKept = true): Promise<void> {
    const startedAt = process.hrtime.bigint()
    const completed = await work(operations)
    const elapsed = Number(process.hrtime.bigint() - startedAt)
    if (isKept) this.add(name, elapsed / completed, operations, completed)
  }

  /** A figure taken otherwise. */
  add(name: string, value: number, expected = 0, completed = 0): void {
    this.#figures[name] ??= []
    this.#figures[name].push(value)
    this.#expected += expected
    this.#completed += completed
  }

  get report(): ArmReport {
    return { expected: this.#expected, completed: this.#completed, figures: this.#figures }
  }
}

/** Times one kind of work in samples, the first ones for warming up only. */
export async function sample(name: string, { operations, warmups, samples }: Sampling, work: Work): Promise<ArmReport> {
  const measurements = new Measurements()
  for (let i = 0; i < warmups + samples; i += 1) await measurements.time(name, operations, work, i >= warmups)
  return measurements.report
}
