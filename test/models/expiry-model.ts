/** The naive index of deadlines: a map that is looked through each time. */

export class ExpiryModel {
  readonly deadlines = new Map<number, number>()

  schedule(slot: number, deadline: number): void {
    this.deadlines.set(slot, deadline)
  }

  cancel(slot: number): void {
    this.deadlines.delete(slot)
  }

  due(now: number): number[] {
    return [...this.deadlines].filter(([, deadline]) => deadline <= now).map(([slot]) => slot)
  }

  get earliest(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.deadlines.values())
  }
}
