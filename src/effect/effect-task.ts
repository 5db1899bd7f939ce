/** A one-shot job that is an Effect, as a process: it does its work and ends. */

import type * as Effect from "effect/Effect"
import { invalid, shown } from "../kernel/errors.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import type { FunctionRules } from "../process/function-process.ts"
import type { ProcessSelf } from "../process/process-self.ts"
import type { TaskOptions } from "../process/self-tasks.ts"
import { DEFAULT_STASH_CAPACITY } from "../process/stash.ts"
import type { Restart } from "../supervision/child-spec.ts"
import { type TaskSettings, taskSettings } from "../task/task-process.ts"
import type { DefinitionWith } from "./effect-function.ts"
import { type EffectBody, EffectFunctionProcess, plainBody } from "./effect-function.ts"
import type { EffectSelf } from "./effect-self.ts"
import { refuseGenerator } from "./generator-function.ts"

/**
 * Defines a job that is done once, by an Effect. Its success ends the task `normal`, and nobody hears what it came to; a typed failure or a defect is
 * a crash; an interruption from inside is `shutdown`. Under a supervisor it is `temporary` where its child spec does not say otherwise.
 *
 * Told to stop, it is interrupted, and its finalizers have its shutdown limit.
 *
 * Errors  Invalid, naming the field.
 *
 * @example
 * import { Effect } from "effect"
 * import { task } from "pigeonhole/effect"
 * const done: string[] = []
 * const warmUp = task((what: string) => Effect.sync(() => done.push(what)))
 * await runtime.whenEnded(runtime.spawn(warmUp, "users")) // => "normal"
 * done // => ["users"]
 */
export function task<Argument = undefined, Needs = never>(
  work: (argument: Argument, self: EffectSelf<unknown>) => Effect.Effect<unknown, unknown, Needs>,
  options?: TaskOptions,
): DefinitionWith<Argument, Needs>
export function task<Argument>(
  work: (argument: Argument, self: EffectSelf<unknown>) => unknown,
  options?: TaskOptions,
): Definition<Argument, Pid> {
  if (typeof work !== "function") throw invalid("work", `must be a function; got ${shown(work)}`)
  refuseGenerator("work", work)
  const definition = new EffectTaskDefinition<Argument, unknown>((self, argument) => work(argument, self), taskSettings(options))
  return definition
}

class EffectTaskDefinition<Argument, Message> extends Definition<Argument, Pid> implements FunctionRules<Argument, Message> {
  readonly isAsync = true
  readonly stashCapacity = DEFAULT_STASH_CAPACITY
  readonly body: (self: ProcessSelf<Message>, argument: Argument) => unknown
  readonly settings: TaskSettings

  constructor(work: EffectBody<Argument, Message>, settings: TaskSettings) {
    super()
    this.body = plainBody(work)
    this.settings = settings
  }

  override get restart(): Restart {
    return "temporary"
  }

  override get label(): string | undefined {
    return this.settings.label
  }

  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    return new EffectTaskProcess<Argument, Message>(context, options, this, argument)
  }
}

class EffectTaskProcess<Argument, Message> extends EffectFunctionProcess<Argument, Message> {
  readonly #isLogged: boolean

  constructor(context: Context, options: ProcessOptions, definition: EffectTaskDefinition<Argument, Message>, argument: Argument) {
    super(context, options, definition, argument)
    this.#isLogged = definition.settings.log
  }

  override get isCrashLogged(): boolean {
    return this.#isLogged
  }
}
