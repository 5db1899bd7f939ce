/** The naive order of keys: an array that is sorted and looked through each time. */

export class KeyOrderModel {
  readonly #keys = new Map<number, string>()

  get size(): number {
    return this.#keys.size
  }

  keyOf(slot: number): string | undefined {
    return this.#keys.get(slot)
  }

  add(slot: number, key: string): void {
    this.#keys.set(slot, key)
  }

  remove(slot: number): void {
    this.#keys.delete(slot)
  }

  page(prefix: string, after: string | undefined, limit: number): number[] {
    const matching = [...this.#keys].filter(([, key]) => key.startsWith(prefix) && (after === undefined || after < key))
    return matching
      .sort(([, one], [, other]) => (one < other ? -1 : 1))
      .slice(0, limit)
      .map(([slot]) => slot)
  }

  count(prefix: string): number {
    return [...this.#keys.values()].filter((key) => key.startsWith(prefix)).length
  }
}
