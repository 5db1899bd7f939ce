/**
 * Judges promise 8: what a handler has crashed with is told to whoever's request it was, and to no other caller of that process; those are told that it has crashed.
 *
 * It knows of a crash whose message was handled, and looks at what requests fail with. What fails nowhere costs nothing.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import { isOurs } from "../../kernel/errors.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Process } from "../../kernel/process.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Asked } from "../scene/candidate.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap } from "./seldom.ts"

/** Who has crashed with it, and at which messages: one error may be thrown more than once. */
interface Crash {
  readonly labels: Set<string>
  readonly at: Set<Envelope>
}

export class CrashJudge {
  readonly #breaks: Breaks
  readonly #crashes = new SeldomMap<unknown, Crash>()

  constructor(topology: Topology, breaks: Breaks) {
    this.#breaks = breaks
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  #ended(process: Process, reason: ExitReason): void {
    const { fatal } = process
    if (fatal === undefined || typeof reason !== "object" || !("error" in reason)) return
    const { error } = reason
    if (typeof error !== "object" || error === null) return
    const crash = this.#crashes.get(error) ?? { labels: new Set(), at: new Set() }
    this.#crashes.set(error, crash)
    crash.labels.add(process.label)
    crash.at.add(fatal)
  }

  /** A request has failed with that. */
  failed({ target, operation, request, asker, inbox }: Asked, error: unknown): void {
    if (request === undefined || !isOurs(error)) return
    const crash = this.#crashes.get(error.cause)
    if (crash === undefined || inbox === undefined || !crash.labels.has(inbox.label) || crash.at.has(request.envelope)) return
    this.#breaks("8", `${asker?.label ?? "the scenario"} was told of ${operation} what ${target} has crashed with at another's request`)
  }
}
