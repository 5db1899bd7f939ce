/**
 * Lists of slots, from old to young, in a typed array: eight bytes a slot. Both neighbours of a node stand side by side, as memory is fetched in lines: of a
 * large table most of what a use costs is to wait for it.
 *
 * Invariants
 * - A slot is in one list at most. To put it in, to take it out and to look at the oldest costs O(1).
 * - The array grows before anything is written: a call that finds no memory has changed nothing.
 *
 * Which list a slot is in is for its owner to know: a slot that is in none must not be taken out. Lists are numbered from 0.
 */

import { grown } from "./column-room.ts"

/** No node: so that new memory, which is zero, says "in no list". */
const NOWHERE = 0
const SMALLEST = 16

export class SlotLists {
  /** How many nodes stand before that of slot 0: one of no use, and one for each list, in which it begins and ends. */
  readonly #first: number
  /** How many slots are expected: no more room than for these is taken in advance. */
  readonly #expected: number
  readonly #lengths: number[]
  /** By node, in turns: its younger and its older neighbour in the circle that is its list. */
  #nodes: Int32Array

  constructor(lists: number, expected: number) {
    this.#first = lists + 1
    this.#expected = expected
    this.#lengths = new Array<number>(lists).fill(0)
    this.#nodes = new Int32Array(2 * (this.#first + Math.min(SMALLEST, expected)))
    for (let end = 1; end <= lists; end += 1) this.#nodes.fill(end, 2 * end, 2 * end + 2)
  }

  get bytes(): number {
    return this.#nodes.byteLength
  }

  /** Slots for which there is room. */
  get room(): number {
    return this.#nodes.length / 2 - this.#first
  }

  lengthOf(list: number): number {
    return this.#lengths[list] as number
  }

  has(slot: number): boolean {
    return (this.#nodes[2 * (slot + this.#first)] ?? NOWHERE) !== NOWHERE
  }

  /** The oldest of a list, leaving out `except`; -1 where there is none. */
  oldest(list: number, except: number): number {
    const end = list + 1
    let node = this.#nodes[2 * end] as number
    if (node === except + this.#first) node = this.#nodes[2 * node] as number
    return node === end ? -1 : node - this.#first
  }

  /** Calls `see` with each slot of a list, the oldest first. It must change nothing. */
  forEach(list: number, see: (slot: number) => void): void {
    const end = list + 1
    for (let node = this.#nodes[2 * end] as number; node !== end; node = this.#nodes[2 * node] as number) see(node - this.#first)
  }

  /** Puts a slot that is in no list at the young end of one. */
  append(list: number, slot: number): void {
    this.#reserve(slot)
    this.#link(list + 1, slot + this.#first)
    this.#lengths[list] = (this.#lengths[list] as number) + 1
  }

  remove(list: number, slot: number): void {
    this.#unlink(slot + this.#first)
    this.#lengths[list] = (this.#lengths[list] as number) - 1
  }

  /** To the young end of the list that it is in. */
  renew(list: number, slot: number): void {
    const node = slot + this.#first
    if (this.#nodes[2 * node] === list + 1) return
    this.#unlink(node)
    this.#link(list + 1, node)
  }

  #link(end: number, node: number): void {
    const nodes = this.#nodes
    const youngest = nodes[2 * end + 1] as number
    nodes[2 * youngest] = node
    nodes[2 * node + 1] = youngest
    nodes[2 * node] = end
    nodes[2 * end + 1] = node
  }

  #unlink(node: number): void {
    const nodes = this.#nodes
    const younger = nodes[2 * node] as number
    const older = nodes[2 * node + 1] as number
    nodes[2 * younger + 1] = older
    nodes[2 * older] = younger
    nodes[2 * node] = NOWHERE
  }

  #reserve(slot: number): void {
    const { room } = this
    if (slot < room) return
    this.#nodes = grown(this.#nodes, new Int32Array(2 * (this.#first + grownRoom(slot, room, this.#expected))))
  }
}

/** Twice as much, but no more than is expected, until more is needed. */
export function grownRoom(slot: number, room: number, expected: number): number {
  const doubled = Math.max(room * 2, SMALLEST)
  if (slot < expected) return Math.max(Math.min(doubled, expected), slot + 1)
  return slot + 1 + (slot >> 3)
}
