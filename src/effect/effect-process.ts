/** A process that is one Effect: it receives when it wants to, and ends with it. */

import type * as Effect from "effect/Effect"
import { invalid, shown } from "../kernel/errors.ts"
import { readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { ActorSettings } from "../process/actor.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import type { FunctionRules } from "../process/function-process.ts"
import type { ProcessSelf } from "../process/process-self.ts"
import { DEFAULT_STASH_CAPACITY, stashCapacity } from "../process/stash.ts"
import type { DefinitionWith } from "./effect-function.ts"
import { type EffectBody, EffectFunctionProcess, plainBody } from "./effect-function.ts"
import type { EffectSelf } from "./effect-self.ts"
import { refuseGenerator } from "./generator-function.ts"

/**
 * Defines a process by an Effect. What it comes to ends the process `normal`; a typed failure or a defect is a crash; an interruption from inside
 * is `shutdown`. Told to stop, it is interrupted, and its finalizers have its shutdown limit.
 *
 * Errors  Invalid, naming the field.
 *
 * @example
 * import { Effect } from "effect"
 * import { process } from "pigeonhole/effect"
 * const echo = process<undefined, string>((self) =>
 *   Effect.forever(Effect.flatMap(self.receive(), (message) => self.reply(message))),
 * )
 * await runtime.ask(runtime.spawn(echo), "hello") // => "hello"
 */
export function process<Argument = undefined, Message = unknown, Needs = never>(
  body: (self: EffectSelf<Message>, argument: Argument) => Effect.Effect<unknown, unknown, Needs>,
  settings?: ActorSettings,
): DefinitionWith<Argument, Needs>
export function process<Argument, Message>(body: EffectBody<Argument, Message>, settings?: ActorSettings): Definition<Argument, Pid> {
  if (typeof body !== "function") throw invalid("body", `must be a function; got ${shown(body)}`)
  refuseGenerator("body", body)
  const capacity = readOptions(settings, { stashCapacity }).stashCapacity ?? DEFAULT_STASH_CAPACITY
  return new EffectProcessDefinition(body, capacity)
}

class EffectProcessDefinition<Argument, Message> extends Definition<Argument, Pid> implements FunctionRules<Argument, Message> {
  readonly isAsync = true
  readonly body: (self: ProcessSelf<Message>, argument: Argument) => unknown
  readonly stashCapacity: number

  constructor(body: EffectBody<Argument, Message>, capacity: number) {
    super()
    this.body = plainBody(body)
    this.stashCapacity = capacity
  }

  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    return new EffectFunctionProcess<Argument, Message>(context, options, this, argument)
  }
}
