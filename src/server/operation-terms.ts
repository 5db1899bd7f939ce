/** What an operation that is written as an object has said beside its handler: schemas of its argument and of its answers, read once. */

import { type Decode, decodeBy } from "../kernel/decoder.ts"
import { callback, notNull } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { Payload } from "../process/payload.ts"
import type { Handler } from "./handler.ts"
import { type ErrorRule, ReplyContract } from "./reply-contract.ts"

export interface OperationTerms {
  readonly payload: Payload | undefined
  readonly contract: ReplyContract | undefined
}

/** By handler: each is a function of our own, made for one operation. */
const termsByHandler = new WeakMap<Handler<unknown>, OperationTerms>()

/** `undefined`: it was written as a function, and says nothing of what it takes and gives. */
export function termsOf(handler: Handler<unknown>): OperationTerms | undefined {
  return termsByHandler.get(handler)
}

const CAST = { payload: notNull, handle: callback<Handler<unknown>>() }
const CALL = { ...CAST, success: notNull, error: notNull }

/** The handler of an operation that is an object. Throws `Invalid` that names the field. */
export function handlerFrom(operation: unknown, path: string, kind: "call" | "cast"): Handler<unknown> {
  const {
    handle,
    payload,
    success,
    error,
  }: Partial<Readonly<Record<"payload" | "success" | "error", unknown>>> & {
    readonly handle: Handler<unknown>
  } = readOptions(operation, kind === "call" ? CALL : CAST, path)
  const handler: Handler<unknown> = (state, argument, self) => handle(state, argument, self)
  termsByHandler.set(handler, {
    payload: payload === undefined ? undefined : new Payload(payload, `${path}.payload`),
    contract: contractOf(path, answerBy(success, `${path}.success`), answerBy(error, `${path}.error`)),
  })
  return handler
}

function answerBy(schema: unknown, field: string): Decode | undefined {
  return schema === undefined ? undefined : decodeBy(schema, field, false)
}

function contractOf(path: string, success: Decode | undefined, error: Decode | undefined): ReplyContract | undefined {
  return success === undefined && error === undefined ? undefined : new ReplyContract(path, success, error)
}

/** What the operation of that handler has said is said of this one, too: it stands in its place, and its callers get errors by a rule of their own. */
export function inPlaceOf(original: Handler<unknown>, handler: Handler<unknown>, rule: ErrorRule): Handler<unknown> {
  const terms = termsByHandler.get(original)
  if (terms !== undefined) termsByHandler.set(handler, { payload: terms.payload, contract: terms.contract?.by(rule) })
  return handler
}
