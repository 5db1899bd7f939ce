/**
 * The inspection stream, counted: restarts, crashes, denials, dead letters, overflows, and how long requests and turns took.
 *
 * Invariant: nothing of an event becomes an attribute but ids of services, names of operations, and words of the runtime's or a guard's own.
 */

import type { InspectionEvent } from "../inspection/inspection-event.ts"
import { CounterFamily, type FamilyOptions, HistogramFamily, type RecorderOf } from "./families.ts"
import type { Metric } from "./metric.ts"
import type { SeriesLimit } from "./series.ts"
import { ServicePlaces } from "./service-places.ts"
import { StoreCounts } from "./store-counts.ts"
import { ACTION, CAUSE, ERROR_TYPE, OPERATION, OUTCOME, SERVICE } from "./vocabulary.ts"

type Of<Type extends InspectionEvent["type"]> = Extract<InspectionEvent, { readonly type: Type }>

const RESTARTS: FamilyOptions = {
  name: "pigeonhole.restarts",
  help: "Restarts after a failure, each attempt by itself.",
  unit: "{restart}",
  by: [SERVICE],
}
const CRASHES: FamilyOptions = {
  name: "pigeonhole.crashes",
  help: "Processes that ended by a failure.",
  unit: "{crash}",
  by: [SERVICE],
}
const GIVE_UPS: FamilyOptions = {
  name: "pigeonhole.supervisor.give_ups",
  help: "Supervisors that ended, as there were too many restarts.",
  unit: "{give_up}",
  by: [SERVICE],
}
const DENIALS: FamilyOptions = {
  name: "pigeonhole.denials",
  help: "Operations that a policy denied.",
  unit: "{denial}",
  by: [SERVICE, ACTION],
}
const DEAD_LETTERS: FamilyOptions = {
  name: "pigeonhole.dead_letters",
  help: "One-way messages that no handler had, or will have.",
  unit: "{message}",
  by: [SERVICE, CAUSE],
}
const OVERFLOWS: FamilyOptions = {
  name: "pigeonhole.inbox.overflows",
  help: "Messages that found an inbox full.",
  unit: "{message}",
  by: [SERVICE],
}
const WAIT: FamilyOptions = {
  name: "pigeonhole.inbox.wait_time",
  help: "From the post of a message to its handler, of those that are sampled.",
  unit: "s",
  by: [SERVICE, OPERATION],
}
const HANDLING: FamilyOptions = {
  name: "pigeonhole.request.duration",
  help: "From the beginning of a handler to its answer, of the messages that are sampled.",
  unit: "s",
  by: [SERVICE, OPERATION, OUTCOME, ERROR_TYPE],
}
const TURNS: FamilyOptions = {
  name: "pigeonhole.turn.duration",
  help: "How long the runtime worked before it let the host have its turn.",
  unit: "s",
  by: [],
}

/** What the counts are made with. */
export interface EventCountsOptions {
  readonly limit: SeriesLimit
  /** Ids of services that are told apart. */
  readonly mostServices: number
  /** Upper bounds of histograms, in seconds. */
  readonly bounds: readonly number[]
  /** Who is told of what histograms observe, too. */
  readonly recorderOf: RecorderOf | undefined
}

export class EventCounts {
  readonly places: ServicePlaces
  readonly #stores: StoreCounts
  readonly #restarts: CounterFamily
  readonly #crashes: CounterFamily
  readonly #giveUps: CounterFamily
  readonly #denials: CounterFamily
  readonly #deadLetters: CounterFamily
  readonly #overflows: CounterFamily
  readonly #wait: HistogramFamily
  readonly #handling: HistogramFamily
  readonly #turns: HistogramFamily

  constructor({ limit, mostServices, bounds, recorderOf }: EventCountsOptions) {
    this.#restarts = new CounterFamily(RESTARTS, limit)
    this.#crashes = new CounterFamily(CRASHES, limit)
    this.#giveUps = new CounterFamily(GIVE_UPS, limit)
    this.#denials = new CounterFamily(DENIALS, limit)
    this.#deadLetters = new CounterFamily(DEAD_LETTERS, limit)
    this.#overflows = new CounterFamily(OVERFLOWS, limit)
    this.#wait = new HistogramFamily(WAIT, bounds, limit, recorderOf)
    this.#handling = new HistogramFamily(HANDLING, bounds, limit, recorderOf)
    this.#turns = new HistogramFamily(TURNS, bounds, limit, recorderOf)
    this.#stores = new StoreCounts(limit)
    this.places = new ServicePlaces(mostServices, (place) => {
      // A counter that comes with its first restart has nothing to have risen from.
      this.#restarts.add(0, place)
      this.#crashes.add(0, place)
    })
  }

  /** Must be quick: it is called in the middle of the runtime's work. */
  observe(event: InspectionEvent): void {
    switch (event.type) {
      case "request":
        return this.#request(event)
      case "turn":
        return this.#turns.observe(event.durationMs / 1000)
      case "spawned":
        return this.places.addProcess(event.pid)
      case "exited":
        return this.#stores.ended(event.pid)
      case "measured":
        return this.#stores.measured(event, this.places.of(event.label))
      case "restarting":
        return this.#restarts.add(1, this.places.of(event.child))
      case "crash_report":
        return this.#crashes.add(1, this.places.of(event.label))
      case "gave_up":
        return this.#giveUps.add(1, this.places.of(event.supervisor))
      case "denied":
        return this.#denials.add(1, this.places.of(event.resource), event.action)
      case "dead_letter":
        return this.#deadLetters.add(1, this.places.of(event.target), event.cause)
      case "overflow":
        return this.#overflows.add(1, this.places.of(event.target))
      default:
        return
    }
  }

  metrics(): Metric[] {
    const counters = [this.#restarts, this.#crashes, this.#giveUps, this.#denials, this.#deadLetters, this.#overflows]
    const histograms = [this.#wait, this.#handling, this.#turns]
    return [...[...counters, ...histograms].map((family) => family.metric()), ...this.#stores.metrics()]
  }

  /** One that was denied was never posted: it has not waited, and nobody has handled it. */
  #request({ target, operation, outcome, errorKind, waitedMs, handledMs }: Of<"request">): void {
    if (outcome === "denied") return
    const place = this.places.of(target)
    this.#wait.observe(waitedMs / 1000, place, operation)
    this.#handling.observe(handledMs / 1000, place, operation, outcome, errorKind ?? "")
  }
}
