/** What can be spawned: a description from which any number of processes is made. */

import { mark } from "../kernel/copies.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Restart, StateAfterCrash } from "../supervision/child-spec.ts"
import type { Context } from "./context.ts"

let isOurs: (value: object) => boolean

/** Whether it is a definition. Asks the value nothing: a proxy, or an object that only has the prototype, is none. */
export function isDefinition(value: unknown): value is Definition<never> {
  return typeof value === "object" && value !== null && isOurs(value)
}

/** `Argument` is what `spawn` takes, `Address` the pid it gives. Made by `server` and `actor`. */
export abstract class Definition<in Argument = never, out Address extends Pid = Pid> {
  /** For the types alone; never set. They keep what it takes and gives where `create` is not declared. */
  declare readonly Argument?: (argument: Argument) => void
  /** Likewise. */
  declare readonly Address?: Address

  readonly #isOurs = true

  static {
    mark(Definition, "definition")
    isOurs = (value) => #isOurs in value
  }

  /** When its supervisor starts it again, where the child spec does not say. */
  get restart(): Restart {
    return "permanent"
  }

  /** What a process of it is called that has no name and is no child. @internal */
  get label(): string | undefined {
    return undefined
  }

  /** What its next incarnation starts with after a crash, where the child spec does not say. */
  get state(): StateAfterCrash {
    return "reset"
  }

  /** Whether its processes can look for what those before them have kept (`state: "restore"`). */
  get canRestore(): boolean {
    return false
  }

  /** @internal */
  abstract create(context: Context, options: ProcessOptions, argument: Argument): Process
}

/**
 * The pid that a definition's process has, with its names as methods: to name it where one is passed on. Where nothing is known of it, any.
 *
 * @example
 * const counter = server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } })
 * const plusOne = (pid: AddressOf<typeof counter>) => pid.call.add(1)
 * await plusOne(runtime.spawn(counter)) // => 42
 */
export type AddressOf<D> = D extends Definition<never, infer Address> ? Address : Pid
