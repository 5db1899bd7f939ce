/** What look-aside traffic on a cache with TTLs comes to, told by a plain map and a clock. */

export interface LookAsideOptions {
  readonly keys: readonly string[]
  /** By request, in seconds. */
  readonly ttls: Float64Array
  /** The clock at each request, in ms. */
  readonly clock: Float64Array
  /** Everything is lost before these requests. */
  readonly crashEvery: number
}

export interface LookAsideOutcome {
  readonly hits: number
  readonly misses: number
}

export function lookAsideModel({ keys, ttls, clock, crashEvery }: LookAsideOptions): LookAsideOutcome {
  const deadlines = new Map<string, number>()
  let hits = 0
  for (const [request, key] of keys.entries()) {
    if (crashEvery > 0 && request > 0 && request % crashEvery === 0) deadlines.clear()
    const now = clock[request] as number
    const deadline = deadlines.get(key)
    if (deadline !== undefined && now < deadline) hits += 1
    else deadlines.set(key, now + (ttls[request] as number) * 1000)
  }
  return { hits, misses: keys.length - hits }
}
