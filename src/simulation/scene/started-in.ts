/** The processes of some kernels, in the order in which they were started. */

import type { Launched } from "../../kernel/process-table.ts"
import type { SimulatedKernel } from "./simulated-kernel.ts"

/** Gone through by their neighbours, as each step asks where faults may fall. */
export function startedIn(kernels: readonly Pick<SimulatedKernel, "processes">[]): Launched[] {
  const all: Launched[] = []
  for (let at = kernels.length - 1; at >= 0; at -= 1) {
    const [youngest] = (kernels[at] as SimulatedKernel).processes
    for (let process = youngest; process !== undefined; process = process.next) all.push(process)
  }
  return all.reverse()
}
