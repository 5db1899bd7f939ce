/** What is noted of the snapshots that stores of one world take and begin with, by the store's label, in the order in which it came. It judges nothing. */

import { presentPlace, type World } from "../../src/simulation.ts"
import type { SnapshotHead } from "../store/snapshot-format.ts"
import type { Beginning, SnapshotWitness } from "../store/snapshot-witness.ts"

/** `at`: a place among all asks and answers of the schedule. */
export type SnapshotNote =
  | { readonly type: "cut" | "committed"; readonly at: number; readonly head: SnapshotHead }
  /** The file has lost its end, as somebody read it. */
  | { readonly type: "torn"; readonly at: number }
  /** `place`: the same object where it is the same store. */
  | { readonly type: "began"; readonly at: number; readonly place: object; readonly beginning: Beginning }

export class SnapshotNotes implements SnapshotWitness {
  readonly token = {}
  readonly #world: World
  readonly #byLabel = new Map<string, SnapshotNote[]>()
  readonly #labels = new WeakMap<SnapshotHead, string>()

  constructor(world: World) {
    this.#world = world
  }

  of(label: string): readonly SnapshotNote[] {
    return this.#byLabel.get(label) ?? []
  }

  cut(head: SnapshotHead): void {
    const { at, by = "" } = presentPlace(this.#world)
    this.#labels.set(head, by)
    this.#note(by, { type: "cut", at, head })
  }

  /** Its store may have ended since. */
  committed(head: SnapshotHead): void {
    const { at } = presentPlace(this.#world)
    this.#note(this.#labels.get(head) ?? "", { type: "committed", at, head })
  }

  began(place: object, beginning: Beginning): void {
    const { at, by = "" } = presentPlace(this.#world)
    this.#note(by, { type: "began", at, place, beginning })
  }

  torn(label: string): void {
    const { at } = presentPlace(this.#world)
    this.#note(label, { type: "torn", at })
  }

  #note(label: string, note: SnapshotNote): void {
    const notes = this.#byLabel.get(label) ?? []
    this.#byLabel.set(label, notes)
    notes.push(note)
  }
}
