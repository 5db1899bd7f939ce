/**
 * The port between a store and the place where its snapshot is kept: a file (`pigeonhole/durable`), memory in a test, or anybody's own.
 *
 * A place carries bytes and knows nothing of what they mean (`snapshot-format.ts`). It keeps one snapshot: a new one takes the old one's place as
 * a whole and at one moment, or not at all.
 */

/**
 * Where a store's snapshot is kept between one life of its process and the next.
 *
 * Order   a store reads before it writes, and writes one at a time. What `read` has begun to give stays what it was, whatever is written meanwhile.
 * Errors  each may reject with any error. Where reading or setting aside does, the store does not start, for what is there may be sound; the start is
 *         tried again. Where writing does, that is reported, and tried again in time. A read that never settles holds the start, a write that never
 *         settles all later ones.
 * Cost    the store is at work on a piece for as long as it takes: pieces of some ten kilobytes, each given in a turn of the host's own, hold up nobody.
 */
export interface SnapshotPlace {
  /** Which place it is: of those that have the same one, and run at a time, one store may begin. `name`: for people. Default: the object itself. */
  readonly identity?: { readonly name?: string }
  /**
   * Has it for this program's store alone, until `leave`; asked before each use, also where it has it already. Rejects with Conflict where another program has it.
   * Without it, two programs may each write over what the other has kept.
   */
  claim?(): Promise<void>
  /** The store has ended, and nothing of it is under way. Not asked of a program that is killed: whoever has ended is to be in nobody's way. */
  leave?(): Promise<void>
  /** The snapshot that was committed last, in pieces of whatever size; `undefined`: there is none. */
  read(): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Begins a new one. Until it is committed, `read` gives the old one. */
  write(): Promise<SnapshotWriter>
  /**
   * Moves what `read` gives out of the way, because it cannot be read, and keeps it for whoever wants to look at it. From then on `read` gives
   * `undefined`. `problem` is one word for what is wrong: `torn`, `damaged`, `foreign`, … Gives the name of the place it has now, for people.
   */
  setAside(problem: string): Promise<string>
  /**
   * The place of the snapshot of one partition, counted from 0, of a store that has so many: another one for each, and for each number of them, as that says which
   * keys a partition has. Called when the store is defined. Without it, no store with partitions can be kept there.
   */
  part?(partition: number, partitions: number): SnapshotPlace
}

/** A snapshot that is being written. */
export interface SnapshotWriter {
  /** Writes the next piece. It belongs to the store again once this is settled. */
  append(piece: Uint8Array): Promise<void>
  /** The snapshot is complete, and takes the old one's place: once this is fulfilled it outlives a crash of the machine. Nothing follows. */
  commit(): Promise<void>
  /** The snapshot is given up, and nothing of it stays. Nothing follows; after a failure of the others it may be called all the same. */
  discard(): Promise<void>
}
