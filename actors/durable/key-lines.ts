/**
 * The order of operations under each key of a durable store, from the moment they are asked for until what they have decided is committed.
 *
 * Invariants
 * - Operations have their turns under one key in the order in which they came; one of many keys has its turn when it is the first under all of
 *   them. Under different keys nobody waits for anybody.
 * - In its turn an operation knows what is there, with all that was decided before it: what it decides is right once those before it are committed.
 *   Should one of them fail, what was decided on the strength of it fails, too, and has changed nothing.
 * - Of a key nobody is at, nothing is kept here.
 */

import { PigeonholeError, RateLimited, Unknown } from "../../src/index.ts"
import type { CommitQueue } from "./commit-queue.ts"
import { type Row, UNHELD } from "./entry-row.ts"
import { type Decided, KeyLine, type Known, Task, UNKNOWN, Write, type WriteOwner } from "./key-line.ts"
import { LineTable } from "./line-table.ts"
import type { RowLoader } from "./row-loader.ts"
import type { RowMemory } from "./row-memory.ts"
import type { EntryRow } from "./store-database.ts"

/** Operations that may wait for their turn. */
const MOST_WAITING = 100_000

export interface KeyLinesOptions {
  readonly memory: RowMemory
  readonly loader: RowLoader
  readonly queue: CommitQueue
  /** What was read, as it stands in memory. */
  readonly toRow: (read: EntryRow) => Row
  /** Does something in a turn of the store's own. */
  readonly inTurn: (work: () => void) => void
  /** What was decided is on disk, and not in memory yet. */
  readonly onCommitting: (write: Write) => void
  /** It is in memory, too, but for what was written under `gone` for a holder that has left. */
  readonly onCommitted: (write: Write, gone: readonly string[]) => void
  /** Nobody knows whether it is on disk. */
  readonly onFailed: (write: Write) => void
  /** A commit has failed. */
  readonly onUnwritten: (error: unknown) => void
  /** A reading has failed. */
  readonly onUnread: () => void
}

export class KeyLines {
  readonly #memory: RowMemory
  readonly #queue: CommitQueue
  readonly #options: KeyLinesOptions
  readonly #lines = new LineTable<KeyLine>()
  /** Lines of which something has changed, while one is seen to. */
  readonly #changed: KeyLine[] = []
  #isSeeing = false
  #waiting = 0
  #asked = 0
  /** That of the operation whose turn it is. */
  #turnOf: number | undefined = undefined
  readonly #owner: WriteOwner = {
    committed: (write) => this.#settle(write, () => this.#committed(write)),
    failed: (write, error) => this.#settle(write, () => this.#failed(write, error)),
  }

  constructor(options: KeyLinesOptions) {
    this.#options = options
    this.#memory = options.memory
    this.#queue = options.queue
  }

  /** Whether nothing at all is under way. */
  get isIdle(): boolean {
    return this.#lines.size === 0
  }

  /** When that was asked for whose turn it is. */
  get turnOf(): number {
    return this.#turnOf ?? this.#asked
  }

  /** How much was asked for so far. */
  get asked(): number {
    return this.#asked
  }

  line(key: string): KeyLine | undefined {
    return this.#lines.get(key)
  }

  /** What is there, with all that was decided so far; `UNKNOWN` where it has to be read first. */
  latest(key: string): Known {
    const line = this.#lines.get(key)
    return line === undefined ? (this.#memory.row(key) ?? UNKNOWN) : line.latest
  }

  /** What was decided last under a key, and is not committed yet. */
  lastWrite(key: string): Write | undefined {
    return this.#lines.get(key)?.writes.at(-1)
  }

  /**
   * Calls `run` when it is the turn of an operation under `keys` (each once), which may be at once; `fail`, where it never will be. What `run` throws
   * at once is thrown; later, `fail` is told.
   */
  perform(keys: readonly string[], needsRows: boolean, run: () => void, fail: (error: unknown) => void): void {
    this.#asked += 1
    const asked = this.#asked
    const inTurn = (): void => this.#inTurnOf(asked, run)
    if (keys.every((key) => this.#isOpen(key, needsRows))) return inTurn()
    if (this.#waiting >= MOST_WAITING) return fail(crowded(this.#waiting))
    this.#waiting += 1
    const task = new Task(keys, needsRows, inTurn, fail)
    const lines = keys.map((key) => this.#lineOf(key))
    for (const line of lines) line.tasks.push(task)
    this.#see(lines)
  }

  /** As `perform`, for what `run` gives, at once or later. */
  turn<Result>(keys: readonly string[], needsRows: boolean, run: () => Result | PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => this.perform(keys, needsRows, () => resolve(run()), reject))
  }

  /** As `turn`; at once, where it is its turn already. */
  take<Result>(keys: readonly string[], needsRows: boolean, run: () => Result | PromiseLike<Result>): Result | PromiseLike<Result> {
    if (!keys.every((key) => this.#isOpen(key, needsRows))) return this.turn(keys, needsRows, run)
    this.#asked += 1
    return this.#inTurnOf(this.#asked, run)
  }

  /** As `take`, under one key. */
  takeOne<Result>(key: string, needsRow: boolean, run: () => Result | PromiseLike<Result>): Result | PromiseLike<Result> {
    if (!this.#isOpen(key, needsRow)) return this.turn([key], needsRow, run)
    this.#asked += 1
    return this.#inTurnOf(this.#asked, run)
  }

  /** Writes down what an operation has decided in its turn, where there is room. `bases`: what it was decided on the strength of. */
  write(decided: Decided, bases: Iterable<Write>): Write {
    const write = new Write(decided, this.turnOf, this.#owner)
    for (const base of bases) base.dependents.push(write)
    write.rows.forEach((_, key) => {
      this.#lineOf(key).add(write)
    })
    this.#queue.put(decided.changes, write)
    return write
  }

  /** Settles when all that waits now has had its turn. What it has decided then is in the queue. */
  async turnsTaken(): Promise<void> {
    for (const line of this.#lines.all()) await line.tasks.at(-1)?.end
  }

  /** An entry was removed from disk, as its time was over. `true`: an operation has found that out, too. */
  expired(key: string, version: number): boolean {
    const line = this.#lines.get(key)
    if (line === undefined) return false
    line.expired = version
    if (typeof line.base === "object" && line.base.version === version) line.base = undefined
    return line.writes.some(({ decided }) => decided.removal === "expire")
  }

  /** A bound entry is there no more: nor is anything else under its key, but for what is decided. */
  heldGone(key: string): void {
    const line = this.#lines.get(key)
    if (typeof line?.base === "object" && line.base.owner !== UNHELD) line.base = undefined
  }

  // -- turns -----------------------------------------------------------------------------------------------------

  #inTurnOf<Result>(asked: number, run: () => Result): Result {
    const before = this.#turnOf
    this.#turnOf = asked
    try {
      return run()
    } finally {
      this.#turnOf = before
    }
  }

  #isOpen(key: string, needsRow: boolean): boolean {
    const line = this.#lines.get(key)
    if (line === undefined) return !needsRow || this.#memory.row(key) !== undefined
    return line.tasks.length === 0 && (!needsRow || line.latest !== UNKNOWN)
  }

  #lineOf(key: string): KeyLine {
    const known = this.#lines.get(key)
    if (known !== undefined) return known
    const line = new KeyLine(key, this.#memory.row(key) ?? UNKNOWN)
    this.#lines.add(key, line)
    return line
  }

  /** Has those that are the first under all their keys do what they are to do; and what they have to know for it read. */
  #see(lines: readonly KeyLine[]): void {
    for (const line of lines) this.#changed.push(line)
    if (this.#isSeeing) return
    this.#isSeeing = true
    try {
      for (let line = this.#changed.pop(); line !== undefined; line = this.#changed.pop()) this.#seeOne(line)
    } finally {
      this.#isSeeing = false
    }
  }

  #seeOne(line: KeyLine): void {
    const [first] = line.tasks
    if (first === undefined) this.#retire(line)
    else if (this.#isReady(first)) this.#run(first)
    else if (first.needsRows && line.latest === UNKNOWN && !line.isLoading) this.#load(line)
  }

  #isReady(task: Task): boolean {
    return task.keys.every((key) => {
      const line = this.#lines.get(key)
      return line?.tasks[0] === task && (!task.needsRows || line.latest !== UNKNOWN)
    })
  }

  #run(task: Task): void {
    this.#leave(task, () => {
      try {
        task.run()
      } catch (error) {
        task.fail(error)
      }
    })
  }

  #leave(task: Task, how: () => void): void {
    const lines = task.keys.map((key) => this.#lineOf(key))
    for (const line of lines) line.drop(task)
    this.#waiting -= 1
    how()
    task.ended()
    this.#see(lines)
  }

  /** As `see`, when something came from the database. */
  #seeInTurn(lines: readonly KeyLine[]): void {
    if (lines.some(({ tasks }) => tasks.length > 0)) this.#options.inTurn(() => this.#see(lines))
    else this.#see(lines)
  }

  #retire(line: KeyLine): void {
    // One that was retired before may be seen to once more, when there is another one for its key.
    if (line.isIdle && this.#lines.get(line.key) === line) this.#lines.remove(line.key)
  }

  // -- what is read ------------------------------------------------------------------------------------------------

  #load(line: KeyLine): void {
    line.isLoading = true
    const { key } = line
    this.#options.loader.load({ key, found: (read) => this.#found(line, read), failed: (error) => this.#missed(line, error) })
  }

  #found(line: KeyLine, read: EntryRow | undefined): void {
    line.isLoading = false
    try {
      const row = read === undefined || read.version === line.expired ? undefined : this.#options.toRow(read)
      // What was decided meanwhile counts, and not what it found.
      if (line.latest === UNKNOWN && line.writes.length === 0) this.#learn(line, row)
    } catch (error) {
      return this.#missed(line, error)
    }
    this.#seeInTurn([line])
  }

  #learn(line: KeyLine, row: Row | undefined): void {
    line.base = row
    if (row !== undefined) this.#memory.keep(line.key, row)
  }

  /** Who cannot do without fails. The others go on. */
  #missed(line: KeyLine, error: unknown): void {
    line.isLoading = false
    for (const task of line.tasks.filter(({ needsRows }) => needsRows)) this.#leave(task, () => task.fail(error))
    this.#seeInTurn([line])
    this.#options.onUnread()
  }

  // -- what becomes of what was decided ------------------------------------------------------------------------------

  /** Who waits is told in the end, whatever happens here: nobody else would. */
  #settle(write: Write, carryOut: () => void): void {
    try {
      carryOut()
    } catch (cause) {
      write.failure ??= new Unknown("what was committed could not be told", { cause })
    }
    write.settle()
  }

  #committed(write: Write): void {
    const lines: KeyLine[] = []
    const gone: string[] = []
    this.#options.onCommitting(write)
    write.rows.forEach((row, key) => {
      const line = this.#lineOf(key)
      line.remove(write)
      line.base = row
      if (!this.#memory.settle(key, row) && row !== undefined) {
        line.base = undefined
        gone.push(key)
      }
      lines.push(line)
    })
    this.#options.onCommitted(write, gone)
    this.#seeInTurn(lines)
  }

  #failed(write: Write, error: unknown): void {
    // It has failed with another one, and that was seen to.
    if (write.failure !== undefined) return
    const failure = error instanceof PigeonholeError ? error : new Unknown("the commit failed", { cause: error })
    const lines = this.#fail(write, failure)
    this.#seeInTurn(lines)
    if (!(failure instanceof RateLimited)) this.#options.onUnwritten(failure)
  }

  /** And all that rests on it. */
  #fail(first: Write, failure: PigeonholeError): KeyLine[] {
    const lines: KeyLine[] = []
    const open = [first]
    for (let write = open.pop(); write !== undefined; write = open.pop()) {
      if (write.failure !== undefined) continue
      write.failure = failure
      this.#options.onFailed(write)
      for (const key of write.rows.keys()) lines.push(this.#undo(key, write))
      open.push(...write.dependents)
    }
    return lines
  }

  /** It may have reached the disk, though it failed: that is to be read again. What is bound is not there. */
  #undo(key: string, write: Write): KeyLine {
    const line = this.#lineOf(key)
    line.remove(write)
    if (typeof line.base === "object" && line.base.owner !== UNHELD) return line
    line.base = UNKNOWN
    this.#memory.forget(key)
    return line
  }
}

function crowded(waiting: number): RateLimited {
  return new RateLimited(`${waiting} operations wait already for what is read of the database`, { details: { waiting } })
}
