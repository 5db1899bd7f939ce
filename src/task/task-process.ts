/**
 * A one-shot job as a process: it does its work and ends.
 *
 * Source  Elixir, Task: start_link, child_spec.
 */

import { invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { boolean, optional, otherwise, text } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition } from "../process/definition.ts"
import { FunctionProcess, type FunctionRules } from "../process/function-process.ts"
import { checkResult } from "../process/outcome.ts"
import type { ProcessSelf } from "../process/process-self.ts"
import type { TaskOptions } from "../process/self-tasks.ts"
import { DEFAULT_STASH_CAPACITY } from "../process/stash.ts"
import type { Restart } from "../supervision/child-spec.ts"

/**
 * Defines a job that is done once. Returning ends it `normal`, throwing is a crash; what it returns nobody hears, unless it was started by
 * `async`; but a `failure`, which answers a request, is a mistake, and a crash. Under a supervisor it is `temporary` where its child spec does not say otherwise.
 *
 * Told to stop, it ends at once, and its `self.signal` says so to what it waits for; one that traps exits is stopped as a plain process is:
 * its `receive` fails, and it has its shutdown limit to clear up.
 *
 * @example
 * const warmUp = task(async (self) => {
 *   const users = await self.acquire("app:cache", { as: StoreMailbox<User> })
 *   await users.set("user:1", { name: "Alice" })
 * })
 * await runtime.whenEnded(runtime.spawn(warmUp)) // => "normal"
 */
export function task<Argument = undefined, Message = unknown>(
  work: (self: ProcessSelf<Message>, argument: Argument) => unknown,
  options?: TaskOptions,
): Definition<Argument, Pid> {
  if (typeof work !== "function") throw invalid("work", `must be a function; got ${shown(work)}`)
  return taskOf(work, taskSettings(options))
}

/** What was said of a task, and is right. */
export interface TaskSettings {
  readonly label?: string
  readonly log: boolean
}

/** How options of tasks are read. */
export const TASK_OPTIONS = { label: optional(text), log: otherwise(boolean, true) }

const NOTHING_SAID: TaskSettings = readOptions(undefined, TASK_OPTIONS)

/** Throws `Invalid` that names the field. */
export function taskSettings(options: TaskOptions | undefined): TaskSettings {
  return options === undefined ? NOTHING_SAID : readOptions(options, TASK_OPTIONS)
}

/** As `task`, of what has been looked at. */
export function taskOf<Argument, Message>(
  work: (self: ProcessSelf<Message>, argument: Argument) => unknown,
  settings: TaskSettings,
): Definition<Argument, Pid> {
  return new TaskDefinition(work, settings)
}

class TaskDefinition<Argument, Message> extends Definition<Argument, Pid> implements FunctionRules<Argument, Message> {
  readonly stashCapacity = DEFAULT_STASH_CAPACITY
  readonly settings: TaskSettings
  readonly #work: (self: ProcessSelf<Message>, argument: Argument) => unknown

  constructor(work: (self: ProcessSelf<Message>, argument: Argument) => unknown, settings: TaskSettings) {
    super()
    this.#work = work
    this.settings = settings
  }

  readonly isAsync = true

  /** It goes on until the work is done, whatever the work gives. */
  async body(self: ProcessSelf<Message>, argument: Argument): Promise<void> {
    checkResult("work", await this.#work(self, argument))
  }

  override get restart(): Restart {
    return "temporary"
  }

  override get label(): string | undefined {
    return this.settings.label
  }

  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    return new TaskProcess<Argument, Message>(context, options, this, argument)
  }
}

class TaskProcess<Argument, Message> extends FunctionProcess<Argument, Message> {
  readonly #isLogged: boolean

  constructor(context: Context, options: ProcessOptions, definition: TaskDefinition<Argument, Message>, argument: Argument) {
    super(context, options, definition, argument)
    this.#isLogged = definition.settings.log
  }

  override get isCrashLogged(): boolean {
    return this.#isLogged
  }

  protected override stopped(reason: ExitReason): void {
    if (this.trapExit) super.stopped(reason)
    else this.end(reason)
  }
}
