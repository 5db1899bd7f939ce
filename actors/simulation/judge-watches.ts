/**
 * What a watch of a store has told, by rules of its own: of each key the versions rise, so no event comes twice and none out of order; what is gone was told to
 * be there; under one version there is one value, whoever was told of it; and of what another was told, nothing is left out between two events of a key. After a
 * `reset` or a `gap` it begins anew. What is told as it is there (`initial`) may have been told, and stands for all that came before.
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
  const versions = versionsIn(watches)
  for (const watched of watches) {
    const complaint = new WatchRules(watched.caller, values, versions).complaintAbout(watched.events)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

/** By key, those of all its changes that somebody was told of. */
type Versions = ReadonlyMap<string, ReadonlySet<string>>

function versionsIn(watches: readonly Watched[]): Versions {
  const versions = new Map<string, Set<string>>()
  for (const { key, version } of watches.flatMap(({ events }) => events)) {
    if (key !== undefined) versions.set(key, (versions.get(key) ?? new Set()).add(version))
  }
  return versions
}

class WatchRules {
  readonly #caller: string
  /** By key and version, what was told to stand there. */
  readonly #values: Map<string, string>
  /** By key, what was told last since all began anew. */
  readonly #last = new Map<string, WatchEvent>()

  readonly #versions: Versions

  constructor(caller: string, values: Map<string, string>, versions: Versions) {
    this.#versions = versions
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
    const isTold = event.cause !== "initial" || event.version !== before?.version
    if (before !== undefined && event.version <= before.version && isTold) {
      const again = event.version === before.version ? "again" : "after what came later"
      return `${told} ${again}: version ${event.version} behind ${before.version}.`
    }
    const missed = before === undefined || event.cause === "initial" ? undefined : this.#between(key, before.version, event.version)
    if (missed !== undefined) return `${told}, version ${event.version}, and never of version ${missed}, which another was told of.`
    if (event.type !== "set") return before !== undefined && before.type !== "set" ? `${told}, which was gone already.` : undefined
    return this.#otherValue(event.value, `${key} ${event.version}`, told)
  }

  #between(key: string, from: string, to: string): string | undefined {
    return [...(this.#versions.get(key) ?? [])].find((version) => version > from && version < to)
  }

  #otherValue(value: unknown, place: string, told: string): string | undefined {
    const text = valueText(value) ?? "what cannot be read"
    const known = this.#values.get(place) ?? text
    this.#values.set(place, known)
    return known === text ? undefined : `${told} to ${brief(text)}, while another was told ${brief(known)} of the same version.`
  }
}
