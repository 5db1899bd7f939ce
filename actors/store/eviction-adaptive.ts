/**
 * The policy for all traffic: W-TinyLFU, of which five shadows find out, while it runs, which shape would hit most.
 *
 * Invariants
 * - Its answers are slots that it holds, whatever the shadows say. Who chooses keys so that their hashes meet can spoil the hit ratio, and nothing else.
 * - The same requests have the same outcome: there is no chance in it, and no clock.
 *
 * Room    15.5 bytes an entry (12 for lists and counts, 3.5 for the sketch), and at most 30 kB a store for the shadows and what few entries need beyond that:
 *         with 60 000 entries or more, at most 16 bytes an entry.
 * Cost    O(1). A use counts beside the entry; one in eight also in the sketch and in the shadows, fewer where there are more than 2000 entries, and more
 *         where there are less than 500.
 *
 * Chosen by `npm run bench -- hit-ratio`. Tried on four recorded traces in caches of 1, 5, 10 and 25 % of their keys: the mean of the 16 hit ratios in
 * percent, and by how many points it was, where it was worst, below the best of LRU, W-TinyLFU (1 % and 20 %), SIEVE and S3-FIFO.
 * The last three were tried with four shapes.
 *
 *   this policy, in six ways to call the keys                     46.8 to 46.9    -0.3 to -0.9
 *   four shapes, of which the sketch counts all, held or not        46.4 to 46.5    -0.9          and 5.4 below elsewhere
 *   W-TinyLFU with a window of 1 % · of 20 %                        44.6 · 44.7    -6.8 · -4.9
 *   W-TinyLFU whose window climbs, as in Caffeine, from 1 % · 20 %  44.6 · 44.5    -3.6 · -4.2   a short trace is over before it has climbed
 *   S3-FIFO · ARC · SIEVE · LRU                     42.3 · 40.8 · 39.3 · 39.0     -24.4          nothing of a loop
 *   LIRS, with 1 % · 5 % for newcomers                              45.2 · 45.5    -5.9 · -5.5   and no room for its ghosts in 16 bytes
 *   three shapes (1 %, 20 %, LRU), a sketch of 2 bytes · 3.5 bytes  44.7 · 45.0    -3.1 · -2.9   collisions cost more than any shape
 *   four shapes, of which none spares once                                  46.2    -1.7          and 3.9 below where popularity jumps
 *   judges of one memory, however often they change their mind              46.4    -0.9          and 4.9 below where requests go up and down
 *   shadows of a fixed size, whatever chance has put into the sample        46.2    -1.1          and 20 below in one loop of four, by its keys' names
 *
 * Beyond those, 75 kinds of traces drawn by rule and 114 mixed by chance, at four sizes, with keys called in two ways; half of them had no part in the choice.
 * How many cases are more than 2 points below the best of those five, and how far the worst is:
 *
 *   this policy, in one of the two ways              22 of  544 kept out, -5.6    10 of  536 looked at, -4.5
 *   what is protected becomes less at a use alone, in the same way
 *                                                    22, -5.6                     14, -4.5
 *   the same, in both ways                           38 of 1088, -5.6             29 of 1072, -9.3
 *   besides, who is to take over must lead by four hits, not by two
 *                                                    38, -6.1                     30, -9.3
 *   four shapes (not the third), and who is popular stands before the others on probation
 *                                                    62, -6.1                     41, -15.4
 *
 * On 173 more, written program by program before anything was tried on them, 15 of 692 cases are more than 2 points below (19 with a lead of four hits; one more
 * still, where what is used in the main part stays there under LRU), and -10.7 the worst: tables sorted and merged, over in three rounds. On 76 after what the
 * literature says of such traces (compilers, readers of sources, joins, disks, popularity that moves), 7 of 304, and -3.8 the worst. The lead was chosen
 * on these two. Shadows as large as the cache know little better (of half the 173: 12 of 344, not 14); if the cache held, after each change of shape, what its
 * best shadow holds, it would be 6. To ask more of who takes over, by what changes have cost or by what the shadows hold in common, gained nothing. Where it is
 * that far below, a sixth of it is that no shape does better, half that the best one is found out late, and a third that the cache does not hold yet what its
 * shadow holds. To let all on probation go for whoever was asked for twice, once after each change, is worse (63 cases of these and those above, not 54); so is to
 * halve their counts (82).
 *
 * The worst are loops of which a part stays by chance (there a rival differs by up to 8 points as its keys are called), a loop with looks back that is over
 * in three rounds, and several programs in short turns. With the third shape in place of the second, a join within a join is 4.7 below. With it as the
 * first, the mean is 0.2 less on what is mixed by chance.
 *
 * Judgements twice as often, or fewer counters for few entries, cost a point where a trace is short. To count in two rows or three, to halve sooner or later, to
 * begin with another shape, to forget more at each change, and to fill the main part while there is room, change the mean by 0.1 at most.
 */

import type { Eviction } from "./eviction.ts"
import { FrequencySketch } from "./frequency-sketch.ts"
import { hashOfKey } from "./key-hash.ts"
import { ShadowContest } from "./shadow-contest.ts"
import { type Shape, TinyLfuQueues } from "./tiny-lfu-queues.ts"

/** For scans and loops; for lasting popularity; for loops of which each comes a little sooner or later; for popularity that comes and goes; for recency (LRU). */
const SHAPES: readonly Shape[] = [
  { window: 0.01, protected: 0.8, margin: 2 },
  { window: 0.05, protected: 0.8, margin: 1 },
  { window: 0.2, protected: 0.8, margin: 2 },
  { window: 0.2, protected: 0.65, margin: 1, sparesOnce: true },
  { window: 1, protected: 0, margin: 0 },
]
/** Until something is known. */
const FIRST = 3
const NONE = -1

/** A capacity that is less off than this is left as it is: to change it begins the contest anew. */
const OTHER_FROM = 1.25
/** Evictions that tell what the capacity is, for each entry that is held. */
const REMEMBERED = 4

export class AdaptiveEviction implements Eviction {
  #capacity: number
  readonly #sketch: FrequencySketch
  #contest: ShadowContest
  #queues: TinyLfuQueues
  /** How many it holds when one has to go, in the mean of late; 0 until that happens. */
  #usual = 0
  /** How many of those that are held are in the sample. */
  #sampled = 0
  /** The slot that was named last: when it goes, it is for want of room, and the shadows have a mind of their own about that. */
  #named = NONE

  /** `capacity`: entries that a full store has, a whole number from 1; an estimate, until it is full. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#sketch = new FrequencySketch(this.#capacity)
    this.#contest = new ShadowContest(SHAPES, FIRST, this.#sketch, this.#capacity)
    this.#queues = new TinyLfuQueues(this.#shape, this.#sketch, this.#capacity)
  }

  /** Of all its arrays. */
  get bytes(): number {
    return this.#sketch.bytes + this.#contest.bytes + this.#queues.bytes
  }

  /** The share of the entries that are kept by recency alone, as it is now: 1 is LRU. */
  get window(): number {
    return this.#shape.window
  }

  added(slot: number, key: string): void {
    this.removed(slot)
    const hash = hashOfKey(key)
    this.#sketch.reserve(slot + 1)
    this.#sketch.add(hash)
    this.#queues.add(slot, hash)
    if (!this.#contest.isSampled(hash)) return
    this.#sampled += 1
    this.#contend(hash)
  }

  used(slot: number): void {
    if (!this.#queues.has(slot)) return
    const hash = this.#queues.hashOf(slot)
    this.#queues.use(slot)
    if (!this.#contest.isSampled(hash)) return this.#sketch.pass()
    // Where it is not held, a shadow knows it by the sketch alone.
    this.#sketch.add(hash)
    this.#contend(hash)
  }

  removed(slot: number): void {
    if (!this.#queues.has(slot)) return
    const hash = this.#queues.hashOf(slot)
    this.#queues.remove(slot)
    if (this.#contest.isSampled(hash)) {
      this.#sampled -= 1
      if (slot !== this.#named) this.#contest.forget(hash)
    }
    this.#named = NONE
  }

  victim(except: number): number {
    this.#learnCapacity()
    this.#named = this.#queues.victim(except)
    return this.#named
  }

  /** What was learned of the keys stays. */
  clear(): void {
    this.#contest = this.#anotherContest()
    this.#queues = new TinyLfuQueues(this.#shape, this.#sketch, Math.ceil(this.#capacity))
    this.#sampled = 0
    this.#named = NONE
  }

  get #shape(): Shape {
    return SHAPES[this.#contest.best] as Shape
  }

  /**
   * Of how many it holds when one has to go. Others, of which it is not told, may have taken the rest of the room; where there is a limit of weight, more fit
   * now, and fewer then. What is found first counts in full, and from then on the past of several times all entries that are held now: one heavy entry is no other
   * capacity, and where all have become heavy that is found out soon.
   */
  #learnCapacity(): void {
    const { size } = this.#queues
    if (size === 0) return
    this.#usual += (size - this.#usual) / (this.#usual === 0 ? 1 : size * REMEMBERED)
    // Never compared with a rounded one: where few are held, that may be a quarter off by itself.
    if (this.#usual < this.#capacity * OTHER_FROM && this.#usual * OTHER_FROM > this.#capacity) return
    this.#capacity = this.#usual
    this.#sketch.resize(this.#capacity)
    this.#contest = this.#anotherContest()
    this.#sampled = this.#queues.count((hash) => this.#contest.isSampled(hash))
  }

  #anotherContest(): ShadowContest {
    return new ShadowContest(SHAPES, this.#contest.best, this.#sketch, Math.round(this.#capacity))
  }

  /** Of a hash that is in the sample. The shadows are as large as the cache is, of the sample. One that is hardly filled says little of what it will hold. */
  #contend(hash: number): void {
    const { size } = this.#queues
    if (this.#contest.request(hash) && size * 2 >= this.#capacity) this.#contest.fit((this.#sampled / size) * this.#capacity)
    this.#queues.shape = this.#shape
  }
}
