/** Who waits for whom, as data. */

/** Somebody who waits when nothing can go on. */
export interface Wait {
  /** A process by its label, or `outside` for the scenario. */
  readonly actor: string
  /** For whom; `undefined`: for something outside that the simulation knows nothing of. */
  readonly on: string | undefined
  /** The operation that was asked, or what it waits for. */
  readonly what: string
}
