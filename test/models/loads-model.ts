/** What `getOrSet` is to do, as simply as it can be said: lists that are looked through. Time is a number; nothing waits. */

export interface Ask {
  readonly key: string
  /** The mailbox. */
  readonly by: number
  readonly timeoutMs: number
  readonly isPatient: boolean
  deadline: number
  outcome: unknown
  hasRetried: boolean
}

export interface Run {
  readonly ask: Ask
  load: Load | undefined
  isAborted: boolean
  isDone: boolean
}

interface Load {
  readonly key: string
  readonly since: number
  patienceMs: number
  isOutrun: boolean
  /** Nobody need wait until then; 0: somebody must. */
  refreshUntil: number
  readonly waiters: Ask[]
  runs: Run[]
}

interface Kept {
  readonly value: unknown
  until: number
  /** For how long it is given beyond that. */
  staleMs: number
}

export const TTL_MS = 100
export const STALE_MS = 200
export const FAIL_MS = 150

export const PENDING = Symbol("pending")

export class LoadsModel {
  now = 0
  readonly asks: Ask[] = []
  /** In the order in which loads are called. */
  readonly runs: Run[] = []
  #loads: Load[] = []
  readonly #kept = new Map<string, Kept>()
  readonly #failed = new Map<string, { readonly by: number; readonly until: number }>()

  get(key: string): unknown {
    const kept = this.#kept.get(key)
    return kept !== undefined && this.now < kept.until ? kept.value : undefined
  }

  ask(by: number, key: string, timeoutMs: number, isPatient: boolean): void {
    const ask: Ask = { key, by, timeoutMs, isPatient, deadline: this.now + timeoutMs, outcome: PENDING, hasRetried: false }
    this.asks.push(ask)
    this.#come(ask, undefined)
  }

  #come(ask: Ask, brought: Run | undefined): void {
    const { key } = ask
    const kept = this.#kept.get(key)
    const failed = this.#failed.get(key)
    const open = this.#loads.findLast((load) => load.key === key)
    const isOpen = open !== undefined && !open.isOutrun && this.now < open.since + open.patienceMs
    const isRemembered = failed !== undefined && this.now < failed.until
    if (kept !== undefined && this.now < kept.until) {
      ask.outcome = kept.value
      if (ask.isPatient) kept.staleMs = STALE_MS
    } else if (kept !== undefined && this.now < kept.until + kept.staleMs) {
      ask.outcome = kept.value
      if (!isRemembered && !isOpen) this.#run(this.#begin(ask, this.now + ask.timeoutMs), ask)
    } else if (isRemembered) ask.outcome = failed.by === ask.by ? "boom" : "UNAVAILABLE"
    else {
      const load = isOpen ? open : this.#begin(ask, 0)
      load.waiters.push(ask)
      load.patienceMs = Math.max(load.patienceMs, ask.timeoutMs)
      if (brought !== undefined) {
        load.runs.push(brought)
        brought.load = load
      } else if (!isOpen) this.#run(load, ask)
    }
  }

  #begin({ key, timeoutMs }: Ask, refreshUntil: number): Load {
    const load: Load = { key, since: this.now, patienceMs: timeoutMs, isOutrun: false, refreshUntil, waiters: [], runs: [] }
    this.#loads.push(load)
    return load
  }

  #run(load: Load, ask: Ask): void {
    const run: Run = { ask, load, isAborted: false, isDone: false }
    load.runs.push(run)
    this.runs.push(run)
  }

  #close(load: Load): void {
    for (const run of load.runs) {
      run.isAborted = true
      run.load = undefined
    }
    load.runs = []
    this.#loads = this.#loads.filter((other) => other !== load)
  }

  #settle(load: Load, outcomeOf: (ask: Ask) => unknown): void {
    this.#close(load)
    for (const ask of load.waiters.splice(0)) ask.outcome = outcomeOf(ask)
  }

  #lookAfter(load: Load): void {
    if (load.waiters.length === 0 && load.refreshUntil === 0) return this.#close(load)
    const next = load.waiters.find((ask) => !this.runs.some((run) => run.ask === ask))
    if (load.runs.length === 0 && next !== undefined) this.#run(load, next)
  }

  write(key: string, value: unknown, isLasting = true, staleMs = 0): void {
    const until = isLasting ? Number.POSITIVE_INFINITY : this.now + TTL_MS
    this.#kept.set(key, { value, until, staleMs })
    this.#failed.delete(key)
    for (const load of this.#loads.filter((one) => one.key === key)) this.#settle(load, () => value)
  }

  delete(key: string): void {
    this.#kept.delete(key)
    this.#failed.delete(key)
    for (const load of this.#loads.filter((one) => one.key === key)) {
      load.isOutrun = true
      load.refreshUntil = 0
      if (load.waiters.length === 0) this.#close(load)
    }
  }

  loaded(run: Run, value: unknown): void {
    const load = this.#finish(run)
    if (load === undefined) return
    if (load.isOutrun) this.#settle(load, () => value)
    else this.write(load.key, value, false, run.ask.isPatient ? STALE_MS : 0)
  }

  failed(run: Run): void {
    const load = this.#finish(run)
    if (load === undefined) return
    const { by, isPatient } = run.ask
    if (isPatient && !load.isOutrun) this.#failed.set(load.key, { by, until: this.now + FAIL_MS })
    const tell = (ask: Ask): unknown => (ask.by === by ? "boom" : "UNAVAILABLE")
    if (load.runs.length === 0) return this.#settle(load, tell)
    const at = load.waiters.indexOf(run.ask)
    if (at >= 0) for (const ask of load.waiters.splice(at, 1)) ask.outcome = tell(ask)
    this.#lookAfter(load)
  }

  #finish(run: Run): Load | undefined {
    run.isDone = true
    const { load } = run
    if (load === undefined) return undefined
    load.runs = load.runs.filter((other) => other !== run)
    run.load = undefined
    return load
  }

  release(by: number): void {
    for (const load of [...this.#loads]) {
      const gone = load.runs.filter((run) => run.ask.by === by)
      for (const run of gone) run.isAborted = true
      if (gone.length > 0) load.refreshUntil = 0
      load.runs = load.runs.filter((run) => run.ask.by !== by)
      for (const run of gone) run.load = undefined
      for (const ask of load.waiters.filter((one) => one.by === by)) this.#leave(load, ask, "CANCELED")
      this.#lookAfter(load)
    }
  }

  #leave(load: Load, ask: Ask, outcome: unknown): void {
    ask.outcome = outcome
    load.waiters.splice(load.waiters.indexOf(ask), 1)
  }

  /** Who asked for it wants it no more. */
  cancel(ask: Ask): void {
    const load = this.#loads.find(({ waiters }) => waiters.includes(ask))
    if (load === undefined) return
    this.#leave(load, ask, "CANCELED")
    this.#lookAfter(load)
  }

  /** The time of what is there is another; how long it is given beyond that is not. */
  touch(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined || this.now >= kept.until) return
    kept.until = this.now + TTL_MS
  }

  /** The store is started anew, with its entries or without. */
  crash(isRetained: boolean): void {
    const loads = this.#loads
    this.#loads = []
    this.#failed.clear()
    if (!isRetained) this.#kept.clear()
    for (const kept of this.#kept.values()) kept.staleMs = 0
    const brought: [Ask, Run][] = []
    for (const load of loads) {
      for (const ask of load.waiters) {
        const run = load.runs.find((one) => one.ask === ask)
        if (run === undefined || ask.hasRetried) ask.outcome = "UNAVAILABLE"
        else brought.push([ask, run])
      }
      for (const run of load.runs) {
        run.load = undefined
        if (!load.waiters.includes(run.ask) || run.ask.outcome !== PENDING) run.isAborted = true
      }
    }
    for (const [ask, run] of brought) {
      ask.hasRetried = true
      ask.deadline = this.now + ask.timeoutMs
      this.#come(ask, run)
    }
  }

  advance(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 1
      for (const load of [...this.#loads]) {
        if (load.refreshUntil !== 0 && this.now >= load.refreshUntil) {
          load.refreshUntil = 0
          this.#lookAfter(load)
        }
        for (const ask of load.waiters.filter(({ deadline }) => this.now >= deadline)) this.#leave(load, ask, "TIMEOUT")
        if (this.#loads.includes(load)) this.#lookAfter(load)
      }
    }
  }
}
