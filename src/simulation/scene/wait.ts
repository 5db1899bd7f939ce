/** Who waits for whom, as data. */

/** Somebody who waits when nothing can go on. */
export interface Wait {
  /** A process by its label, or `outside` for the scenario. */
  readonly actor: string
  /** For whom; `undefined`: for nobody that the simulation knows of. */
  readonly on: string | undefined
  /** The operation that was asked, what is held, or what it waits for. */
  readonly what: string
  /**
   * `answer`, where nothing is said: until it is answered what it has asked. `release`: until the other one gives back what it holds. Of those who wait for nobody:
   * `message`: until one comes; `start`, `handler`, `end`: for something that it has begun there.
   */
  readonly for?: WaitFor
}

export type WaitFor = "answer" | "release" | "message" | "start" | "handler" | "end"
