/** A pool, kept naively: so many jobs run, the others wait in a list. */

export interface ModelJob {
  readonly name: string
  readonly isPatient: boolean
}

export class PoolModel {
  readonly begun: string[] = []
  readonly outcomes: Record<string, string> = {}
  readonly #size: number
  readonly #queue: number
  #running: readonly ModelJob[] = []
  #waiting: readonly ModelJob[] = []

  constructor(size: number, queue: number) {
    this.#size = size
    this.#queue = queue
  }

  get running(): readonly string[] {
    return this.#running.map(({ name }) => name)
  }

  post(job: ModelJob): void {
    const isRefused = this.#running.length >= this.#size && this.#waiting.length >= this.#queue
    if (isRefused) this.#settle(job.name, "RateLimited")
    else this.#waiting = [...this.#waiting, job]
    this.#begin()
  }

  /** Whichever way it ends, its worker is free. */
  end(name: string, outcome: string): void {
    this.#running = this.#running.filter((job) => job.name !== name)
    this.#settle(name, outcome)
    this.#begin()
  }

  /** Who is not patient has given up: what waits is withdrawn, what runs goes on. */
  wait(): void {
    for (const { name, isPatient } of [...this.#running, ...this.#waiting]) if (!isPatient) this.#settle(name, "Timeout")
    this.#waiting = this.#waiting.filter(({ isPatient }) => isPatient)
  }

  /** Its caller has called it off: what waits is withdrawn, what runs goes on. */
  cancel(name: string): void {
    this.#settle(name, "Canceled")
    this.#waiting = this.#waiting.filter((job) => job.name !== name)
  }

  /** The pool is started anew, and its workers with it; what waits goes on waiting. */
  crash(): void {
    for (const { name } of this.#running) this.#settle(name, "Unavailable")
    this.#running = []
    this.#begin()
  }

  #settle(name: string, outcome: string): void {
    this.outcomes[name] ??= outcome
  }

  #begin(): void {
    while (this.#running.length < this.#size) {
      const [next, ...others] = this.#waiting
      if (next === undefined) return
      this.#waiting = others
      this.#running = [...this.#running, next]
      this.begun.push(next.name)
    }
  }
}
