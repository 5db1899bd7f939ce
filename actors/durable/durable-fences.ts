/**
 * The fence numbers of a durable store's leases. They are versions of its database: each is greater than all before it, whatever becomes of the process, of
 * the program or of the calendar.
 *
 * A fence waits for no commit: the database keeps as many versions from being given again as may be told beyond what is on disk. Long before there are
 * as many, it is told how far they have come.
 */

import { Unavailable } from "../../src/index.ts"
import type { FenceCount } from "../store/fences.ts"
import type { Decided } from "./key-line.ts"
import { MARK_KEY, MOST_UNCOMMITTED } from "./store-database.ts"
import type { VersionCount } from "./version-count.ts"

/** Beyond what is on disk: when it is told, and when no lease is given until it is. As many as may wait for one may follow then. */
const TOLD_AT = MOST_UNCOMMITTED / 10
const MOST_AHEAD = MOST_UNCOMMITTED / 2

interface FenceKeeper {
  readonly versions: VersionCount
  addIfRoom(decided: Decided): boolean
}

export class DurableFences implements FenceCount {
  readonly #keeper: FenceKeeper
  /** The version that was told last. */
  #told = 0

  constructor(keeper: FenceKeeper) {
    this.#keeper = keeper
  }

  /** Why no lease can be given now; `undefined`: one can. */
  get refusal(): Unavailable | undefined {
    if (this.#keeper.versions.ahead < MOST_AHEAD) return undefined
    this.#tell()
    return new Unavailable("the database is too far behind for the fence of a lease", { retryable: true })
  }

  next(): number {
    const fence = this.#keeper.versions.next()
    if (this.#keeper.versions.ahead >= TOLD_AT && fence >= this.#told + TOLD_AT) this.#tell()
    return fence
  }

  #tell(): void {
    const version = this.#keeper.versions.newest
    const isOnItsWay = this.#keeper.addIfRoom({ rows: new Map(), changes: [{ type: "remove", key: MARK_KEY, version }], cause: "fence" })
    if (isOnItsWay) this.#told = version
  }
}
