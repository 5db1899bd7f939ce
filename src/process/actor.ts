/** A process that is a plain function: its definition, of which any number of processes is made. */

import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "./context.ts"
import { Definition } from "./definition.ts"
import { FunctionProcess, type FunctionRules } from "./function-process.ts"
import type { ProcessSelf } from "./process-self.ts"
import { DEFAULT_STASH_CAPACITY, stashCapacity } from "./stash.ts"

/** What a plain process may say beside its function. */
export interface ActorSettings {
  /** Messages that `self.stash()` may put aside; from 1. Default 1024. */
  readonly stashCapacity?: number
}

/** The function a plain process runs. Returning ends it `normal`, throwing is a crash. */
export type ActorBody<Argument, Message> = (self: ProcessSelf<Message>, argument: Argument) => void | PromiseLike<void>

/**
 * Defines a process by an async function.
 *
 * @example
 * const echo = actor<undefined, string>(async (self) => {
 *   for await (const message of self.inbox) self.reply(message)
 * })
 * await runtime.ask(runtime.spawn(echo), "hello") // => "hello"
 */
export function actor<Argument = undefined, Message = unknown>(
  body: ActorBody<Argument, Message>,
  settings?: ActorSettings,
): Definition<Argument, Pid> {
  if (typeof body !== "function") throw invalid("body", `must be a function; got ${shown(body)}`)
  return new ProcessDefinition(body, readOptions(settings, { stashCapacity }).stashCapacity ?? DEFAULT_STASH_CAPACITY)
}

class ProcessDefinition<Argument, Message> extends Definition<Argument, Pid> implements FunctionRules<Argument, Message> {
  readonly body: ActorBody<Argument, Message>
  readonly isAsync: boolean
  readonly stashCapacity: number

  constructor(body: ActorBody<Argument, Message>, stashCapacity: number) {
    super()
    this.body = body
    this.isAsync = isA(body, AsyncFunction)
    this.stashCapacity = stashCapacity
  }

  override create(context: Context, options: ProcessOptions, argument: Argument): Process {
    return new FunctionProcess<Argument, Message>(context, options, this, argument)
  }
}

const AsyncFunction = (async () => {}).constructor as abstract new () => unknown
