/**
 * Judges promises 30 and 36 as far as they are one: of a right under a key (`claim.ts`) no two are holders at once; who waits is given it in the order in which the
 * service came to their asking; and nobody waits for what nobody has.
 *
 * It learns from what is asked who wants what, and looks where an answer is heard, where a long limit has run out, and where all is at rest. Where nobody asks for
 * a right, it costs a look at a size for each message and each answer.
 *
 * Not here: fences, and leases that nobody was given (`judge-leases.ts`).
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import { isOurs } from "../../kernel/errors.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { Process } from "../../kernel/process.ts"
import { Attachment } from "../../service/attachment.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Asked } from "../scene/candidate.ts"
import { isLong } from "../scene/simulated-wheel.ts"
import { briefText } from "../text/value-text.ts"
import type { Breaks } from "./broken-promise.ts"
import { Claim, type ClaimToken, type Wish } from "./claim.ts"
import { childOf, stateLeftBy } from "./left-state.ts"
import { SeldomMap } from "./seldom.ts"

/** What an operation says of rights. `changes`: it may end those, or change for how long they are held. */
export type ClaimAct =
  | ({ readonly type: "asks" } & Wish)
  | { readonly type: "changes"; readonly key: string; isOf(token: ClaimToken): boolean }

/** What an operation with that argument says of rights; `undefined`: nothing. */
export type ClaimActOf = (argument: unknown) => ClaimAct | undefined

/** The clock, and who waits for it. */
interface Times {
  readonly now: number
  hasTimerOf(inbox: Inbox): boolean
}

export class ClaimJudge {
  readonly #times: Times
  readonly #actOf: ClaimActOf
  readonly #breaks: Breaks
  /** Those that nobody was answered. */
  readonly #open = new SeldomMap<Envelope, Claim>()
  /** By service and key. */
  readonly #services = new SeldomMap<Inbox, Map<string, Claim[]>>()
  #taken = 0

  constructor(topology: Topology, times: Times, actOf: ClaimActOf, breaks: Breaks) {
    this.#times = times
    this.#actOf = actOf
    this.#breaks = breaks
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  // -- what is asked -------------------------------------------------------------------------------------------------

  asked({ inbox, request, asker }: Asked, argument: unknown): void {
    const act = this.#actOf(argument)
    if (act === undefined || inbox === undefined) return
    if (act.type === "changes") return this.#changes(inbox, act)
    // Served where it was asked: nobody can say when it came to its turn.
    const { envelope } = request ?? {}
    if (envelope === undefined || !(envelope.origin instanceof Attachment)) return
    const { origin: attachment } = envelope
    this.#keep(new Claim(act, { envelope, inbox, attachment, asker: asker?.label ?? "the scenario", at: this.#times.now }))
  }

  #keep(claim: Claim): void {
    const { inbox, envelope } = claim.asking
    const { key } = claim.wish.token
    const keys = this.#services.get(inbox) ?? new Map<string, Claim[]>()
    const others = (keys.get(key) ?? []).filter(({ wish }) => !wish.token.hasLeft)
    this.#services.set(inbox, keys.set(key, [...others, claim]))
    this.#open.set(envelope, claim)
  }

  #changes(inbox: Inbox, { key, isOf }: Extract<ClaimAct, { readonly type: "changes" }>): void {
    for (const claim of this.#services.get(inbox)?.get(key) ?? []) if (isOf(claim.wish.token)) claim.isDoubtful = true
  }

  /** A process is given that. */
  taken(envelope: Envelope, { owner }: Inbox): void {
    const claim = this.#open.size === 0 ? undefined : this.#open.get(envelope)
    if (claim === undefined || claim.taken > 0) return
    this.#taken += 1
    claim.taken = this.#taken
    claim.keeper = owner instanceof Process ? childOf(owner) : undefined
  }

  // -- what is answered ----------------------------------------------------------------------------------------------

  /** An answer is on its way: from now on nobody waits but for that. */
  given({ request }: Asked): void {
    const claim = this.#open.size === 0 || request === undefined ? undefined : this.#open.get(request.envelope)
    if (claim !== undefined) claim.isAnswered = true
  }

  /** Whoever has asked that is told that it is theirs. */
  answered(asked: Asked): void {
    const claim = this.#concluded(asked)
    if (claim === undefined) return
    claim.heardAt = this.#times.now
    for (const other of this.#others(claim)) this.#judgeGiven(claim, other)
  }

  /** Where it is a long limit that has run out, nothing else can happen. */
  failed(asked: Asked, error: unknown): void {
    const claim = this.#concluded(asked)
    if (claim === undefined || !isLong(asked.limitMs) || !isOurs(error) || error.kind !== "TIMEOUT") return
    if (claim.taken > 0 && !claim.isAnswered && claim.isWanted) this.#judgeWaiting(claim)
  }

  #concluded({ request }: Asked): Claim | undefined {
    if (this.#open.size === 0 || request === undefined) return undefined
    const claim = this.#open.get(request.envelope)
    this.#open.delete(request.envelope)
    return claim
  }

  #others(claim: Claim): readonly Claim[] {
    const { asking, wish } = claim
    return (
      this.#services
        .get(asking.inbox)
        ?.get(wish.token.key)
        ?.filter((other) => other !== claim) ?? []
    )
  }

  #judgeGiven(claim: Claim, other: Claim): void {
    const { now } = this.#times
    const { asker } = other.asking
    const isOneService = claim.keeper !== undefined && claim.keeper === other.keeper
    if (isOneService && claim.isHeld(now) && other.isHeld(now)) this.#breakBy(claim, "was given", `, while ${asker} holds it`)
    if (other.isWaiting && claim.taken > other.taken) this.#breakBy(claim, "was given", ` before ${asker}, which had waited longer`)
  }

  #breakBy({ wish: { promise, noun, token }, asking: { asker, inbox } }: Claim, what: string, how: string): void {
    this.#breaks(promise, `${asker} ${what} ${noun} ${briefText(token.key)} of ${inbox.label}${how}`)
  }

  // -- who waits -----------------------------------------------------------------------------------------------------

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    for (const claim of this.#open.values()) if (claim.isWaiting) this.#judgeWaiting(claim)
  }

  /** Whoever waits, and has been waiting, waits for somebody; but for a service that has not come to what was sent to it. */
  #judgeWaiting(claim: Claim): void {
    const { now } = this.#times
    const { inbox } = claim.asking
    const { owner } = inbox
    if (!(owner instanceof Process) || owner.status !== "ready" || !inbox.isEmpty || this.#times.hasTimerOf(inbox)) return
    if (this.#others(claim).some((other) => other.mayBeHeld(now))) return
    this.#breakBy(claim, "waits for", ", which nobody has")
  }

  // -- what is forgotten ---------------------------------------------------------------------------------------------

  told(event: InspectionEvent): void {
    if (this.#services.size === 0) return
    const id =
      event.type === "state_not_retained"
        ? event.child
        : event.type === "detached" && event.decision === "reset"
          ? event.service
          : undefined
    if (id !== undefined) for (const [{ label }, keys] of this.#services) if (label === id) forget(keys)
  }

  #ended(process: Process, reason: ExitReason): void {
    const keys = this.#services.size === 0 ? undefined : this.#services.get(process.inbox)
    if (keys !== undefined) forget(keys, stateLeftBy(process, reason, () => forget(keys))?.state)
  }
}

/** All that was given before, but for what is left with that state. */
function forget(keys: ReadonlyMap<string, readonly Claim[]>, state?: unknown): void {
  for (const claims of keys.values()) {
    for (const claim of claims) {
      if (claim.asking.envelope.isSettled && (state === undefined || !claim.wish.isLeftWith(state))) claim.isDoubtful = true
    }
  }
}
