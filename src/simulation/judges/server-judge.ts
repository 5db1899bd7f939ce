/**
 * Judges promises 4 and 17: no inbox holds more than it may; a server that is to go on with something does so before it is given another message; and none ends as
 * idle that owes somebody an answer.
 *
 * It costs a comparison for each message that comes in, and a look at a size for each that is taken.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { isA } from "../../kernel/instance.ts"
import type { Process } from "../../kernel/process.ts"
import { Continuation } from "../../server/continuations.ts"
import { IdleTick } from "../../server/idle-timer.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Asked } from "../scene/candidate.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap } from "./seldom.ts"

/** What is asked, and has not been answered. */
interface Asking {
  readonly open: readonly Asked[]
}

export class ServerJudge {
  readonly #requests: Asking
  readonly #breaks: Breaks
  /** What each is to go on with. */
  readonly #due = new SeldomMap<Inbox, Envelope>()
  /** Of the one that was told last that nothing came to it: what it owes. */
  #idle: { readonly inbox: Inbox; readonly owes: Asked } | undefined = undefined

  constructor(topology: Topology, requests: Asking, breaks: Breaks) {
    this.#requests = requests
    this.#breaks = breaks
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  /** Something came into an inbox. */
  posted(envelope: Envelope, inbox: Inbox): void {
    if (envelope.kind === "message") {
      if (inbox.size > inbox.capacity + inbox.surplus)
        this.#breaks("4", `${inbox.label} may hold ${inbox.capacity} messages, and has taken one more`)
    } else if (isA(envelope.argument, Continuation)) this.#due.set(inbox, envelope)
  }

  /** A process is given that. */
  taken(envelope: Envelope, inbox: Inbox): void {
    this.#idle = undefined
    if (this.#due.size > 0) this.#goesOn(envelope, inbox)
    if (envelope.kind === "signal" && isA(envelope.argument, IdleTick)) this.#idles(inbox)
  }

  #goesOn(envelope: Envelope, inbox: Inbox): void {
    const due = this.#due.get(inbox)
    if (due === envelope) this.#due.delete(inbox)
    else if (due !== undefined && envelope.kind === "message")
      this.#breaks("17", `${inbox.label} was to go on with something first, and was given ${envelope.operation}`)
  }

  #idles(inbox: Inbox): void {
    const owes = this.#requests.open.find(({ inbox: asked, request }) => asked === inbox && isOwed(request?.envelope))
    if (owes !== undefined) this.#idle = { inbox, owes }
  }

  #ended({ inbox }: Process, reason: ExitReason): void {
    this.#due.delete(inbox)
    const { inbox: idle, owes } = this.#idle ?? {}
    if (idle !== inbox || reason !== "normal") return
    this.#breaks(
      "17",
      `${inbox.label} has ended as idle, and owed ${owes?.asker?.label ?? "the scenario"} the answer to ${owes?.operation}`,
    )
  }
}

function isOwed(request: Envelope | undefined): boolean {
  return request?.isTaken === true && !request.isSettled
}
