/** The kernel that a host runs: the one there is, or where a host decides what happens next, one of its own making. */

import type { AsyncContextRule } from "./async-context.ts"
import type { Host } from "./host.ts"
import { Kernel } from "./kernel.ts"

/** A host with a kernel of its own: `pigeonhole/simulation`. */
export interface KernelHost extends Host {
  /** `host`: itself, or a copy of it that somebody has made, to tell what runs on it from all else. */
  makeKernel(contextRule: AsyncContextRule | undefined, host: KernelHost): Kernel
  /** Told of the transitions of machines, where it wants to know. */
  readonly machines?: MachineWatch | undefined
  /** Code of the application's waits for a turn of the host, other than `yield`, which is for what the runtime does beside. */
  readonly turn?: ((callback: () => void) => void) | undefined
  /** A runtime begins: told, where it wants to know, of what keeps its names, registries and groups, and of what inspectors are added to. */
  readonly begins?: ((topology: object, inspection: object) => void) | undefined
}

/** Counts what machines do. A machine is called by its id, a transition by what it is from and to, and by what event. */
export interface MachineWatch {
  /** There is one, with these transitions. */
  knows(machine: string, transitions: readonly string[]): void
  /** One was taken. */
  took(machine: string, transition: string): void
}

export function kernelOn(host: Host, contextRule?: AsyncContextRule): Kernel {
  return isKernelHost(host) ? host.makeKernel(contextRule, host) : new Kernel(host, contextRule)
}

/** Nobody counts in production: this look is all that it costs there. */
export function machineWatchOf(host: Host): MachineWatch | undefined {
  return isKernelHost(host) ? host.machines : undefined
}

export function tellBegin(host: Host, topology: object, inspection: object): void {
  if (isKernelHost(host)) host.begins?.(topology, inspection)
}

/** A turn of the host for code of the application's. */
export function turnOf(host: Host, callback: () => void): void {
  const turn = isKernelHost(host) ? host.turn : undefined
  if (turn === undefined) host.yield(callback)
  else turn(callback)
}

function isKernelHost(host: Host): host is KernelHost {
  return "makeKernel" in host
}
