/**
 * What is told by callbacks, as streams: of snapshots, of inspection events. Each run of the stream listens for itself, and ends that when it is closed.
 *
 * Nobody who tells waits for who listens: what comes while its reader is busy waits in a buffer of so many; beyond that the oldest (`sliding`), or the newest
 * (`dropping`), is left out.
 */

import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { isOurs } from "../kernel/errors.ts"
import { oneOf, otherwise, wholeNumber } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { RuntimeError } from "./runtime-error.ts"

/** What waits for its reader, and what is left out where that is too slow. */
export interface BufferOptions {
  /** So many wait at most; from 1. Default 1024. */
  readonly bufferSize?: number | undefined
  /** What is left out beyond that: the oldest, or the newest. Default `sliding`: the oldest. */
  readonly strategy?: "sliding" | "dropping" | undefined
}

const DEFAULT_BUFFER = 1024

const BUFFER = {
  bufferSize: otherwise(wholeNumber(1, 1_000_000), DEFAULT_BUFFER),
  strategy: otherwise(oneOf("sliding", "dropping"), "sliding"),
}

/** Who is told: each value, and how it ends. */
export interface Told<A> {
  next(value: A): void
  error(error: unknown): void
  complete(): void
}

/** A stream of what `listen` tells, which gives what ends that. Throws `Invalid` for wrong options. */
export function told<A>(listen: (told: Told<A>) => () => void, options: BufferOptions | undefined): Stream.Stream<A, RuntimeError> {
  const buffer = readOptions(options, BUFFER)
  return Stream.callback<A, RuntimeError>((queue) => Effect.acquireRelease(listening(listen, queue), (end) => Effect.sync(end)), buffer)
}

function listening<A>(listen: (told: Told<A>) => () => void, queue: Queue.Queue<A, RuntimeError | Cause.Done>): Effect.Effect<() => void> {
  return Effect.sync(() => {
    try {
      return listen({
        next: (value) => void Queue.offerUnsafe(queue, value),
        error: (error) => fail(queue, error),
        complete: () => void Queue.endUnsafe(queue),
      })
    } catch (error) {
      fail(queue, error)
      return ignore
    }
  })
}

function fail<A>(queue: Queue.Queue<A, RuntimeError | Cause.Done>, error: unknown): void {
  Queue.failCauseUnsafe(queue, isOurs(error) ? Cause.fail(error as RuntimeError) : Cause.die(error))
}

const ignore = (): void => {}
