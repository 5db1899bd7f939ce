/**
 * What watches of stores told in one schedule, kept from the moment at which they were asked for, and judged when it is over.
 *
 * A watch is kept with the process that it asked first: a prefix of a store with partitions asks several, and is told of each of them in one order.
 */

import { isA, type TellingJudge, type Violation } from "../../src/simulation.ts"
import type { WatchEvent } from "../store/watch-event.ts"
import { Watcher } from "../store/watcher.ts"
import { judgeWatches } from "./judge-watches.ts"

interface Kept {
  readonly caller: string
  readonly events: WatchEvent[]
}

export class ToldWatches implements TellingJudge {
  readonly #watches = new Map<object, Kept>()
  readonly #byService = new Map<string, Kept[]>()

  asked(service: string, caller: string, argument: unknown): void {
    if (!isA(argument, Watcher)) return
    const witness: Watcher["witness"] = (watch, event) => void this.#keptOf(watch, service, caller).events.push(event)
    argument.witness = witness
  }

  #keptOf(watch: object, service: string, caller: string): Kept {
    const known = this.#watches.get(watch)
    if (known !== undefined) return known
    const kept = { caller, events: [] }
    this.#watches.set(watch, kept)
    this.#byService.set(service, [...(this.#byService.get(service) ?? []), kept])
    return kept
  }

  violation(): Violation | undefined {
    for (const [service, watches] of this.#byService) {
      const why = judgeWatches(watches)?.why
      if (why !== undefined) return { service, why }
    }
    return undefined
  }
}
