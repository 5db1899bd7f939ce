/** What a store had at which moment of which of its lives, and what is left of that in a later one. The naive way: a copy of all after each step. */

export interface KeptEntry {
  readonly value: number
  /** By the clock of its life. */
  readonly deadline: number
}

type Entries = ReadonlyMap<string, KeptEntry>

export class SnapshotHistory {
  readonly #steps: { readonly life: number; readonly at: number; readonly entries: Entries }[] = []

  note(life: number, at: number, entries: Entries): void {
    this.#steps.push({ life, at, entries: new Map(entries) })
  }

  /** What was there then, with what was left to each; what came at that very moment came before. */
  at(life: number, moment: number): Map<string, { readonly value: number; readonly leftMs: number }> {
    const step = this.#steps.findLast((candidate) => candidate.life === life && candidate.at <= moment)
    const alive = [...(step?.entries ?? [])].filter(([, { deadline }]) => deadline > moment)
    return new Map(alive.map(([key, { value, deadline }]) => [key, { value, leftMs: Math.ceil(deadline - moment) }]))
  }
}
