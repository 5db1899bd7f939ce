/**
 * What the versions of one incarnation's entries begin with, so that none is used again: when it began by the calendar, and later than all before
 * it, should the calendar be set back; with a share of chance, for programs that do not know of each other.
 */

import type { Self } from "../../src/index.ts"
import { snapshotWitness } from "./snapshot-witness.ts"

const CHANCES = 36 ** 4
const TIME_LETTERS = 9
const LATEST = 36 ** TIME_LETTERS - 1

export class StoreEpochs {
  #lastMs = 0
  /** Of the simulated world that they are of: the same schedule gives the same ones. */
  #world: object | undefined = undefined

  /** Text that is greater than all before it, and than `known`, which another process has had. */
  next(self: Pick<Self, "systemTime" | "random">, known = ""): string {
    const world = snapshotWitness()?.token
    if (this.#world !== world) this.#lastMs = 0
    this.#world = world
    const knownMs = Number.parseInt(known.slice(0, TIME_LETTERS), 36)
    if (knownMs > this.#lastMs && knownMs < LATEST) this.#lastMs = knownMs
    this.#lastMs = Math.max(this.#lastMs + 1, Math.floor(self.systemTime()))
    const chance = Math.floor(self.random() * CHANCES)
    return this.#lastMs.toString(36).padStart(TIME_LETTERS, "0") + chance.toString(36).padStart(4, "0")
  }
}
