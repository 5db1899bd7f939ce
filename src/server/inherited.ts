/** What a server starts with in the place of an argument, or says of it, and which of its functions makes the state of that. */

import type { ServerCode } from "./server-code.ts"
import type { ServerSelf } from "./server-self.ts"

type Options = ServerCode["options"]

/** What a crashed incarnation has left, in the place of an argument. */
export class Inherited {
  readonly #state: unknown

  constructor(state: unknown) {
    this.#state = state
  }

  /** Of an argument, which may be anybody's, nothing is asked. */
  static in(seed: unknown): seed is Inherited {
    return typeof seed === "object" && seed !== null && #state in seed
  }

  get state(): unknown {
    return this.#state
  }
}

/** An argument of which `restore` is to make the state, and not `init`. */
export class Restoring {
  readonly #argument: unknown

  constructor(argument: unknown) {
    this.#argument = argument
  }

  /** As `Inherited.in`. */
  static in(seed: unknown): seed is Restoring {
    return typeof seed === "object" && seed !== null && #argument in seed
  }

  get argument(): unknown {
    return this.#argument
  }
}

export function makerOf(seed: unknown, { inherit }: Options): "init" | "inherit" | "restore" {
  if (Restoring.in(seed)) return "restore"
  return Inherited.in(seed) && inherit !== undefined ? "inherit" : "init"
}

/** As its functions make it: what waits for nothing is given at once. */
export function stateFrom(seed: unknown, { init, inherit, restore }: Options, self: ServerSelf): unknown {
  if (Restoring.in(seed)) return restore?.(seed.argument as never, self)
  if (!Inherited.in(seed)) return init(seed as never, self)
  return inherit === undefined ? seed.state : inherit(seed.state, self)
}
