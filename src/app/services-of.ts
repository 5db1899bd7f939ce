/** Types: from the definitions of a tree to the mailboxes of its services. */

import type { Pid } from "../kernel/pid.ts"
import type { NeedOf } from "../process/needs.ts"
import type { ServerDefinition } from "../server/server.ts"
import type { Mailbox } from "../service/mailbox.ts"
import type { ReceivedDefinition } from "../service/received-definition.ts"
import type { ServerMailbox } from "../service/server-mailbox.ts"
import type { ServiceDefinition } from "../service/service.ts"
import type { DynamicSupervisorDefinition } from "./dynamic-supervisor-definition.ts"
import type { PartitionSupervisorDefinition } from "./partition-supervisor-definition.ts"
import type { PoolDefinition } from "./pool-definition.ts"
import type { SupervisorDefinition } from "./supervisor-definition.ts"
import type { DynamicSupervisorMailbox, PartitionSupervisorMailbox, SupervisorMailbox } from "./supervisor-mailbox.ts"
import type { ChildDefinition } from "./tree.ts"

/** A definition, without the options that may stand around it. */
export type DefinitionOf<C> = C extends ChildDefinition<infer D> ? D : C

/** What a definition or a child needs of whoever starts it; of several, what any of them does. */
export type NeedsOf<C> = NeedOf<DefinitionOf<C>>

/**
 * The mailbox that acquiring a service of this definition gives: to name it where one is passed on.
 *
 * @example
 * const counter = server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } })
 * const plusOne = (box: MailboxOf<typeof counter>) => box.call.add(1)
 * await using counting = await start({ "app:counter": counter })
 * await plusOne(await counting.acquire("app:counter")) // => 42
 */
export type MailboxOf<D> =
  D extends ServiceDefinition<infer M>
    ? M
    : D extends ServerDefinition<never, infer Calls, infer Casts>
      ? ServerMailbox<Calls, Casts>
      : D extends ReceivedDefinition<never, Pid, infer Received>
        ? Received
        : D extends SupervisorDefinition<object>
          ? SupervisorMailbox
          : D extends DynamicSupervisorDefinition
            ? DynamicSupervisorMailbox
            : D extends PartitionSupervisorDefinition<infer M>
              ? PartitionSupervisorMailbox<M>
              : D extends PoolDefinition<infer Pool>
                ? Pool
                : never

/** The mailbox of one partition of what `Of` is the mailbox of. */
export type PartitionOf<Of> = Of extends PartitionSupervisorMailbox<infer M> ? M : never

/** The ids of services that have partitions. */
export type PartitionedId<S> = { [Id in keyof S]: S[Id] extends PartitionSupervisorMailbox<Mailbox> ? Id : never }[keyof S] & string

type OwnServices<C> = {
  readonly [Id in keyof C as MailboxOf<DefinitionOf<C[Id]>> extends never ? never : Id]: MailboxOf<DefinitionOf<C[Id]>>
}

type NestedServices<C> = { [Id in keyof C]: DefinitionOf<C[Id]> extends SupervisorDefinition<infer S> ? S : never }[keyof C]

type Merged<U> = (U extends object ? (part: U) => void : never) extends (all: infer All) => void ? All : object

type AllServices<C> = OwnServices<C> & ([NestedServices<C>] extends [never] ? object : Merged<NestedServices<C>>)

/**
 * The services of a tree: by id its mailbox, those of nested supervisors among them. Written out, so that an editor shows ids and mailboxes
 * in place of what they were made of.
 *
 * @example
 * const tree = { "app:users": store<string>() }
 * const hello = async (runtime: Runtime<ServicesOf<typeof tree>>) => (await runtime.acquire("app:users")).has("hello")
 * await using greeting = await start(tree)
 * await hello(greeting) // => false
 */
export type ServicesOf<C> = AllServices<C> extends infer All extends object ? { -readonly [Id in keyof All]: All[Id] } : never

/** What stands above every tree. */
export interface RootService {
  /** The supervisor above all others. */
  readonly root: SupervisorMailbox
}
