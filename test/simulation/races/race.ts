/**
 * What a program to judge by is: a small application with one interleaving fault, as a user of the package might write it, and its twin without the
 * fault. Data; it runs nothing, and knows nothing of any strategy.
 */

import type { Children, Runtime } from "pigeonhole"

/** An application that brings its scenario and its own check. Made anew for each run. */
export interface Application {
  readonly tree: Children
  /** The scenario; ends by itself. One that hangs has found a deadlock. */
  run(runtime: Runtime): Promise<void>
  /** Once `run` has ended: `undefined` where the invariant holds, and otherwise what was violated. */
  check(runtime: Runtime): Promise<string | undefined>
}

/** A program with its twin. The twin holds under every order that the contract allows, and, where `needs` says so, over one crash. */
export interface Race {
  /** In a sentence, what goes wrong. */
  readonly about: string
  /**
   * What it takes to see the fault. `order`: which process handles its next message. `replies`: a reply reaches its asker later than it was given.
   * `timers`: a timer is late, or comes before something that could run. `crashes`: one supervised process crashes.
   */
  readonly needs: readonly string[]
  buggy(): Application
  fixed(): Application
}
