/** The kernel that a host runs: the one there is, or where a host decides what happens next, one of its own making. */

import type { AsyncContextRule } from "./async-context.ts"
import type { Host } from "./host.ts"
import { Kernel } from "./kernel.ts"

/** A host with a kernel of its own: `pigeonhole/simulation`. */
export interface KernelHost extends Host {
  makeKernel(contextRule: AsyncContextRule | undefined): Kernel
}

export function kernelOn(host: Host, contextRule?: AsyncContextRule): Kernel {
  return isKernelHost(host) ? host.makeKernel(contextRule) : new Kernel(host, contextRule)
}

function isKernelHost(host: Host): host is KernelHost {
  return "makeKernel" in host
}
