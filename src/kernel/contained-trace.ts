/**
 * A tracer of the user's, and what it gives, contained: what it throws is told, what is no trace is none, and a handler runs once whatever it does.
 *
 * Invariant: what is posted while it is being told something is not followed: it would be told of its own messages without end.
 */

import { isReadable } from "./instance.ts"
import { memberOf } from "./option-fields.ts"
import type { PostedRequest, RequestOutcome, RequestTrace, RequestTracer, TraceIds } from "./request-tracer.ts"
import { contain } from "./thenable.ts"

const METHODS = ["handle", "event", "end"] as const

/** Told of what a tracer has thrown. Must not throw. */
export type TracerFailed = (error: unknown) => void

export class ContainedTracer {
  readonly #tracer: RequestTracer
  readonly #failed: TracerFailed
  /** Whether it is being told something now. */
  isTold = false

  constructor(tracer: RequestTracer, failed: TracerFailed) {
    this.#tracer = tracer
    this.#failed = failed
  }

  /** Whether both contain one tracer, which two runtimes may share. */
  isSameAs(other: ContainedTracer): boolean {
    return this.#tracer === other.#tracer
  }

  begin(request: PostedRequest): ContainedTrace | undefined {
    const given = this.tell(() => this.#tracer.begin(request))
    if (given === undefined) return undefined
    if (isTrace(given)) return new ContainedTrace(this, given)
    contain(given)
    this.#failed(new TypeError(`begin must give undefined or a trace, with ${METHODS.join(", ")}`))
    return undefined
  }

  /** `undefined` where it throws. */
  tell<Result>(work: () => Result): Result | undefined {
    const wasTold = this.isTold
    this.isTold = true
    try {
      return work()
    } catch (error) {
      this.#failed(error)
      return undefined
    } finally {
      this.isTold = wasTold
    }
  }

  /** What it gives is looked at by nobody; where it is a promise, that may fail. */
  mention(work: () => unknown): void {
    contain(this.tell(work), this.#failed)
  }

  /** Does what is not the tracer's, in the middle of what is. */
  apart<Result>(work: () => Result): Result {
    const wasTold = this.isTold
    this.isTold = false
    try {
      return work()
    } finally {
      this.isTold = wasTold
    }
  }
}

export class ContainedTrace {
  readonly #tracer: ContainedTracer
  readonly #given: RequestTrace

  constructor(tracer: ContainedTracer, given: RequestTrace) {
    this.#tracer = tracer
    this.#given = given
  }

  /** What the user's tracer knows it by; `undefined` for one that has not made it. */
  givenTo(tracer: ContainedTracer): RequestTrace | undefined {
    return tracer.isSameAs(this.#tracer) ? this.#given : undefined
  }

  /** Read anew each time: some know it from their first handler on. What cannot be read is not said. */
  get ids(): TraceIds | undefined {
    const ids = memberOf(this.#given, "ids")
    const traceId = memberOf(ids, "traceId")
    const spanId = memberOf(ids, "spanId")
    return typeof traceId === "string" && typeof spanId === "string" ? { traceId, spanId } : undefined
  }

  /** Runs `work` once, within the trace as far as that lets it; what `work` throws is thrown, and is nothing that the tracer sees. */
  handle<Result>(work: () => Result): Result {
    const tracer = this.#tracer
    const once = new Once(work)
    tracer.mention(() => this.#given.handle(() => tracer.apart(() => once.run())))
    return once.result
  }

  event(name: string, attributes: Parameters<RequestTrace["event"]>[1]): void {
    this.#tracer.mention(() => this.#given.event(name, attributes))
  }

  end(outcome: RequestOutcome): void {
    this.#tracer.mention(() => this.#given.end(outcome))
  }
}

type Ran<Result> = { readonly value: Result } | { readonly error: unknown }

/** One run of a work, and what came of it. */
class Once<Result> {
  readonly #work: () => Result
  #isBegun = false
  #outcome: Ran<Result> | undefined = undefined

  constructor(work: () => Result) {
    this.#work = work
  }

  run(): void {
    if (this.#isBegun) return
    this.#isBegun = true
    try {
      this.#outcome = { value: this.#work() }
    } catch (error) {
      this.#outcome = { error }
    }
  }

  /** Of the work, which is done now where it was not. */
  get result(): Result {
    this.run()
    const outcome = this.#outcome as Ran<Result>
    if ("error" in outcome) throw outcome.error
    return outcome.value
  }
}

function isTrace(value: unknown): value is RequestTrace {
  return (
    typeof value === "object" && value !== null && isReadable(value) && METHODS.every((name) => typeof memberOf(value, name) === "function")
  )
}
