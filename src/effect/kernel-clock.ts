/**
 * Effect's clock and scheduler on the runtime's own time and turns: what an Effect of a process sleeps passes when the runtime's clock says so,
 * in a test when the test says so. A process that ends takes its sleeps with it. Those where it cannot be interrupted go on while the application runs: what clears up is done.
 *
 * Not here: where the layer's context has a clock or a scheduler, that one is used (`effect-home.ts`).
 */

import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { Alarm } from "../kernel/alarm.ts"
import { systemTimeOf } from "../kernel/host.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { turnOf } from "../kernel/kernel-host.ts"
import type { Process } from "../kernel/process.ts"

const NANOS_A_MILLISECOND = 1_000_000

/** The clock of one process. */
export class KernelClock implements Clock.Clock {
  readonly #kernel: Kernel
  readonly #process: () => Process | undefined
  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  constructor(kernel: Kernel, process: () => Process | undefined) {
    this.#kernel = kernel
    this.#process = process
  }

  currentTimeMillisUnsafe(): number {
    return systemTimeOf(this.#kernel.host)
  }

  currentTimeNanosUnsafe(): bigint {
    return nanosOf(this.currentTimeMillisUnsafe())
  }

  monotonicTimeNanosUnsafe(): bigint {
    return nanosOf(this.#kernel.host.now())
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const delayMs = Duration.toMillis(duration)
    if (delayMs === Number.POSITIVE_INFINITY) return Effect.never
    return Effect.uninterruptibleMask((restore) => {
      const isKept = restore(Effect.never) === Effect.never
      return restore(
        Effect.callback<void>((resume) => {
          const end = this.#wait(Math.max(delayMs, 0), isKept, () => resume(Effect.void))
          return Effect.sync(end)
        }),
      )
    })
  }

  /** Calls back then, unless it is ended before. `isKept`: the end of the process is no reason. */
  #wait(delayMs: number, isKept: boolean, done: () => void): () => void {
    const kernel = this.#kernel
    const process = this.#process()
    // What an ended process still clears up waits by itself.
    const owner = process === undefined || process.status === "ended" ? undefined : process
    const over = (): void => {
      owner?.release(alarm)
      if (owner !== undefined) kernel.workload?.ended(owner)
    }
    const alarm = new Alarm(kernel, delayMs, () => {
      over()
      done()
    })
    if (!isKept) owner?.adopt(alarm)
    if (owner !== undefined) kernel.workload?.began(owner)
    return () => {
      alarm.cancel()
      over()
    }
  }
}

function nanosOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NANOS_A_MILLISECOND))
}

const schedulers = new WeakMap<Kernel, Scheduler.Scheduler>()

/** A fiber that has run for long lets the host have its turn, by the runtime's host. */
export function schedulerOf(kernel: Kernel): Scheduler.Scheduler {
  const known = schedulers.get(kernel)
  if (known !== undefined) return known
  const scheduler = new Scheduler.MixedScheduler("async", (run) => {
    let isCanceled = false
    turnOf(kernel.host, () => {
      if (!isCanceled) run()
    })
    return () => {
      isCanceled = true
    }
  })
  schedulers.set(kernel, scheduler)
  return scheduler
}
