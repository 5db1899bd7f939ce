/** Judges what callers of services saw: by models of the user's, and by what is known of services of a kind (stores). */

import type { Inbox } from "../../kernel/inbox.ts"
import { SystemProcess } from "../../process/system-process.ts"
import { actorBehind } from "../scene/actor.ts"
import type { Namesakes } from "../scene/namesakes.ts"
import type { Wait } from "../scene/wait.ts"
import type { Operation } from "../schedule/step.ts"
import type { ClaimActOf } from "./claim-judge.ts"
import type { Loss } from "./history.ts"
import { DEFAULT_LIMIT, judgeByModel } from "./linearizability.ts"
import type { ReadModel } from "./service-model.ts"
import type { Verdict } from "./verdict.ts"

/** Judges the history of one service. */
export type HistoryJudge = (operations: readonly Operation[], lost: readonly Loss[]) => Verdict

/** Who judges a service with that state; `undefined`: nobody. */
export type JudgeOf = (state: unknown) => HistoryJudge | undefined

/** What is known of services of a kind by their state. */
export interface Knowledge {
  readonly judgeOf: JudgeOf
  /** What it holds, by key, as it is now; `undefined` for a state of another kind. */
  readonly entriesOf: (state: unknown) => ReadonlyMap<string, unknown> | undefined
  /** What a service holds still that went with mailboxes which are no more, by their numbers: a key. */
  readonly stillBound?: (state: unknown, operations: readonly Operation[], left: ReadonlySet<number>) => string | undefined
  readonly judgeTellings: () => TellingJudge
  /** What operations say of rights that one holds at a time. */
  readonly claimActOf?: ClaimActOf
  /** Who waits for whom to give back what it holds of a service, by what was asked of all services. */
  readonly heldUp?: (operations: readonly Operation[]) => readonly Wait[]
}

/** Judges what callers were told of beside answers, as by a watch: by rules of its own. Made anew for each schedule. */
export interface TellingJudge {
  /** Somebody has asked a service for that, which may be to be told of something from then on. */
  asked(service: string, caller: string, argument: unknown): void
  /** Of what was told since. */
  violation(): Violation | undefined
}

/** A history that no order explains. */
export interface Violation {
  readonly service: string
  readonly why: string
}

export class Judges {
  readonly #models: Readonly<Record<string, ReadModel>>
  readonly #namesakes: Namesakes
  readonly #judgeOf: JudgeOf
  readonly #tellings: TellingJudge
  readonly #known = new Map<string, HistoryJudge>()
  readonly #losses = new Map<string, Loss[]>()
  /** Histories of which it was not found out. */
  undecided = 0

  constructor(models: Readonly<Record<string, ReadModel>>, { judgeOf, judgeTellings }: Knowledge, namesakes: Namesakes) {
    this.#models = models
    this.#namesakes = namesakes
    this.#judgeOf = judgeOf
    this.#tellings = judgeTellings()
  }

  /** A service was asked for something. */
  asked(inbox: Inbox, caller: string, argument: unknown): void {
    const { owner } = inbox
    const name = actorBehind(inbox)
    this.#tellings.asked(name, caller, argument)
    if (this.#known.has(name) || !(owner instanceof SystemProcess) || !owner.isStarted) return
    const judge = this.#judgeOf(owner.systemState())
    if (judge !== undefined) this.#known.set(name, judge)
  }

  /** A process ended at that place of the history: what it had may be gone. */
  ended(inbox: Inbox, at: number): void {
    const name = actorBehind(inbox)
    const losses = this.#losses.get(name) ?? []
    this.#losses.set(name, losses)
    losses.push({ at, keys: "all", leaves: "unknown" })
  }

  violation(operations: readonly Operation[]): Violation | undefined {
    for (const [service, history] of byService(operations)) {
      const verdict = this.#verdict(service, history)
      if (verdict?.verdict === "violated") return { service, why: verdict.why ?? "no order of its operations explains what they gave" }
      if (verdict?.verdict === "undecided") this.undecided += 1
    }
    return this.#tellings.violation()
  }

  /** The ids of models whose service was asked something. */
  modelledOf(operations: readonly Operation[]): ReadonlySet<string> {
    const ids = Object.keys(this.#models)
    return new Set(ids.filter((id) => operations.some(({ service }) => this.#namesakes.idOf(service) === id)))
  }

  #verdict(service: string, history: readonly Operation[]): Verdict | undefined {
    const lost = this.#losses.get(service) ?? []
    const id = this.#namesakes.idOf(service)
    const model = Object.hasOwn(this.#models, id) ? this.#models[id] : undefined
    if (model !== undefined) return judgeByModel(history, model, { limit: DEFAULT_LIMIT, lost })
    return this.#known.get(service)?.(history, lost)
  }
}

function byService(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  return Map.groupBy(operations, ({ service }) => service)
}
