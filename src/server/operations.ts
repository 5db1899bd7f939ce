/**
 * What a server is to its callers: names, what each takes, what each gives. The types that make it of the server's handlers, and of it the
 * methods of a pid or a mailbox.
 *
 * An operation is written as a function: `{ add: (by: number) => number }`. It says nothing of the state, nor of who handles it: that is nobody's
 * matter who calls, and would fill the page that an editor shows of a pid.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { SchemaInput, SchemaOutput } from "../kernel/standard-schema.ts"
import type { FailureOf, WithFailures } from "../process/failing.ts"
import type { Deferred, Failure, Stashed } from "../process/outcome.ts"

type Reply<Result> = Result extends Failure<unknown> | Stashed ? never : Result extends Deferred<infer Later> ? Later : Result

/** What a handler is called with beside the state; where that may be `undefined`, it may be left out. Its name is kept. */
type ArgumentOf<Parameters> = Parameters extends readonly [] | readonly [unknown]
  ? []
  : Parameters extends readonly [unknown, (infer Argument)?, ...unknown[]]
    ? [Argument] extends [undefined]
      ? []
      : undefined extends Argument
        ? Partial<NamedArgument<Parameters, Argument>>
        : NamedArgument<Parameters, Argument>
    : Parameters extends readonly (infer Part)[]
      ? [argument?: Part]
      : []

/** The second of the parameters, which follows the state and is followed by `self`, if by anything. */
type NamedArgument<Parameters, Argument> = Parameters extends readonly [unknown, ...infer Rest]
  ? Rest extends readonly [unknown?]
    ? Rest
    : Rest extends readonly [...infer Named extends [unknown], unknown]
      ? Named
      : [argument: Argument]
  : [argument: Argument]

/**
 * The operations that handlers of calls answer, to write a type by: of each its argument and its reply. Of casts: `OneWaysOf`.
 *
 * @example
 * const call = { add: (state: { count: number }, by: number) => (state.count += by) }
 * const counter = server({ init: () => ({ count: 41 }), call })
 * const pid: ServerPid<OperationsOf<typeof call>, {}> = runtime.spawn(counter)
 * await pid.call.add(1) // => 42
 */
export type OperationsOf<Handlers> = Handlers extends object ? { [Name in keyof Handlers]: OperationOf<Handlers[Name]> } : never

export type OperationOf<Handler> = Handler extends (...parameters: infer Parameters) => infer Result
  ? (...argument: ArgumentOf<Parameters>) => Reply<Awaited<Result>>
  : Handler extends { readonly handle: (...parameters: infer Parameters) => infer Result }
    ? (
        ...argument: PayloadOf<Handler, Parameters>
      ) => Handler extends { readonly success: infer Success } ? SchemaOutput<Success> : Reply<Awaited<Result>>
    : never

/** What it is called with by its schema; without one, what its handler takes. */
type PayloadOf<Operation, Parameters> = Operation extends { readonly payload: infer Payload }
  ? SchemaArgument<SchemaInput<Payload>>
  : ArgumentOf<Parameters>

type SchemaArgument<Input> = unknown extends Input
  ? [payload?: Input]
  : [Input] extends [undefined]
    ? []
    : undefined extends Input
      ? [payload?: Input]
      : [payload: Input]

/**
 * As `OperationsOf`, for the handlers of casts, which nobody gets a reply of.
 *
 * @example
 * const cast = { set: (state: { count: number }, to: number) => void (state.count = to) }
 * const counter = server({ init: () => ({ count: 41 }), cast })
 * const pid: ServerPid<{}, OneWaysOf<typeof cast>> = runtime.spawn(counter)
 * pid.cast.set(42) // => true
 */
export type OneWaysOf<Handlers> = Handlers extends object ? { [Name in keyof Handlers]: OneWayOf<Handlers[Name]> } : never

/** As `OperationOf`, for what nobody gets a reply of. */
export type OneWayOf<Handler> = Handler extends (...parameters: infer Parameters) => unknown
  ? (...argument: ArgumentOf<Parameters>) => void
  : Handler extends { readonly handle: (...parameters: infer Parameters) => unknown }
    ? (...argument: PayloadOf<Handler, Parameters>) => void
    : never

/** Of calls: nothing is asked of what gives what it has declared; of what does not, a handler that would. */
export type Fitting<Calls> = { readonly [Name in keyof Calls]: Fits<Calls[Name]> }

type Fits<Call> = Call extends { readonly handle: (...parameters: never[]) => infer Result }
  ? Misfit<Awaited<Result>, Call> extends never
    ? unknown
    : { readonly handle: (...parameters: never[]) => AnswerOf<Call> }
  : Call extends (...parameters: never[]) => infer Result
    ? Misfit<Awaited<Result>, Call> extends never
      ? unknown
      : (...parameters: never[]) => Failure
    : unknown

/** What of a handler's result is neither a reply nor an error that it may give. */
type Misfit<Result, Call> =
  Result extends Failure<infer Given>
    ? Given extends ErrorOf<Call>
      ? never
      : Result
    : Result extends Stashed | ReplyOf<Call> | Deferred<ReplyOf<Call>>
      ? never
      : Result

/** What it could give, for the compiler to name. */
type AnswerOf<Call> = Call extends { readonly success: infer Success }
  ? SchemaInput<Success> | Failure<ErrorOf<Call>>
  : Failure<ErrorOf<Call>>

type ReplyOf<Call> = Call extends { readonly success: infer Success } ? SchemaInput<Success> : unknown

type ErrorOf<Call> = Call extends { readonly error: infer Declared } ? Unwritten<SchemaInput<Declared>> : PigeonholeError

/** What is written down where it is given is as it is there: its lists and records are not to be changed. */
type Unwritten<Part> = Part extends PigeonholeError
  ? Part
  : Part extends readonly (infer Item)[]
    ? readonly Unwritten<Item>[]
    : Part extends object
      ? { readonly [Name in keyof Part]: Unwritten<Part[Name]> }
      : Part

/** One that takes nothing is called with nothing, or with `undefined` before the options. */
type CallOf<Operation> = Operation extends (...parameters: infer Argument extends unknown[]) => infer Result
  ? ((...parameters: [...(Argument extends [] ? [argument?: undefined] : Argument), options?: AskOptions]) => Promise<Awaited<Result>>) &
      WithFailures<FailureOf<Operation>>
  : never

type CastOf<Operation> = Operation extends (...parameters: infer Argument extends unknown[]) => unknown
  ? (...parameters: Argument extends [] ? [argument?: undefined] : Argument) => boolean
  : never

/**
 * The calls of a server as methods, by its operations: each takes its argument and `AskOptions`, and gives a promise of the reply.
 *
 * @example
 * const add: CallsOf<{ add: (by: number) => number }>["add"] = async (by) => by + 1
 * await add(41, { timeoutMs: 100 }) // => 42
 */
export type CallsOf<Calls> = { readonly [Name in keyof Calls]: CallOf<Calls[Name]> }

/**
 * The casts likewise. `true`: posted; `false`: refused, and reported as a dead letter.
 *
 * @example
 * const reset: CastsOf<{ reset: () => void }>["reset"] = () => true
 * reset() // => true
 */
export type CastsOf<Casts> = { readonly [Name in keyof Casts]: CastOf<Casts[Name]> }

/**
 * What an address has of its server's operations. A type and no interface: an editor shows its members without their owner, which would
 * say all operations once more.
 *
 * @example
 * const plusOne = ({ call }: Operations<{ add: (by: number) => number }, {}>) => call.add(1)
 * await plusOne(runtime.spawn(server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } }))) // => 42
 */
export type Operations<Calls, Casts> = {
  /** Its calls by name: each posts a request and gives a promise of the reply. */
  readonly call: CallsOf<Calls>
  /** Its casts by name: each posts a message; `false`: refused, and reported. */
  readonly cast: CastsOf<Casts>
}
