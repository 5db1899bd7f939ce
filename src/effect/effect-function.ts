/**
 * A process or a task whose function is an Effect: how it is run, and what its end means. `process` and `task` say what they are.
 *
 * The Effect is interrupted when the process is told to stop; its finalizers have what the supervisor allows. Success ends it `normal`, a typed
 * failure and a defect are a crash, an interruption from inside is `shutdown`.
 */

import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import type { Definition } from "../process/definition.ts"
import { FunctionProcess, type FunctionRules } from "../process/function-process.ts"
import type { WithNeeds } from "../process/needs.ts"
import type { ProcessSelf } from "../process/process-self.ts"
import { EffectHome, homeOf } from "./effect-home.ts"
import { EffectSelf } from "./effect-self.ts"
import type { BesideScope } from "./effect-server.ts"
import { InterruptedInside } from "./exit-of-cause.ts"
import { type AnyEffect, isEffect, outcomeOf } from "./handler-run.ts"

/** The definition of a process, by what it needs. */
export type DefinitionWith<Argument, Needs> = Definition<Argument, Pid> & WithNeeds<BesideScope<Needs>>

/** What the function of such a process gives. */
export type EffectBody<Argument, Message> = (self: EffectSelf<Message>, argument: Argument) => unknown

/** The plain function that stands behind it. */
export function plainBody<Argument, Message>(body: EffectBody<Argument, Message>) {
  return async (self: ProcessSelf<Message>, argument: Argument): Promise<void> => {
    const home = homeOf(self)
    try {
      const given = body(new EffectSelf(self), argument)
      await (isEffect(given) ? lived(given, home, self) : given)
    } catch (error) {
      await home.close({ error })
      throw error
    }
    await home.close("normal")
  }
}

function lived<Message>(effect: AnyEffect, home: EffectHome, self: ProcessSelf<Message>): unknown {
  return outcomeOf(effect, home, home.ownRun, "throw", () => self.signal, undefined)
}

/** The process of such a function. */
export class EffectFunctionProcess<Argument, Message> extends FunctionProcess<Argument, Message> {
  readonly #home: EffectHome

  constructor(context: Context, options: ProcessOptions, rules: FunctionRules<Argument, Message>, argument: Argument) {
    const home = new EffectHome(context)
    super(home, options, rules, argument)
    this.#home = home
  }

  protected override start(): void {
    this.#home.settle(this)
    super.start()
  }

  protected override toldBy(error: unknown): ExitReason | undefined {
    return error instanceof InterruptedInside ? "shutdown" : super.toldBy(error)
  }
}
