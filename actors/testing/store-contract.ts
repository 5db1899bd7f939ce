/**
 * The contract of stores: every promise of a store's operations, to be held against any store by any test runner.
 *
 * A promise is tried on a store of its own. What a store does not claim, by what it tells of itself (`info`), by the operations it has or by what its
 * author says of it, is passed over by name, and not counted as kept.
 */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import { admittedStage, admittedStore } from "./admitted-store.ts"
import { CLAIMS, type Claim, type Clause, claimsOf } from "./clause.ts"
import { conditions } from "./clauses-conditions.ts"
import { everyday } from "./clauses-everyday.ts"
import { holding } from "./clauses-holding.ts"
import { lasting } from "./clauses-lasting.ts"
import { leases } from "./clauses-leases.ts"
import { lifetimes } from "./clauses-lifetimes.ts"
import { loading } from "./clauses-loading.ts"
import { many } from "./clauses-many.ts"
import { order } from "./clauses-order.ts"
import { permissions } from "./clauses-permissions.ts"
import { room } from "./clauses-room.ts"
import { steps } from "./clauses-steps.ts"
import { telling } from "./clauses-telling.ts"
import { values } from "./clauses-values.ts"
import { watching } from "./clauses-watching.ts"
import type { OpenStage, StoreStage, TestedStore, WholeStore } from "./tested-store.ts"

const CLAUSES: readonly Clause[] = [
  ...everyday,
  ...values,
  ...lifetimes,
  ...conditions,
  ...steps,
  ...many,
  ...order,
  ...holding,
  ...room,
  ...permissions,
  ...loading,
  ...watching,
  ...leases,
  ...lasting,
  ...telling,
]

/** Defines a test, as the `test` or `it` of most runners does. Where it gives its function a context that can `skip`, what is passed over is skipped. */
export type DefineTest = (name: string, run: () => Promise<void>) => unknown

/** What else is known of a store that the contract is held against. */
export interface StoreContractOptions {
  /** What it cannot be asked for, though nothing it tells of itself says so: `limits` (`maxEntries`), `policies`, `bound`, `idle`, … Default: none. */
  readonly without?: readonly Claim[]
  /** Told of each promise that is passed over, and for want of what. Default: nobody is. */
  readonly passedOver?: (name: string, missing: readonly Claim[]) => void
}

/**
 * Defines a test for each promise that a store makes: of its operations, values, keys, lifetimes, conditions and versions; of room, permissions and
 * restarts. For whoever writes a store, or something that acts like one.
 *
 * Errors  Invalid, for what are no functions; a test fails with an `Error` that says what was promised and what was given.
 *
 * @example
 * import { stageStore, storeContract } from "pigeonhole/testing"
 *
 * const names: string[] = []
 * storeContract((name) => names.push(name), stageStore(({ maxEntries = 0 }) => store({ maxEntries })))
 * names.includes("get: gives what was set, and undefined where nothing is") // => true
 */
export function storeContract(test: DefineTest, open: OpenStage, options?: StoreContractOptions): void {
  if (typeof test !== "function") throw invalid("test", `must be a function; got ${shown(test)}`)
  if (typeof open !== "function") throw invalid("open", `must be a function; got ${shown(open)}`)
  const { without = [], passedOver = () => {} } = checkOptions(options, ["without", "passedOver"])
  if (typeof passedOver !== "function") throw invalid("passedOver", `must be a function; got ${shown(passedOver)}`)
  const run = new Run(open, listed(without), passedOver)
  for (const clause of CLAUSES) {
    // Without a parameter of its own: some runners would take it for a callback that ends the test.
    test(clause.name, async (...contexts: readonly unknown[]) => {
      const missing = await run.try(clause)
      if (missing.length > 0) skip(contexts[0], `passed over for want of ${missing.join(", ")}`)
    })
  }
}

function listed(without: readonly Claim[]): readonly Claim[] {
  const claims = copied(without)
  const place = claims.findIndex((claim) => !CLAIMS.includes(claim))
  if (place === -1) return claims
  throw invalid(`without[${place}]`, `must be one of ${CLAIMS.join(", ")}; got ${shown(claims[place])}`)
}

function copied(without: readonly Claim[]): readonly Claim[] {
  try {
    if (Array.isArray(without)) return [...without]
  } catch (cause) {
    // A proxy may throw at any look.
    throw invalid("without", "cannot be read", cause)
  }
  throw invalid("without", `must be a list; got ${shown(without)}`)
}

/** Runs promises, each on a store of its own. */
class Run {
  readonly #open: OpenStage
  readonly #without: readonly Claim[]
  readonly #passedOver: (name: string, missing: readonly Claim[]) => void
  #opened = 0

  constructor(open: OpenStage, without: readonly Claim[], passedOver: (name: string, missing: readonly Claim[]) => void) {
    this.#open = open
    this.#without = without
    this.#passedOver = passedOver
  }

  /** Gives what it could not be tried for want of. */
  async try(clause: Clause): Promise<readonly Claim[]> {
    const known = clause.needs.filter((need) => this.#without.includes(need))
    const missing = known.length > 0 ? known : await this.#tryOnStage(clause)
    if (missing.length > 0) this.#passedOver(clause.name, missing)
    return missing
  }

  async #tryOnStage({ needs, wish, check }: Clause): Promise<readonly Claim[]> {
    this.#opened += 1
    let stage = admittedStage(await this.#open({ ...wish, place: `contract-${this.#opened}` }))
    try {
      const store = admittedStore(await stage.acquire(wish?.policies === undefined ? undefined : "all"))
      const claims = await claimsOf(store, stage)
      const missing = needs.filter((need) => !claims.has(need))
      if (missing.length > 0) return missing
      await check({
        store: whole(store),
        stage,
        acquire: async (principal) => whole(admittedStore(await stage.acquire(principal))),
        crash: async () => stage.crash?.(),
        reopen: async (awayMs = 0) => {
          stage = await reopened(stage, awayMs)
          return whole(admittedStore(await stage.acquire()))
        },
      })
      return []
    } finally {
      await stage.close()
    }
  }
}

/** A clause names the operations that it uses, so those are there. */
function whole(store: TestedStore): WholeStore {
  return store as WholeStore
}

async function reopened(stage: StoreStage, awayMs: number): Promise<StoreStage> {
  if (stage.reopen === undefined) throw new Error("the store cannot be opened again")
  return admittedStage(await stage.reopen(awayMs))
}

function skip(context: unknown, why: string): void {
  const { skip: leave } = Object(context) as { skip?: (why: string) => unknown }
  if (typeof leave === "function") leave.call(context, why)
}
