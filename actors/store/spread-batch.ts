/**
 * Many keys of a store with partitions: each partition is asked for those that it has, by one message, and the answers are put together in the order in which
 * the keys were given.
 *
 * Invariants
 * - Nobody is asked anything before the policies have let all of it pass.
 * - A partition that fails fails its own keys. What the others were asked for is done, and the error says what.
 */

import {
  type AskOptions,
  type ErrorOptions,
  type MailboxPort,
  type MailboxRoute,
  type PartitionedPort,
  PigeonholeError,
} from "../../src/index.ts"
import { KeysRequest, type SetManyRequest } from "./batch-requests.ts"
import { checkWellFormed } from "./store-face.ts"

type SplitRequest = KeysRequest | SetManyRequest

/** What one partition has of it. */
interface Share {
  readonly port: MailboxPort
  /** Of its keys among those of the whole, in order. */
  readonly places: readonly number[]
  readonly request: SplitRequest
}

type Outcome = PromiseSettledResult<unknown>

/** Throws `Invalid`. `options`: of our own. */
export function spreadBatch(
  whole: PartitionedPort,
  route: MailboxRoute,
  request: SplitRequest,
  options: AskOptions | undefined,
): Promise<unknown> {
  // A partition would name the place that a key has in its own share.
  if (request instanceof KeysRequest) checkWellFormed(request.keys)
  const shares = sharesOf(whole, request)
  const [only] = shares
  if (only !== undefined && (shares.length === 1 || whole.isReleased)) return only.port.ask(route, request, options)
  for (const share of shares) {
    const refusal = share.port.refusal(route, share.request)
    if (refusal !== undefined) return whole.refused(refusal)
  }
  const asked = shares.map((share) => share.port.ask(route, share.request, options))
  return whole.unheardAfterEnd(Promise.allSettled(asked).then((outcomes) => joined(request, shares, outcomes)))
}

function sharesOf(whole: PartitionedPort, request: SplitRequest): readonly Share[] {
  const { keys } = request
  const placesOf = new Map<number, number[]>()
  for (let place = 0; place < keys.length; place += 1) {
    const index = whole.partitionOf(keys[place] as string)
    const places = placesOf.get(index)
    if (places === undefined) placesOf.set(index, [place])
    else places.push(place)
  }
  return [...placesOf].map(([index, places]) => {
    const isAll = placesOf.size === 1
    return { port: whole.partitions[index] as MailboxPort, places, request: isAll ? request : request.part(places) }
  })
}

function joined(request: SplitRequest, shares: readonly Share[], outcomes: readonly Outcome[]): unknown {
  const failed = outcomes.find((outcome) => outcome.status === "rejected")
  if (failed !== undefined) throw partialError(failed.reason, request, shares, outcomes)
  return request.joined(answersOf(request, shares, outcomes))
}

/** In the order of the keys; `undefined` for those that have failed. */
function answersOf({ keys }: SplitRequest, shares: readonly Share[], outcomes: readonly Outcome[]): unknown[] {
  const answers = new Array<unknown>(keys.length).fill(undefined)
  for (const [at, { places }] of shares.entries()) {
    const outcome = outcomes[at] as Outcome
    if (outcome.status === "rejected") continue
    const own = outcome.value as readonly unknown[]
    for (let place = 0; place < places.length; place += 1) answers[places[place] as number] = own[place]
  }
  return answers
}

/** The error of the first that has failed, with what has become of every key. The others' values are there to be read, and not shown by whoever prints it. */
function partialError(reason: unknown, request: SplitRequest, shares: readonly Share[], outcomes: readonly Outcome[]): unknown {
  if (!(reason instanceof PigeonholeError)) return reason
  const failed = shares.filter((_share, at) => outcomes[at]?.status === "rejected")
  const keys = failed
    .flatMap(({ places }) => places)
    .sort((one, other) => one - other)
    .map((place) => request.keys[place])
  const details = { ...reason.details, partitions: failed.map(({ port }) => port.service), keys: Object.freeze(keys) }
  Object.defineProperty(details, "results", { value: Object.freeze(answersOf(request, shares, outcomes)) })
  const message = `${reason.message} (${keys.length} of ${request.keys.length} keys have failed, those of ${failed.length} of ${shares.length} partitions)`
  const Kind = reason.constructor as new (message: string, options: ErrorOptions) => PigeonholeError
  return new Kind(message, { details, cause: reason, retryable: reason.retryable })
}
