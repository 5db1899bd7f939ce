/** A naive model of what an eviction policy is told: the slots that it holds, from the one not used for longest to the last used. */

export class EvictionModel {
  slots: number[] = []

  added(slot: number): void {
    this.removed(slot)
    this.slots.push(slot)
  }

  used(slot: number): void {
    if (this.slots.includes(slot)) this.added(slot)
  }

  removed(slot: number): void {
    this.slots = this.slots.filter((held) => held !== slot)
  }

  /** By recency. */
  victim(except: number): number {
    return this.slots.find((held) => held !== except) ?? -1
  }

  clear(): void {
    this.slots = []
  }
}
