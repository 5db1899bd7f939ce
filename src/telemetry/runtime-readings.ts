/** What a runtime says of itself when it is asked: read for each snapshot, and counted by the kernel whoever listens. */

import type { Runtime } from "../app/runtime.ts"
import type { Statistics } from "../app/runtime-statistics.ts"
import type { TreeNode } from "../inspection/tree-view.ts"
import { GaugeFamily } from "./families.ts"
import type { NumberMetric } from "./metric.ts"
import type { SeriesLimit } from "./series.ts"
import type { ServicePlaces } from "./service-places.ts"
import { SERVICE } from "./vocabulary.ts"

type Reading = readonly [figure: keyof Statistics, type: NumberMetric["type"], name: string, help: string, unit: string]

const READINGS: readonly Reading[] = [
  ["accepted", "counter", "pigeonhole.messages.accepted", "Messages that were taken on.", "{message}"],
  ["handled", "counter", "pigeonhole.messages.handled", "Messages that a handler was given.", "{message}"],
  ["returned", "counter", "pigeonhole.messages.returned", "Requests handed back before any handler had them.", "{message}"],
  ["refused", "counter", "pigeonhole.messages.refused", "Messages refused: inbox full, target gone, not permitted.", "{message}"],
  ["timeouts", "counter", "pigeonhole.requests.timeouts", "Requests whose time ran out.", "{request}"],
  ["lateReplies", "counter", "pigeonhole.replies.late", "Replies that came after their request was settled.", "{reply}"],
  ["spawned", "counter", "pigeonhole.processes.spawned", "Processes started.", "{process}"],
  ["exited", "counter", "pigeonhole.processes.exited", "Processes ended.", "{process}"],
  ["processes", "gauge", "pigeonhole.processes", "Processes that live now, supervisors among them.", "{process}"],
  ["waiting", "gauge", "pigeonhole.messages.waiting", "Messages in all inboxes now.", "{message}"],
]

const DEPTH = { name: "pigeonhole.inbox.depth", help: "Messages that wait for a service now.", unit: "{message}", by: [SERVICE] }
const MAILBOXES = { name: "pigeonhole.mailboxes", help: "Mailboxes of a service that callers hold now.", unit: "{mailbox}", by: [SERVICE] }

export class RuntimeReadings {
  readonly #runtime: Runtime
  readonly #places: ServicePlaces
  readonly #depth: GaugeFamily
  readonly #mailboxes: GaugeFamily

  constructor(runtime: Runtime, places: ServicePlaces, limit: SeriesLimit) {
    this.#runtime = runtime
    this.#places = places
    this.#depth = new GaugeFamily(DEPTH, limit)
    this.#mailboxes = new GaugeFamily(MAILBOXES, limit)
  }

  /** Cost: a look at each inbox and each child. */
  metrics(): NumberMetric[] {
    const statistics = this.#runtime.statistics()
    const readings = READINGS.map(([figure, type, name, help, unit]): NumberMetric => {
      return { name, help, unit, type, points: [{ attributes: {}, value: statistics[figure] }] }
    })
    const gauges = [this.#depth, this.#mailboxes]
    for (const gauge of gauges) gauge.clear()
    this.#fill(this.#runtime.tree())
    return [...readings, ...gauges.map((gauge) => gauge.metric())]
  }

  #fill({ id, waiting, attachments, children }: TreeNode): void {
    const place = this.#places.of(id)
    this.#depth.add(waiting, place)
    this.#mailboxes.add(attachments, place)
    for (const child of children) this.#fill(child)
  }
}
