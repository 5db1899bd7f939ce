/**
 * What a mailbox does for `getOrSet`: asks the store for the value and, where the store gives it the turn, calls its caller's load, in the async
 * context of that caller and outside the store's turn.
 *
 * Invariants
 * - A load is called once at most for a request, and what it throws is contained: it reaches who asked, or nobody.
 * - What was loaded reaches the caller who loaded it, whatever becomes of the store meanwhile.
 */

import { type AskOptions, Invalid, invalid, shown, Timeout, Unavailable } from "../../src/index.ts"
import type { Frozen } from "./frozen.ts"
import { over } from "./load-book.ts"
import { type GetOrSetOptions, loadTermsOf } from "./load-options.ts"
import type { LoadOutcome } from "./load-outcome.ts"
import { LoadRequest } from "./load-request.ts"
import { presentTurn, runInTurn } from "./load-scope.ts"
import { isKey, keyError, type StorePort } from "./store-face.ts"
import { copyIn, shareOut } from "./stored-value.ts"

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { AbortController: HostController } = globalThis

/** What a load is told. */
export interface LoadContext<Value = unknown> {
  /** What it is to load. */
  readonly key: string
  /** Aborted when nobody waits for the value any more: its callers gave up, or somebody wrote or deleted it. */
  readonly signal: AbortSignal
  /** The old value, which is given to all callers meanwhile (`staleFor`); `undefined` where there is none. */
  readonly stale: Frozen<Value> | undefined
}

export type LoadFunction = (context: LoadContext<never>) => unknown

export function getOrSet(behind: StorePort, key: string, load: LoadFunction, options: GetOrSetOptions | undefined): Promise<unknown> {
  const { port, face } = behind
  try {
    if (!isKey(key)) throw keyError(key)
    if (typeof load !== "function") throw invalid("load", `must be a function; got ${shown(load)}`)
    const terms = loadTermsOf(options)
    const request = new LoadRequest(key, port.id, terms, presentTurn())
    const answer = port.ask(face.getOrSet, request, terms.ask)
    // It was there, and the store has looked at once.
    if (request.isAnswered && request.turn === undefined && request.thrown === undefined) return answer
    return port.unheardAfterEnd(new LoadCall(behind, request, load).answer(answer))
  } catch (error) {
    return port.refused(error)
  }
}

class LoadCall {
  readonly #behind: StorePort
  readonly #request: LoadRequest
  readonly #load: LoadFunction

  constructor(behind: StorePort, request: LoadRequest, load: LoadFunction) {
    this.#behind = behind
    this.#request = request
    this.#load = load
  }

  /** What the caller gets. */
  answer(first: Promise<unknown>): Promise<unknown> {
    this.#request.turned.then(() => this.#run())
    return this.#answered(first, false)
  }

  async #answered(answer: Promise<unknown>, isLast: boolean): Promise<unknown> {
    try {
      return await answer
    } catch (error) {
      return this.#failed(error, isLast)
    }
  }

  #failed(error: unknown, isLast: boolean): unknown {
    const { thrown, isAnswered, turn, within, options } = this.#request
    if (thrown !== undefined) throw thrown.error
    if (isAnswered) throw error
    within?.waitsFor.delete(this.#request)
    if (turn === undefined || !(error instanceof Unavailable)) throw this.#told(error)
    const { outcome } = this.#request
    if (outcome !== undefined) return given(outcome)
    this.#request.load = undefined
    if (!isLast) return this.#again(options.ask)
    turn.end(error)
    throw error
  }

  /** The store has ended while its caller's load is under way: the next incarnation is told of it, or there is none. */
  #again(options: AskOptions | undefined): Promise<unknown> {
    const { port, face } = this.#behind
    return this.#answered(port.ask(face.getOrSet, this.#request, options), true)
  }

  #told(error: unknown): unknown {
    const { load, turn, key, hasWaited } = this.#request
    // No store knows of it.
    if (load === undefined) turn?.end(over(key))
    if (!hasWaited || !(error instanceof Timeout)) return error
    const message = `${error.message}: the load of ${shown(key)} has not come to its end; one that asks for its own key waits for itself`
    return new Timeout(message, { details: { ...error.details, key } })
  }

  async #run(): Promise<void> {
    const { turn, load, key } = this.#request
    // Nobody has waited for it until it was called.
    if (turn === undefined || load === undefined) return
    const controller = new HostController()
    turn.over.then(({ reason }) => controller.abort(reason))
    const context = Object.freeze({ key, signal: controller.signal, stale: turn.stale as never })
    try {
      this.#request.deliver(this.#outcome(await runInTurn(turn, () => this.#load(context))))
    } catch (error) {
      this.#request.deliver({ type: "failed", error, isUnfit: false })
    }
  }

  #outcome(value: unknown): LoadOutcome {
    if (value === undefined) return { type: "none" }
    try {
      const { weigh, takeIn = copyIn } = this.#behind
      const copy = takeIn(value)
      return { type: "value", value: copy, weight: weigh(this.#request.key, copy) }
    } catch (error) {
      return { type: "failed", error, isUnfit: error instanceof Invalid }
    }
  }
}

/** As the store would have given it. */
function given(outcome: LoadOutcome): unknown {
  if (outcome.type === "failed") throw outcome.error
  return outcome.type === "value" ? shareOut(outcome.value) : undefined
}
