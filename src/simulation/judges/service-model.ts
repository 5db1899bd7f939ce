/**
 * Models of services, as users write them: what each operation does to a state, one after the other. A model is what the service would be if it did
 * one thing at a time and nothing ever failed.
 */

import { type ErrorKind, invalid, isOurs, shown, thrownText } from "../../kernel/errors.ts"
import { isA, isList } from "../../kernel/instance.ts"
import { anything, field, optional } from "../../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../../kernel/options.ts"
import { Failure } from "../../process/outcome.ts"
import { brief, copyOfData, keptValue, valueText } from "../text/value-text.ts"
import type { Answer } from "./history.ts"
import type { Machine, Next } from "./linearization.ts"
import type { Span } from "./occurrence.ts"

/** The state afterwards, and what is answered: a reply, or `failure(error)`, which is compared by the kind of its error. */
export type ModelStep<State = unknown> = readonly [state: State, reply?: unknown] | OneOf<State>

/** Several things that an operation may come to; any of them will do. */
export class OneOf<State = unknown> {
  /** @internal */
  readonly steps: readonly ModelStep<State>[]

  /** @internal */
  constructor(steps: readonly ModelStep<State>[]) {
    this.steps = steps
  }
}

/**
 * Says in a model that an operation may come to several things.
 *
 * @example
 * import { linearizability, oneOf } from "pigeonhole/simulation"
 *
 * const dice = { init: () => 0, call: { roll: () => oneOf([0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [0, 6]) } }
 * linearizability([], dice).verdict // => "linearizable"
 */
export function oneOf<State>(...steps: readonly ModelStep<State>[]): OneOf<State> {
  return new OneOf(steps)
}

/**
 * What an operation does. `moment`: when it takes effect, in ms of the clock, as far as that is known. Declared so that who names the state's
 * type may put the model wherever one is asked for.
 */
export type ModelCall<State = unknown> = { of(state: State, argument: never, moment: Span): ModelStep<State> }["of"]

/**
 * A service as it would be if it did one thing at a time.
 *
 * Shape   the state is plain data (values, lists, records, Maps, Sets, Dates): each operation is given a copy, which it may change and hand back.
 */
export interface ServiceModel<State = unknown> {
  /** The state of one that has just begun. */
  readonly init: () => State
  /**
   * What each operation does to the state, and what it answers. `"any"`: it changes nothing, and whatever it answers will do. An operation that was asked for and
   * does not stand here is refused, as it may have been forgotten.
   */
  readonly call: Readonly<Record<string, ModelCall<State> | "any">>
  /** Where operations on one key have nothing to do with those on another: which key an operation is about. The state is that of one key then. */
  readonly key?: ((argument: never, name: string) => string) | undefined
}

/** One operation of a model's. */
export interface ModelledCall {
  readonly caller: string
  /** `undefined`: the service begins anew; then `leaves` says what is left. */
  readonly name: string | undefined
  readonly argument: unknown
  readonly leaves?: "nothing" | "some" | "unknown"
  readonly answer: Answer | undefined
}

/** A model that was looked at. */
export interface ReadModel {
  readonly machine: Machine<Modelled, ModelledCall>
  /** Throws `Invalid` for an operation that the model does not have. */
  isJudged(name: string): boolean
  /** `undefined`: it has no keys. */
  keyOf: ((argument: unknown, name: string) => string) | undefined
}

/** A state, and its text. */
export interface Modelled {
  readonly state: unknown
  readonly text: string
}

type Step = (state: unknown, argument: unknown, moment: Span) => unknown

const aFunction = field<() => unknown>((value) => typeof value === "function", "a function")
const aKeyFunction = field<(argument: unknown, name: string) => unknown>((value) => typeof value === "function", "a function")
const FIELDS = { init: aFunction, call: anything, key: optional(aKeyFunction) }

/** Throws `Invalid`, naming the field behind `path`. */
export function readModel(model: unknown, path: string): ReadModel {
  const { init, call, key } = readOptions(model, FIELDS, path)
  const calls = new Map(entriesOf(call, `${path}.call`).map(([name, step]) => [name, readCall(step, `${path}.call.${name}`)]))
  return {
    machine: new ModelMachine(init, calls, path),
    isJudged: (name) => {
      const step = calls.get(name)
      if (step === undefined) throw invalid(`${path}.call.${name}`, `is missing: it was asked for, and the model has ${known(calls)}`)
      return step !== "any"
    },
    keyOf: key === undefined ? undefined : (argument, name) => readKey(key, argument, name, `${path}.key`),
  }
}

function readCall(step: unknown, path: string): Step | "any" {
  if (step === "any" || typeof step === "function") return step as Step | "any"
  throw invalid(path, `must be a function, or "any"; got ${shown(step)}`)
}

function known(calls: ReadonlyMap<string, unknown>): string {
  return calls.size === 0 ? "no operation" : [...calls.keys()].join(", ")
}

function readKey(key: (argument: unknown, name: string) => unknown, argument: unknown, name: string, path: string): string {
  const given: unknown = contained(path, () => key(argument, name))
  if (typeof given === "string") return given
  throw invalid(path, `must give text; for ${name} it gave ${shown(given)}`)
}

/** What a model's function throws is its author's mistake: to answer with an error, it gives `failure(error)`. */
function contained<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    throw invalid(path, "has thrown; what an operation is refused with is given: [state, failure(error)]", cause)
  }
}

/** After what nobody knows. */
const UNKNOWN: Modelled = Object.freeze({ state: undefined, text: "unknown" })

class ModelMachine implements Machine<Modelled, ModelledCall> {
  readonly #init: () => unknown
  readonly #calls: ReadonlyMap<string, Step | "any">
  readonly #path: string
  #initial: Modelled | undefined = undefined

  constructor(init: () => unknown, calls: ReadonlyMap<string, Step | "any">, path: string) {
    this.#init = init
    this.#calls = calls
    this.#path = path
  }

  get initial(): Modelled {
    this.#initial ??= this.#modelled(contained(`${this.#path}.init`, this.#init), `${this.#path}.init`)
    return this.#initial
  }

  textOf({ text }: Modelled): string {
    return text
  }

  step(before: Modelled, call: ModelledCall, window: Span, isJudged: boolean): readonly Next<Modelled>[] {
    const { name, argument, answer } = call
    if (name === undefined) return this.#begun(before, call)
    if (before === UNKNOWN) return [{ state: UNKNOWN, gives: "anything" }]
    const path = `${this.#path}.call.${name}`
    const step = this.#calls.get(name) as Step
    const made: unknown = contained(path, () => step(this.#copy(before.state, path), keptValue(argument), Object.freeze({ ...window })))
    return stepsIn(made, path).flatMap(([state, reply]) => {
      const given = givenBy(reply)
      return isJudged && answer !== undefined && !fits(given, answer) ? [] : [{ state: this.#modelled(state, path), gives: given.text }]
    })
  }

  /** What it forgets. */
  #begun(before: Modelled, { leaves }: ModelledCall): readonly Next<Modelled>[] {
    const anew = { state: this.initial, gives: "nothing" }
    if (leaves === "unknown") return [{ ...anew, state: UNKNOWN }]
    return leaves === "some" ? [{ ...anew, state: before }, anew] : [anew]
  }

  #modelled(state: unknown, path: string): Modelled {
    const own = this.#copy(state, path)
    const text = valueText(own)
    if (text === undefined) throw invalid(path, "must give a state that can be compared: it is too deep or too large")
    return { state: own, text }
  }

  /** The state is the model's own, whatever an operation does with it. */
  #copy(state: unknown, path: string): unknown {
    const must = "must give a state of plain data (values, lists, records, Maps, Sets, Dates)"
    try {
      return copyOfData(state, (other) => {
        throw invalid(path, `${must}; there is ${shown(other)} in it`)
      })
    } catch (error) {
      throw isOurs(error) ? error : invalid(path, `${must}; a part of it cannot be read: ${thrownText(error)}`, error)
    }
  }
}

/** All that was given, as pairs. */
function stepsIn(made: unknown, path: string): readonly (readonly [state: unknown, reply: unknown])[] {
  if (isA(made, OneOf)) return made.steps.flatMap((step) => stepsIn(step, path))
  if (isList(made) && made.length >= 1 && made.length <= 2) return [[made[0], made[1]]]
  throw invalid(path, `must give the state afterwards and the reply, [state, reply], or oneOf of such; got ${shown(made)}`)
}

/** A reply as it is compared and told. */
interface Given {
  readonly kind: ErrorKind | undefined
  readonly value: string | undefined
  readonly text: string
}

function givenBy(reply: unknown): Given {
  if (isA(reply, Failure)) return { kind: reply.error.kind, value: undefined, text: errorText(reply.error.kind) }
  const value = valueText(reply)
  return { kind: undefined, value, text: brief(value ?? "what cannot be shown") }
}

/** What cannot be read says nothing. */
function fits(given: Given, answer: Answer): boolean {
  if (answer.type === "error") return given.kind === answer.kind
  return given.kind === undefined && (answer.text === undefined || given.value === undefined || answer.text === given.value)
}

/** As a sentence shows what somebody was told. */
export function answerText(answer: Answer | undefined): string {
  if (answer === undefined) return "no answer"
  if (answer.type === "error") return errorText(answer.kind)
  return answer.text === undefined ? "what cannot be shown" : brief(answer.text)
}

const errorText = (kind: ErrorKind): string => `the error ${kind}`
