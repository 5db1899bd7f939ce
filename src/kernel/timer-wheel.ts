/**
 * Deadlines in O(1): a hierarchical wheel of intrusive lists, eleven levels of 32 slots, one tick a millisecond.
 *
 * Invariants
 * - A node is in at most one list. Cancelling unlinks it at once, so a settled request is not held
 *   until its time runs out.
 * - A node filed at level L shares with `#tick` every base-32 digit above L, so the earliest
 *   occupied slot of a level is its lowest set bit.
 * - Nothing fires early; `advance` does a bounded number of steps and says whether more is due.
 * - Ticks are counted from the moment the wheel was made: the host's clock may begin anywhere, below zero too.
 *
 * Source  Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987).
 */

const SLOT_BITS = 5
const SLOTS = 1 << SLOT_BITS
/** A round of so many levels, 2^55 ms, is more than a number counts exactly: the wheel never goes round. */
const LEVELS = 11
/** The slot of a node that is in none. */
const NOT_ON_WHEEL = -1

/** A place in one of the wheel's lists; what has a deadline extends it. */
export abstract class TimerNode {
  /** Neighbours in the list; both `undefined` while in none. */
  previous: TimerNode | undefined = undefined
  next: TimerNode | undefined = undefined
  /** In whole ms of the host's clock. */
  deadline = 0
  slot = NOT_ON_WHEEL
  /** Whether somebody waits for it, so that the host has to stay alive until it fires or is cancelled. Fixed while armed. */
  isAwaited = false

  /** Called once when the deadline has passed. */
  abstract expired(): void

  /** Whom it concerns, as reports call it; `undefined` where that is the runtime alone. */
  get owner(): string | undefined {
    return undefined
  }

  /** What it is for, in a word or two. */
  get purpose(): string {
    return "time limit"
  }

  /** Whether somebody waits no longer than until then; what comes of itself at its moment is none. */
  get isLimit(): boolean {
    return true
  }
}

class ListHead extends TimerNode {
  constructor(slot: number) {
    super()
    this.slot = slot
    this.previous = this
    this.next = this
  }
  expired(): void {}
}

export class TimerWheel {
  readonly #heads: ListHead[] = []
  readonly #occupied = new Int32Array(LEVELS)
  readonly #origin: number
  /** In ms since `#origin`, as all that has a place on the wheel. */
  #tick = 0
  #size = 0
  #awaited = 0

  /** `slots`: none for one that keeps what is armed elsewhere. */
  constructor(now: number, slots = LEVELS * SLOTS) {
    this.#origin = Math.floor(now)
    for (let slot = 0; slot < slots; slot += 1) this.#heads.push(new ListHead(slot))
  }

  /** Armed deadlines. */
  get size(): number {
    return this.#size
  }

  /** Armed deadlines that somebody waits for. */
  get awaited(): number {
    return this.#awaited
  }

  arm(node: TimerNode, deadline: number): void {
    node.deadline = Math.ceil(deadline)
    this.#size += 1
    if (node.isAwaited) this.#awaited += 1
    this.#file(node)
  }

  /** Takes the node out of whatever list it is in; a no-op where it is in none. */
  cancel(node: TimerNode): void {
    if (node.next === undefined) return
    const { slot } = node
    const only = node.previous === node.next
    unlink(node)
    node.slot = NOT_ON_WHEEL
    this.#size -= 1
    if (node.isAwaited) this.#awaited -= 1
    if (only) this.#vacate(slot)
  }

  /** The next moment at which `advance` has something to do; `Infinity` when nothing is armed. */
  nextAt(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let level = 0; level < LEVELS; level += 1) {
      if (this.#occupied[level] !== 0) earliest = Math.min(earliest, this.#slotStart(level))
    }
    return this.#origin + earliest
  }

  /** Fires what is due at `now`, in at most `limit` steps; true when more is due. */
  advance(now: number, limit: number): boolean {
    const target = Math.floor(now) - this.#origin
    let steps = limit
    for (;;) {
      const at = this.nextAt() - this.#origin
      if (at > target) break
      this.#tick = Math.max(this.#tick, at)
      const head = this.#headDueAt(at)
      for (let node = head.next as TimerNode; node !== head; node = head.next as TimerNode) {
        if (steps === 0) return true
        steps -= 1
        this.cancel(node)
        if (node.deadline - this.#origin <= this.#tick) node.expired()
        else this.arm(node, node.deadline)
      }
    }
    this.#tick = Math.max(this.#tick, target)
    return false
  }

  #file(node: TimerNode): void {
    const tick = this.#tick
    const due = Math.min(Math.max(node.deadline - this.#origin, tick), Number.MAX_SAFE_INTEGER)
    let level = 0
    let unit = 1
    while (level < LEVELS - 1 && Math.floor(due / (unit * SLOTS)) !== Math.floor(tick / (unit * SLOTS))) {
      level += 1
      unit *= SLOTS
    }
    const digit = Math.floor(due / unit) % SLOTS
    const slot = level * SLOTS + digit
    node.slot = slot
    append(this.#heads[slot] as ListHead, node)
    this.#occupied[level] = (this.#occupied[level] as number) | (1 << digit)
  }

  #vacate(slot: number): void {
    const level = slot >> SLOT_BITS
    this.#occupied[level] = (this.#occupied[level] as number) & ~(1 << (slot & (SLOTS - 1)))
  }

  #slotStart(level: number): number {
    const unit = SLOTS ** level
    const round = unit * SLOTS
    return Math.floor(this.#tick / round) * round + lowestBit(this.#occupied[level] as number) * unit
  }

  #headDueAt(at: number): ListHead {
    let level = 0
    while (this.#occupied[level] === 0 || this.#slotStart(level) !== at) level += 1
    return this.#heads[level * SLOTS + lowestBit(this.#occupied[level] as number)] as ListHead
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function append(head: TimerNode, node: TimerNode): void {
  const last = head.previous as TimerNode
  node.previous = last
  node.next = head
  last.next = node
  head.previous = node
}

function unlink(node: TimerNode): void {
  const previous = node.previous as TimerNode
  const next = node.next as TimerNode
  previous.next = next
  next.previous = previous
  node.previous = undefined
  node.next = undefined
}
