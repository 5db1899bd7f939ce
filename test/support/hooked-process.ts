/** A kernel process whose every hook is a function of the test. It echoes requests unless told otherwise. */

import { reply } from "../../src/kernel/answer.ts"
import type { Envelope } from "../../src/kernel/envelope.ts"
import type { ExitReason } from "../../src/kernel/exit-reason.ts"
import type { InboxOptions } from "../../src/kernel/inbox-rules.ts"
import type { Kernel } from "../../src/kernel/kernel.ts"
import { Process } from "../../src/kernel/process.ts"

/** What a handler returns to leave its request unanswered. */
export const UNANSWERED = Symbol("unanswered")

export interface Hooks {
  readonly start?: () => void | PromiseLike<void>
  readonly handle?: (message: unknown, process: HookedProcess) => unknown
  readonly terminate?: (reason: ExitReason) => void | PromiseLike<void>
}

export class HookedProcess extends Process {
  readonly #hooks: Hooks

  constructor(kernel: Kernel, hooks: Hooks, label = "", inbox: InboxOptions = {}) {
    super(kernel, { inbox: kernel.inbox(label, inbox) })
    this.#hooks = hooks
  }

  protected override start(): void | PromiseLike<void> {
    return this.#hooks.start?.()
  }

  protected override handle(envelope: Envelope): void {
    this.accept(envelope)
    const { handle = (message: unknown) => message } = this.#hooks
    const result = handle(envelope.argument, this)
    if (result === UNANSWERED) return
    if (!(result instanceof Promise)) return reply(envelope, result)
    this.hold(
      result,
      (value) => reply(envelope, value),
      (error) => this.crash(error),
    )
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<void> {
    return this.#hooks.terminate?.(reason)
  }
}

export function launch(kernel: Kernel, hooks: Hooks = {}, label = "", inbox: InboxOptions = {}): HookedProcess {
  return kernel.launch(new HookedProcess(kernel, hooks, label, inbox))
}
