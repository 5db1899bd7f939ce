/** A running application as a service of Effect: what a runtime does, as Effects. The principal of a fiber (`Principal`) is whom it acts as. */

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Caller } from "../app/caller.ts"
import type { SpawnOptions } from "../app/caller-context.ts"
import type { Runtime } from "../app/runtime.ts"
import type { InspectionEvent } from "../inspection/inspection-event.ts"
import type { Unavailable } from "../kernel/errors.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Definition } from "../process/definition.ts"
import type { PrincipalInput } from "../security/principal.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { askOptionsOf, type WaitOptions } from "./acquired.ts"
import { acquiring } from "./acquiring.ts"
import { asking } from "./asking.ts"
import { CheckedContext } from "./effect-peer.ts"
import type { Launched } from "./launched.ts"
import { type Acting, CurrentActing, Principal } from "./principal.ts"
import type { AcquireError, RuntimeError } from "./runtime-error.ts"
import { type BufferOptions, told } from "./streams.ts"

/** How a mailbox is acquired. */
export interface MailboxOptions {
  /** The class that it must be of. Default: any. */
  readonly as?: abstract new (
    ...parameters: never[]
  ) => Mailbox
  /** Picks one of a service's partitions. Default: the whole service. */
  readonly key?: string | number
}

/** Where mailboxes come from: of a program, or of one process. */
export type Door = (id: string, options: MailboxOptions | undefined, acting: Acting | undefined) => Promise<Mailbox>

/** A running application. */
export class RuntimeService<out S extends object = object> {
  readonly #launched: Launched
  readonly #door: Door

  /** Use `Pigeonhole.layer`. `door`: where it is another one's than the runtime's. */
  constructor(launched: Launched, door: Door = doorOf(launched.runtime)) {
    this.#launched = launched
    this.#door = door
  }

  /** As plain TypeScript has it. Its life is the layer's. Throws `PermissionDenied` within a handler: a process acts as itself, or as whoever has asked it. */
  get runtime(): Runtime<S> {
    // The tree that it was started of says which services there are.
    return this.#launched.runtime as Runtime<S>
  }

  /**
   * Waits for the end of the application, and fails with it: `Unavailable`, whose `details.reason` is the exit reason. For a program that is to hear that its tree
   * has given up: `Effect.raceFirst(program, Pigeonhole.ended)`.
   */
  get ended(): Effect.Effect<never, Unavailable> {
    return this.#launched.ended
  }

  /** Acquires a mailbox for the scope; `wrap` makes of it what its caller gets. */
  acquireAs<Held>(id: string, wrap: (mailbox: Mailbox) => Held, options?: MailboxOptions): Effect.Effect<Held, AcquireError, Scope.Scope> {
    return Effect.flatMap(CurrentActing, (acting) => acquiring(() => this.#door(id, options, acting), wrap))
  }

  /**
   * Starts a process outside the tree, which ends with the application; within a handler, as the process's own, and by its principal.
   *
   * Errors  AlreadyExists, for a name that is taken; Invalid, naming the field; Unavailable: the application is stopping.
   */
  spawn<Address extends Pid>(
    definition: Definition<undefined, Address>,
    argument?: undefined,
    options?: SpawnOptions,
  ): Effect.Effect<Address, RuntimeError>
  spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument: Argument,
    options?: SpawnOptions,
  ): Effect.Effect<Address, RuntimeError>
  spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument: Argument,
    options?: SpawnOptions,
  ): Effect.Effect<Address, RuntimeError> {
    return Effect.flatMap(CurrentActing, (acting) =>
      asking(async () => actingAs(this.runtime, acting).spawn(definition, argument, options)),
    )
  }

  /** Posts a request to a process and waits for its reply. An interruption withdraws it. */
  ask(pid: Pid, message: unknown, options?: WaitOptions): Effect.Effect<unknown, RuntimeError> {
    return asking(() => this.runtime.ask(pid, message, askOptionsOf(options)))
  }

  /** Posts a message to a process. `false`: refused, and reported as a dead letter. Dies with `Invalid` for a pid of another runtime. */
  tell(pid: Pid, message: unknown): Effect.Effect<boolean> {
    return Effect.sync(() => this.runtime.tell(pid, message))
  }

  /**
   * What the runtime tells of itself from now on, to whoever runs the stream. It waits for nobody: of what its reader is too slow for, the oldest is left out
   * beyond `bufferSize` (1024), or the newest (`strategy`). Ends with the application. Throws `Invalid` for wrong options.
   */
  events(options?: BufferOptions): Stream.Stream<InspectionEvent, RuntimeError> {
    return told<InspectionEvent>((teller) => {
      const { runtime } = this
      const ends = [runtime.inspect((event) => teller.next(event)), runtime.onEnded(() => teller.complete())]
      return () => ends.forEach((end) => void end())
    }, options)
  }

  /** Has an effect act as this principal: `Principal.with`. */
  as(
    principal: PrincipalInput,
    options?: { readonly scopes?: readonly string[] },
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> {
    return Principal.with(principal, options)
  }
}

function doorOf(runtime: Runtime<object>): Door {
  return (id, options, acting) => actingAs(runtime, acting).acquire(id, options as { readonly as: typeof Mailbox })
}

function actingAs(runtime: Runtime<object>, acting: Acting | undefined): Caller<object> {
  return acting === undefined ? runtime : runtime.as(acting.principal, { scopes: acting.scopes })
}

/** The tag under which every layer of an application provides it, whatever its own is. */
export class CurrentRuntime extends CheckedContext.Service<CurrentRuntime, RuntimeService>()("pigeonhole/Pigeonhole") {}
