/**
 * What a server is to its callers: names, what each takes, what each gives. The types that make it of the server's handlers, and of it the
 * methods of a pid or a mailbox.
 *
 * An operation is written as a function: `{ add: (by: number) => number }`. It says nothing of the state, nor of who handles it: that is nobody's
 * matter who calls, and would fill the page that an editor shows of a pid.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { FailureOf, WithFailures } from "../process/failing.ts"
import type { Deferred, Failure, Stashed } from "../process/outcome.ts"

type Reply<Result> = Result extends Failure | Stashed ? never : Result extends Deferred<infer Later> ? Later : Result

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
  : never

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
  : never

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
