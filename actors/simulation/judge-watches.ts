/**
 * What a watch of a store has told, by rules of its own: of each key the versions rise, so no event comes twice and none out of order; what is gone was told to
 * be there; under one version there is one value, whoever was told of it. After a `reset` or a `gap` it begins anew.
 */

import { brief, type Verdict, valueText } from "../../src/simulation.ts"
import type { WatchEvent } from "../store/watch-event.ts"

/** What one watch was told, in the order in which it came. */
export interface Watched {
  /** Who watches, as a sentence shows it. */
  readonly caller: string
  readonly events: readonly WatchEvent[]
}

/** `undefined`: there is nothing to be said against them. All of one store, or of one partition. */
export function judgeWatches(watches: readonly Watched[]): Verdict | undefined {
  const values = new Map<string, string>()
  for (const watched of watches) {
    const complaint = new WatchRules(watched.caller, values).complaintAbout(watched.events)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

class WatchRules {
  readonly #caller: string
  /** By key and version, what was told to stand there. */
  readonly #values: Map<string, string>
  /** By key, what was told last since all began anew. */
  readonly #last = new Map<string, WatchEvent>()

  constructor(caller: string, values: Map<string, string>) {
    this.#caller = caller
    this.#values = values
  }

  complaintAbout(events: readonly WatchEvent[]): Verdict | undefined {
    for (const event of events) {
      if (event.key === undefined) {
        this.#last.clear()
        continue
      }
      const why = this.#problemOf(event, event.key)
      if (why !== undefined) return { verdict: "violated", key: event.key, why: `${this.#caller}'s watch ${why}` }
      this.#last.set(event.key, event)
    }
    return undefined
  }

  #problemOf(event: WatchEvent, key: string): string | undefined {
    const before = this.#last.get(key)
    const told = `was told ${event.type} of ${JSON.stringify(key)}`
    if (before !== undefined && event.version <= before.version) {
      const again = event.version === before.version ? "again" : "after what came later"
      return `${told} ${again}: version ${event.version} behind ${before.version}.`
    }
    if (event.type !== "set") return before !== undefined && before.type !== "set" ? `${told}, which was gone already.` : undefined
    return this.#otherValue(event.value, `${key} ${event.version}`, told)
  }

  #otherValue(value: unknown, place: string, told: string): string | undefined {
    const text = valueText(value) ?? "what cannot be read"
    const known = this.#values.get(place) ?? text
    this.#values.set(place, known)
    return known === text ? undefined : `${told} to ${brief(text)}, while another was told ${brief(known)} of the same version.`
  }
}
