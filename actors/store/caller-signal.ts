/**
 * A caller's abort signal, listened to by what has no request of its own under way. It may be of any make: what it throws is refused where it is
 * handed over, and its maker's matter later.
 */

import { invalid, shown } from "../../src/index.ts"

type Listening = "addEventListener" | "removeEventListener"

export class CallerSignal {
  readonly #signal: AbortSignal
  readonly #aborted: () => void

  /** Throws `Invalid` for what is none. `aborted`: told the signal's reason, at once where it is aborted already. */
  constructor(signal: AbortSignal, aborted: (reason: unknown) => void) {
    const isOne = typeof read(signal, "addEventListener") === "function" && typeof read(signal, "aborted") === "boolean"
    if (!isOne) throw invalid("signal", `must be an AbortSignal; got ${shown(signal)}`)
    this.#signal = signal
    this.#aborted = () => aborted(read(signal, "reason"))
    if (read(signal, "aborted") === true) this.#aborted()
    else this.#call("addEventListener")
  }

  /** It is not listened to any more. */
  leave(): void {
    try {
      this.#call("removeEventListener")
    } catch {
      // What it calls on finds that all is over.
    }
  }

  #call(listening: Listening): void {
    try {
      this.#signal[listening]("abort", this.#aborted)
    } catch (cause) {
      throw invalid("signal", "cannot be listened to", cause)
    }
  }
}

function read(signal: AbortSignal, name: Listening | "aborted" | "reason"): unknown {
  try {
    return signal[name]
  } catch {
    return undefined
  }
}
