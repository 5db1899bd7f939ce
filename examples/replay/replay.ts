/**
 * Look-aside traffic: get; on a miss, load and set with a TTL. Many callers at once, in windows.
 *
 * Requests go to callers by key, so requests for one key keep their order however the callers interleave: with a clock that
 * moves between windows only, the hits are those of a plain map that is asked one key after the other.
 */

import { PigeonholeError, type StoreMailbox } from "pigeonhole"

export interface ReplayOptions {
  readonly keys: readonly string[]
  /** By request, in seconds. */
  readonly ttls: Float64Array
  readonly callers: number
  /** Requests under way together before all are waited for. */
  readonly window: number
  /** Crash the store before every N-th request; 0 for never. */
  readonly crashEvery: number
  /** Milliseconds, for latencies. */
  readonly now: () => number
  /** Crashes the store. */
  readonly crash: () => void
  /** Between two windows: what has been done so far. */
  readonly between?: (done: number) => Promise<void> | void
}

export interface ReplayReport {
  readonly requests: number
  readonly hits: number
  readonly misses: number
  readonly expiries: number
  readonly crashes: number
  /** Messages posted, answered, and failed by reason: sent = answered + failed. */
  readonly sent: number
  readonly answered: number
  readonly failed: ReadonlyMap<string, number>
  /** Of each request, in ms, ascending. */
  readonly latencies: Float64Array
}

/** The value a miss loads. */
export interface Loaded {
  readonly key: string
  readonly loadedAt: number
}

export async function replay(store: StoreMailbox<Loaded>, options: ReplayOptions): Promise<ReplayReport> {
  const run = new Run(store, options)
  const { keys, window, crashEvery, between } = options
  for (let from = 0; from < keys.length; ) {
    if (crashEvery > 0 && from > 0 && from % crashEvery === 0) await run.crash()
    const untilCrash = crashEvery > 0 ? crashEvery - (from % crashEvery) : window
    const to = Math.min(from + window, from + untilCrash, keys.length)
    await run.window(from, to)
    await between?.(to)
    from = to
  }
  return run.finish()
}

class Run {
  readonly #store: StoreMailbox<Loaded>
  readonly #options: ReplayOptions
  readonly #latencies: Float64Array
  readonly #failed = new Map<string, number>()
  #hits = 0
  #misses = 0
  #expiries = 0
  #crashes = 0
  #sent = 0
  #answered = 0

  constructor(store: StoreMailbox<Loaded>, options: ReplayOptions) {
    this.#store = store
    this.#options = options
    this.#latencies = new Float64Array(options.keys.length)
  }

  /** Deals the requests of a window to the callers and waits for all of them. */
  async window(from: number, to: number): Promise<void> {
    const { keys, callers } = this.#options
    const dealt: number[][] = Array.from({ length: callers }, () => [])
    for (let request = from; request < to; request += 1) dealt[hash(keys[request] as string) % callers]?.push(request)
    await Promise.all(dealt.map((requests) => this.#call(requests)))
  }

  /** The store dies with the next window's requests already on their way to it. */
  async crash(): Promise<void> {
    await this.#countExpiries()
    this.#options.crash()
    this.#crashes += 1
  }

  async finish(): Promise<ReplayReport> {
    await this.#countExpiries()
    return {
      requests: this.#options.keys.length,
      hits: this.#hits,
      misses: this.#misses,
      expiries: this.#expiries,
      crashes: this.#crashes,
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#failed,
      latencies: this.#latencies.sort(),
    }
  }

  async #call(requests: readonly number[]): Promise<void> {
    const { now } = this.#options
    for (const request of requests) {
      const from = now()
      await this.#lookAside(request)
      this.#latencies[request] = now() - from
    }
  }

  async #lookAside(request: number): Promise<void> {
    const { keys, ttls, now } = this.#options
    const key = keys[request] as string
    const found = await this.#account(this.#store.get(key))
    if (found !== undefined) {
      this.#hits += 1
      return
    }
    this.#misses += 1
    await this.#account(this.#store.set(key, { key, loadedAt: now() }, ttls[request] as number))
  }

  async #account<T>(answer: Promise<T>): Promise<T | undefined> {
    this.#sent += 1
    try {
      const value = await answer
      this.#answered += 1
      return value
    } catch (error) {
      const reason = error instanceof PigeonholeError ? error.kind : String(error)
      this.#failed.set(reason, (this.#failed.get(reason) ?? 0) + 1)
      return undefined
    }
  }

  async #countExpiries(): Promise<void> {
    const statistics = await this.#account(this.#store.statistics())
    this.#expiries += statistics?.expired ?? 0
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let hashed = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hashed = Math.imul(hashed ^ text.charCodeAt(at), 0x01000193)
  return hashed >>> 0
}
