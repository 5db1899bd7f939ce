/** A caller, as its program sees it: acquire mailboxes, spawn processes, start tasks, all by one principal. */

import { mark } from "../kernel/copies.ts"
import { inboxOptions } from "../kernel/inbox-options.ts"
import { optional, text } from "../kernel/option-fields.ts"
import { NOTHING_SAID, readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { AddressOf, Definition } from "../process/definition.ts"
import type { ItemWork, ProcessSelf } from "../process/process-self.ts"
import type { ItemOutcome, Task, TaskOptions, TaskStreamOptions } from "../process/self-tasks.ts"
import { type Via, viaOf } from "../process/via.ts"
import type { Identity } from "../security/gate.ts"
import { startTask } from "../task/task.ts"
import { TaskStream } from "../task/task-stream.ts"
import type { RegistryDefinition, RegistryKey } from "../topology/registry-definition.ts"
import { AcquiringCaller } from "./acquiring.ts"
import type { CallerContext, SpawnOptions } from "./caller-context.ts"
import { ProgramOwner } from "./program-owner.ts"

/** How they are read. */
export const SPAWN_OPTIONS = { inbox: inboxOptions, name: optional(text) }

/** A caller with an identity: what it acquires and spawns acts as its principal. */
export class Caller<S extends object> extends AcquiringCaller<S> {
  readonly #context: CallerContext
  readonly #identity: Identity

  static {
    mark(Caller, "caller")
  }

  constructor(context: CallerContext, identity: Identity) {
    super(context, identity)
    this.#context = context
    this.#identity = identity
  }

  /**
   * Starts a process outside the tree, as this caller's principal.
   *
   * Errors  AlreadyExists, for a name that is taken; Invalid, naming the field.
   */
  spawn<Address extends Pid>(definition: Definition<undefined, Address>, argument?: undefined, options?: SpawnOptions): Address
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument, options?: SpawnOptions): Address
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument, options?: SpawnOptions): Address {
    const read = options === undefined ? NOTHING_SAID : readOptions(options, SPAWN_OPTIONS)
    return this.#context.spawn(definition, argument, this.#identity, read)
  }

  /**
   * Starts `work` as a task of its own process, as this caller's principal: for code outside all processes, which no link touches. Inside a
   * process, `self.async`.
   *
   * Errors  Unavailable, where the application is stopping.
   *
   * @example
   * const sum = runtime.async(async () => 20 + 22)
   * await sum.result() // => 42
   */
  async<Result, Message = unknown>(
    work: (self: ProcessSelf<Message>) => Result | PromiseLike<Result>,
    options?: TaskOptions,
  ): Task<Result> {
    return startTask(this.#asOwner(), work, false, options)
  }

  /**
   * Runs `work` on each item as a task, so many at a time, and gives what becomes of them; as `self.asyncStream`, for code outside all
   * processes.
   *
   * @example
   * const sums = []
   * for await (const outcome of runtime.asyncStream([1, 2], async (item) => item * 2, { maxConcurrency: 2 })) sums.push(outcome)
   * sums // => [{ ok: 2, item: 1, index: 0 }, { ok: 4, item: 2, index: 1 }]
   */
  asyncStream<Item, Result, Message = unknown>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemWork<Item, Message, Result>,
    options?: TaskStreamOptions,
  ): AsyncIterable<ItemOutcome<Item, Result>> {
    return new TaskStream(this.#asOwner(), items, work, options)
  }

  /**
   * The address of whoever is registered under a key, looked up for each message: it outlives restarts. It gives no right that the pid of
   * the one it finds would not give.
   *
   * Errors  Invalid, for what `registry` has not made, one whose keys are not unique, and for what is no key.
   * Source  Elixir, Registry: `{:via, Registry, {registry, key}}`.
   *
   * @example
   * const echo = server({ init: () => ({}), call: { echo: (_state, text: string) => text } })
   * const rooms = registry<undefined, typeof echo>({ keys: "unique" })
   * runtime.registry(rooms).register(runtime.spawn(echo), "lobby")
   * await runtime.via(rooms, "lobby").call.echo("hello") // => "hello"
   */
  via<Value, Of>(registry: RegistryDefinition<Value, Of>, key: RegistryKey): Via<AddressOf<Of>> {
    return viaOf(this.#context.topology, registry, key)
  }

  #asOwner(): ProgramOwner {
    return new ProgramOwner(this.#context, this.#identity)
  }
}
