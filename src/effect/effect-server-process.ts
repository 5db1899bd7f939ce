/**
 * A running server whose callbacks may be Effects: its Scope is closed behind its `terminate`, and an Effect that interrupts itself ends it by
 * `shutdown`. All else is a server's.
 */

import type { Envelope } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { promiseOf } from "../kernel/thenable.ts"
import type { Context } from "../process/context.ts"
import type { ServerCode } from "../server/server-code.ts"
import { ServerProcess } from "../server/server-process.ts"
import { EffectHome } from "./effect-home.ts"
import { InterruptedInside } from "./exit-of-cause.ts"

export class EffectServerProcess<Argument> extends ServerProcess<Argument> {
  readonly #home: EffectHome

  constructor(context: Context, options: ProcessOptions, definition: ServerCode, argument: Argument) {
    const home = new EffectHome(context)
    super(home, options, definition, argument)
    this.#home = home
  }

  protected override start(): void | PromiseLike<void> {
    this.#home.settle(this)
    try {
      return super.start()
    } catch (error) {
      // As one that waits first: its end is looked for there.
      if (error instanceof InterruptedInside) return Promise.reject(error)
      throw error
    }
  }

  protected override toldBy(error: unknown): ExitReason | undefined {
    return error instanceof InterruptedInside ? "shutdown" : super.toldBy(error)
  }

  protected override failedBeside(error: unknown, envelope: Envelope): void {
    if (error instanceof InterruptedInside) this.end("shutdown")
    else super.failedBeside(error, envelope)
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<unknown> {
    const close = (): Promise<void> | undefined => this.#home.close(reason)
    const failed = async (error: unknown): Promise<void> => {
      await close()
      // It has given up clearing up, and ends as it was to.
      if (!(error instanceof InterruptedInside)) throw error
    }
    try {
      const work = promiseOf(super.terminate(reason))
      return work === undefined ? close() : work.then(close, failed)
    } catch (error) {
      return failed(error)
    }
  }
}
