/**
 * The host of whoever asks for none: the default, and while a schedule of a simulation has the program, the world's.
 *
 * A leaf: `pigeonhole/simulation` says here which world there is, and layers of Effect ask here; neither loads the other.
 */

import { defaultHost, type Host } from "./host.ts"

let present: Host | undefined

export function presentHost(): Host {
  return present ?? defaultHost
}

/** `undefined`: no schedule has the program any more. */
export function putHost(host: Host | undefined): void {
  present = host
}

/** Whether its time is a schedule's, and no clock's. */
export function isInSimulation(): boolean {
  return present !== undefined
}
