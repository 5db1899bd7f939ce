/**
 * One who is told of a machine, as it happens: at its own pace, in its own async context, and of nobody's turn.
 *
 * Invariants
 * - It is told one thing at a time, in order: while a listener that gave a promise is not done, what comes waits, so much of it and no
 *   more; then what has waited longest is left out, and counted.
 * - Whatever it throws, rejects with, or never settles changes nothing of the machine.
 * - Once it is unsubscribed nothing is called any more, not even for what was waiting.
 */

import { type AsyncContext, runIn } from "../kernel/async-context.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { Ring } from "../kernel/ring.ts"
import { promiseOf } from "../kernel/thenable.ts"

/** Told of what happens by a function of each sort; all of them may be left out. */
export interface StatechartObserver<in Value> {
  /** Where it gives a promise, it is told no more until that is settled; of what comes meanwhile, the latest. */
  next?(value: Value): unknown
  /** There will be no more, as the process has ended, or the policies allow it no longer. */
  error?(error: PigeonholeError): unknown
  /** There will be no more, as the machine is done. */
  complete?(): unknown
}

/** A running subscription. It ends by itself with the process, or with the mailbox by which it was made. */
export interface StatechartSubscription {
  /** Whether something may come yet. */
  readonly isActive: boolean
  /** How much was left out before what came last, as the listener was not done. */
  readonly missed: number
  /** Ends it; nothing is called any more. A no-op where it has ended. */
  unsubscribe(): void
  /** The same, on leaving a `using` block. */
  [Symbol.dispose](): void
}

/** What makes a listener. */
export interface ListenerPlan<Value> {
  readonly kernel: Kernel
  readonly observer: StatechartObserver<Value>
  /** How much may wait for it. */
  readonly room: number
}

const WHAT = "a statechart's listener"

export class Listener<Value> implements StatechartSubscription {
  missed = 0
  readonly #kernel: Kernel
  readonly #context: AsyncContext | undefined
  readonly #observer: StatechartObserver<Value>
  readonly #room: number
  #waiting = new Ring<Value>()
  /** Left out since something was handed over. */
  #leftOut = 0
  #isBusy = false
  #isUnsubscribed = false
  /** Why there will be no more. */
  #end: { readonly error: PigeonholeError | undefined } | undefined = undefined
  #leave: (() => void) | undefined = undefined

  constructor({ kernel, observer, room }: ListenerPlan<Value>) {
    this.#kernel = kernel
    this.#observer = observer
    this.#room = room
    this.#context = kernel.contextRule === "sender" ? kernel.captureContext() : kernel.neutralContext
  }

  get isActive(): boolean {
    return !this.#isUnsubscribed && this.#end === undefined
  }

  /** Whom it is to leave, once it ends. */
  joined(leave: () => void): void {
    this.#leave = leave
  }

  unsubscribe(): void {
    this.#isUnsubscribed = true
    this.#waiting = new Ring()
    this.#left()
  }

  [Symbol.dispose](): void {
    this.unsubscribe()
  }

  /** Does in its context what is done for it alone. */
  inContext<Result>(work: () => Result): Result {
    return runIn(this.#context, work, undefined)
  }

  tell(value: Value): void {
    if (!this.isActive) return
    if (!this.#isBusy) return this.#hand(value)
    if (this.#waiting.size >= this.#room) {
      this.#waiting.shift()
      this.#leftOut += 1
    }
    this.#waiting.push(value)
  }

  /** Something has happened that it is not told of. */
  leaveOut(): void {
    this.#leftOut += 1
  }

  /** There will be no more. Told by a microtask of its own: whoever ends it is in the midst of something. */
  end(error: PigeonholeError | undefined): void {
    if (!this.isActive) return
    this.#end = { error }
    this.#left()
    this.#kernel.host.microtask(() => this.#goOn())
  }

  #left(): void {
    this.#leave?.()
    this.#leave = undefined
  }

  #hand(value: Value): void {
    this.missed = this.#leftOut
    this.#leftOut = 0
    this.#call(() => this.#observer.next?.(value))
  }

  #call(call: () => unknown): void {
    try {
      const work = promiseOf(runIn(this.#context, call, undefined))
      if (work === undefined) return
      this.#isBusy = true
      work.then(
        () => this.#free(),
        (error) => {
          this.#kernel.fault(WHAT, error)
          this.#free()
        },
      )
    } catch (error) {
      this.#kernel.fault(WHAT, error)
    }
  }

  #free(): void {
    this.#isBusy = false
    this.#goOn()
  }

  /** Hands over what waits, and then says that it was all. */
  #goOn(): void {
    while (!this.#isBusy && !this.#isUnsubscribed && this.#waiting.size > 0) this.#hand(this.#waiting.shift() as Value)
    if (this.#isBusy || this.#isUnsubscribed || this.#end === undefined) return
    const { error } = this.#end
    this.#isUnsubscribed = true
    this.#call(() => (error === undefined ? this.#observer.complete?.() : this.#observer.error?.(error)))
  }
}
