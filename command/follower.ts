/**
 * Follows the files of an application that runs, and takes over what can be.
 *
 * Invariants
 * - Files that are wrong change nothing, and neither do those that are no longer what was read.
 * - Policies come whole or not at all, in one step.
 */

import type { Configuration } from "../actors/config.ts"
import { type Log, PigeonholeError, type Policy, type Scope } from "../actors/index.ts"
import { problemsText } from "./problems-text.ts"
import { type Compare, type Takeover, takeoverOf } from "./takeover.ts"

/** When to look again. */
export interface Changes {
  /** Resolves with the names of files that have changed; without any: there is nothing to wait for any more. */
  next(): Promise<readonly string[]>
  /** Whether they still hold what was told last. */
  isAsTold(): Promise<boolean>
}

export interface FollowerOptions {
  readonly started: Configuration
  readonly files: readonly string[]
  readonly load: () => Promise<Configuration>
  readonly compare: Compare
  /** Puts them in force in the place of all others. */
  readonly setPolicies: (policies: readonly (Policy | Scope)[]) => void
  readonly log: Log
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #name: string
  #inForce: Configuration

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#name = options.files.join(", ")
    this.#inForce = options.started
  }

  /** Until the changes end. Never rejects. */
  async follow(changes: Changes): Promise<void> {
    while ((await changes.next()).length > 0) {
      try {
        const next = await this.#options.load()
        // They have changed under the reader's hands: half of the one and half of the other is nobody's wish.
        if (await changes.isAsTold()) this.#changed(next)
      } catch (error) {
        if (await changes.isAsTold()) this.#refused(error)
      }
    }
  }

  /** What was loaded cannot be unloaded. */
  async followModules(changes: Changes): Promise<void> {
    for (let files = await changes.next(); files.length > 0; files = await changes.next()) {
      const message = `${files.join(", ")} changed: a restart is needed, as modules stay as they were loaded`
      this.#options.log({ level: "warn", message, fields: { event: "module_changed", files } })
    }
  }

  #changed(next: Configuration): void {
    const { started, compare, setPolicies } = this.#options
    const takeover = takeoverOf({ started, inForce: this.#inForce }, next, compare)
    if (takeover.takesPolicies) {
      setPolicies(next.policies)
      this.#inForce = next
    }
    this.#tell(takeover)
  }

  #tell({ takesPolicies, left }: Takeover): void {
    const taken = takesPolicies ? "its policies are in force" : "nothing was taken over"
    const fields = { event: "configuration_changed", takenOver: takesPolicies, needsRestart: left }
    if (left.length === 0) {
      const message = takesPolicies ? `${this.#name} has changed: ${taken}` : `${this.#name} has changed, but says the same as what runs`
      return this.#options.log({ level: "info", message, fields })
    }
    const message = `${this.#name} has changed: ${taken}; a restart is needed, as ${left.join("; ")}`
    this.#options.log({ level: "warn", message, fields })
  }

  #refused(error: unknown): void {
    const message = `${this.#name} has changed and is wrong: the application runs on as it is; ${problemsText(error)}`
    const isOurs = error instanceof PigeonholeError
    this.#options.log({ level: "error", message, ...(isOurs ? {} : { error }), fields: { event: "configuration_refused" } })
  }
}
