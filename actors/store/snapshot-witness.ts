/**
 * Who is told, in a simulated world, of what snapshots of which stores were taken and begun with; nobody everywhere else.
 *
 * A leaf: `pigeonhole/simulation` says here who is told, and stores ask here; neither loads the other.
 */

import type { SnapshotHead } from "./snapshot-format.ts"

/**
 * What an incarnation begins with: the snapshot that is there, or nothing: as there is none, as it could not be read, or as its store was reset; or what is
 * in the table that it has inherited.
 */
export type Beginning =
  | { readonly type: "restored"; readonly head: SnapshotHead; readonly isWhole: boolean }
  | { readonly type: "nothing" | "reset" | "inherited" }
  | { readonly type: "refused"; readonly aside: string }

export interface SnapshotWitness {
  /** Stands for its world, and holds nothing of it: who keeps it keeps no world. */
  readonly token: object
  /** Its moment is now. */
  cut(head: SnapshotHead): void
  /** Its place has acknowledged it. */
  committed(head: SnapshotHead): void
  /** `place`: the same object for all incarnations of a store of one definition. */
  began(place: object, beginning: Beginning): void
}

let witnessNow: SnapshotWitness | undefined

/** `undefined`: nobody is told. */
export function snapshotWitness(): SnapshotWitness | undefined {
  return witnessNow
}

/** `undefined`: the program is in no simulation. */
export function putSnapshotWitness(witness: SnapshotWitness | undefined): void {
  witnessNow = witness
}
