/** Whether what the callers of a service saw could have come from the service's model, one operation after the other. */

import { field, otherwise } from "../../kernel/option-fields.ts"
import { readOptions } from "../../kernel/options.ts"
import type { Operation } from "../schedule/step.ts"
import { briefText } from "../text/value-text.ts"
import { fateOf, type Loss, readHistory, readLosses, timesOf, timesOfLoss } from "./history.ts"
import type { Occurrence } from "./occurrence.ts"
import { answerText, type Modelled, type ModelledCall, type ReadModel, readModel, type ServiceModel } from "./service-model.ts"
import { judge, type Strand, type Telling, type Verdict } from "./verdict.ts"

/** What else is known of a history, and how much work it may be to judge it. */
export interface LinearizabilityOptions {
  /** Configurations that are looked at, of all keys together; beyond that it is `undecided`. Default 100 000. */
  readonly limit?: number | undefined
  /** Moments at which the service has forgotten, or may have. Default: none. */
  readonly lost?: readonly Loss[] | undefined
}

export const DEFAULT_LIMIT = 100_000

/** A limit of configurations, as options say it. */
export const limitField = otherwise(
  field<number>((value) => Number.isSafeInteger(value) && (value as number) >= 1, "a whole number from 1"),
  DEFAULT_LIMIT,
)

const FIELDS = { limit: limitField, lost: readLosses }

/**
 * Says whether a history of one service can be explained by its model: whether each operation could have taken effect at one moment between its ask
 * and its answer, so that one after the other they give what they gave.
 *
 * An operation that failed by `Timeout`, `Canceled`, `Unavailable`, `Internal` or `Unknown`, or was never answered, may have taken effect or not; one that was
 * refused (`Invalid`, `PermissionDenied`, `RateLimited`) has not. Where a model speaks of time, an operation takes effect between its ask and its answer.
 *
 * Errors  Invalid: the model has no such operation, has thrown, or gives no `[state, reply]`; a bad option. Never a false alarm.
 * Cost    grows with how many operations overlap; where it would go beyond `limit`, the verdict is `undecided`.
 * Source  Herlihy & Wing, "Linearizability" (1990); Lowe, "Testing for linearizability" (2017).
 *
 * @example
 * import { linearizability } from "pigeonhole/simulation"
 *
 * const common = { service: "app:counter", name: "add", argument: 1, askedAt: 0, answeredAt: 0 }
 * const history = [
 *   { ...common, caller: "a", asked: 1, answered: 3, outcome: { value: 1 } },
 *   { ...common, caller: "b", asked: 2, answered: 4, outcome: { value: 1 } },
 * ]
 * const { verdict, why } = linearizability(history, {
 *   init: () => 0,
 *   call: { add: (total, by: number) => [total + by, total + by] },
 * })
 * verdict // => "violated"
 * why // => "b's add(1) gave 1, and no order of what was asked explains that. It could have given 2 (after a's add(1))."
 */
export function linearizability<State>(
  history: readonly Operation[],
  model: ServiceModel<State>,
  options?: LinearizabilityOptions,
): Verdict {
  const known = readOptions(options, FIELDS)
  return judgeByModel(readHistory(history), readModel(model, "model"), known)
}

/** The same of what was looked at before: for who judges many histories by one model. */
export function judgeByModel(
  history: readonly Operation[],
  model: ReadModel,
  { limit, lost }: { readonly limit: number; readonly lost: readonly Loss[] },
): Verdict {
  return judge(strandsOf(history, model, lost), limit, TELLING)
}

const TELLING: Telling<ModelledCall> = {
  asked: ({ caller, name, argument }) =>
    name === undefined ? "it had begun anew" : `${caller}'s ${name}(${argument === undefined ? "" : briefText(argument)})`,
  gave: ({ answer }) => answerText(answer),
}

/** One for each key; where the model has none, one for all. */
function strandsOf(history: readonly Operation[], model: ReadModel, losses: readonly Loss[]): readonly Strand<Modelled, ModelledCall>[] {
  const byKey = new Map<string | undefined, Occurrence<ModelledCall>[]>()
  for (const operation of history) {
    const occurrence = model.isJudged(operation.name) ? occurrenceOf(operation) : undefined
    if (occurrence === undefined) continue
    const key = model.keyOf?.(operation.argument, operation.name)
    byKey.set(key, [...(byKey.get(key) ?? []), occurrence])
  }
  return Array.from(byKey, ([key, occurrences]) => {
    const own = losses.filter(({ keys }) => keys === "all" || key === undefined || keys.includes(key))
    return { key, machine: model.machine, occurrences: [...occurrences, ...own.map(lossOccurrence)] }
  })
}

/** `undefined`: it has not taken effect. */
function occurrenceOf(operation: Operation): Occurrence<ModelledCall> | undefined {
  const fate = fateOf(operation)
  if (fate.type === "refused") return undefined
  const { caller, name, argument } = operation
  const isCertain = fate.type === "answered"
  return { call: { caller, name, argument, answer: isCertain ? fate.answer : undefined }, ...timesOf(operation, isCertain) }
}

function lossOccurrence(loss: Loss): Occurrence<ModelledCall> {
  const call: ModelledCall = { caller: "", name: undefined, argument: undefined, leaves: loss.leaves, answer: undefined }
  return { call, ...timesOfLoss(loss) }
}
