/** The address of a server, with its names as methods. A code change binds it anew: it is the same object with the new names. */

import { askPid } from "../kernel/ask.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processBehind } from "../kernel/process-of.ts"
import type { CallsOf, CastsOf, Operations } from "./operations.ts"
import type { ServerCode } from "./server-code.ts"

/**
 * The address of a server: its names as methods. `Calls` and `Casts` are its operations: of each name what it takes and what it gives.
 *
 * @example
 * const counter = server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } })
 * const pid: ServerPid<{ add: (by: number) => number }, {}> = runtime.spawn(counter)
 * await pid.call.add(1) // => 42
 */
export interface ServerPid<Calls, Casts> extends Pid, Operations<Calls, Casts> {}

export class BoundPid<Calls, Casts> extends Pid implements ServerPid<Calls, Casts> {
  readonly #kernel: Kernel
  #definition: ServerCode<Calls, Casts>
  #call: CallsOf<Calls> | undefined = undefined
  #cast: CastsOf<Casts> | undefined = undefined

  constructor(id: number, process: Process, definition: ServerCode<Calls, Casts>) {
    super(id, process)
    this.#kernel = process.kernel
    this.#definition = definition
  }

  get call(): CallsOf<Calls> {
    this.#call ??= this.#definition.bindCalls((route, argument, options) => askPid(this, route, argument, options, this.#kernel))
    return this.#call
  }

  get cast(): CastsOf<Casts> {
    this.#cast ??= this.#definition.bindCasts((route, argument) => this.#kernel.sendTo(processBehind(this), this, route, argument))
    return this.#cast
  }

  rebind(definition: ServerCode<Calls, Casts>): void {
    this.#definition = definition
    this.#call = undefined
    this.#cast = undefined
  }
}
