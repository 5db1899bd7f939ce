/** What of a table an order of its keys needs: which slot has which key. Slots that became free are given out again, the last one first. */

export class KeySlots {
  readonly keys: (string | undefined)[] = []
  /** Keys that were asked for so far. */
  asked = 0
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []

  readonly keyOf = (slot: number): string => {
    this.asked += 1
    const key = this.keys[slot]
    // Whoever asks for the key of a slot that is free would get the place of nothing.
    if (key === undefined) throw new Error(`slot ${slot} has no key`)
    return key
  }

  /** `undefined` for a slot that is free. */
  readonly keyIfAny = (slot: number): string | undefined => {
    this.asked += 1
    return this.keys[slot]
  }

  slotOf(key: string): number | undefined {
    return this.#slots.get(key)
  }

  nextSlot(): number {
    return this.#free.at(-1) ?? this.keys.length
  }

  /** Gives a new key the next slot. */
  put(key: string): number {
    const slot = this.#free.pop() ?? this.keys.length
    this.keys[slot] = key
    this.#slots.set(key, slot)
    return slot
  }

  /** Takes a key away; its slot is free. */
  clear(key: string): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) throw new Error(`no slot has the key ${key}`)
    this.#slots.delete(key)
    this.keys[slot] = undefined
    this.#free.push(slot)
    return slot
  }
}
