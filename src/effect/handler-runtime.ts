/**
 * The running application as a process of it has it: mailboxes, processes and messages of its own. What only whoever has started it may do is refused, so that a handler has no
 * power that a plain one would not have.
 */

import * as Effect from "effect/Effect"
import { SPAWN_OPTIONS } from "../app/caller.ts"
import type { SpawnOptions } from "../app/caller-context.ts"
import { PermissionDenied, Unavailable } from "../kernel/errors.ts"
import { NOTHING_SAID, readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { acquireOptionsOf } from "../process/acquire-options.ts"
import type { Context as ProcessContext } from "../process/context.ts"
import type { Definition } from "../process/definition.ts"
import { Self } from "../process/self.ts"
import { spawn } from "../process/spawn.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { askOptionsOf, type WaitOptions } from "./acquired.ts"
import { asking } from "./asking.ts"
import { originOf } from "./carried-acting.ts"
import type { Launched } from "./launched.ts"
import type { RuntimeError } from "./runtime-error.ts"
import { type Door, RuntimeService } from "./runtime-service.ts"

/** A process, and what it may reach. */
export interface Owner {
  readonly process: Process | undefined
  readonly context: ProcessContext
}

const NOT_ITS_OWN: Launched = {
  get runtime(): never {
    throw new PermissionDenied("a process has no runtime: it acts as itself, or as whoever has asked it")
  },
  ended: Effect.never,
}

export class HandlerRuntime extends RuntimeService {
  readonly #owner: Owner

  constructor(owner: Owner) {
    super(NOT_ITS_OWN, doorOf(owner))
    this.#owner = owner
  }

  override spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument?: Argument,
    options?: SpawnOptions,
  ): Effect.Effect<Address, RuntimeError> {
    return asking(async () => {
      const read = options === undefined ? NOTHING_SAID : readOptions(options, SPAWN_OPTIONS)
      const { self, parent } = this.#acting()
      const { context } = this.#owner
      if (options === undefined) return self.spawn(definition, argument as Argument)
      return spawn(context, definition, argument as Argument, {
        parent,
        principal: parent.principal,
        inbox: undefined,
        name: undefined,
        ...read,
      })
    })
  }

  override ask(pid: Pid, message: unknown, options?: WaitOptions): Effect.Effect<unknown, RuntimeError> {
    return asking(() => this.#acting().self.ask(pid, message, askOptionsOf(options)))
  }

  override tell(pid: Pid, message: unknown): Effect.Effect<boolean> {
    return Effect.sync(() => this.#acting().self.tell(pid, message))
  }

  #acting(): { readonly self: Self; readonly parent: Process } {
    const parent = processOf(this.#owner)
    return { self: new Self(parent, this.#owner.context), parent }
  }
}

/** As the process itself, or as whoever has asked it; as nobody else. */
function doorOf(owner: Owner): Door {
  return async (id, options, acting) => {
    const inNameOf = acting === undefined ? undefined : originOf(acting)
    return (await owner.context.acquire(processOf(owner), id, acquireOptionsOf(options), inNameOf)) as Mailbox
  }
}

function processOf({ process }: Owner): Process {
  if (process !== undefined) return process
  throw new Unavailable("the process has not begun yet", { retryable: true })
}
