/**
 * Defines a service with a mailbox of its own: a server, what each of its names needs permission for, and the face that
 * callers get. The store is one; whatever is more than calls and casts by name can be written like it.
 */

import type { Context } from "../behaviours/context.ts"
import { Definition } from "../behaviours/definition.ts"
import { ServerDefinition, type ServerRoute } from "../behaviours/server.ts"
import { invalid } from "../kernel/errors.ts"
import { anything, callback, field, optional, text } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Attributes } from "../security/access.ts"
import type { Mailbox, MailboxPort } from "./mailbox.ts"

/** What a call or cast needs permission for. */
export interface Guard {
  /** Named in policies: `store.key.get`. */
  readonly action: string
  /** What policies may look at beside principal, action and resource; made only where a policy does. */
  readonly attributes?: (argument: never) => Attributes
}

/** A service of one's own: the server behind it, the permission each of its operations needs, the mailbox before it. */
export interface ServiceOptions<Argument, M extends Mailbox> {
  /** What messages call it: `store`. */
  readonly kind: string
  readonly server: ServerDefinition<Argument, unknown, unknown>
  readonly argument: Argument
  /** The action that acquiring needs. */
  readonly acquire: string
  /** By name of call or cast. One without a guard needs `service.call.NAME` or `service.cast.NAME`. */
  readonly guards: Readonly<Record<string, Guard>>
  /** Makes what `acquire` returns. */
  readonly mailbox: (port: MailboxPort) => M
}

/** What `service` makes: to put under a supervisor by an id, and to acquire by that id. */
export class ServiceDefinition<out M extends Mailbox> extends Definition<undefined> {
  readonly kind: string
  readonly acquireAction: string
  readonly routes: readonly ServerRoute[]
  /** By route index. */
  readonly guards: readonly Guard[]
  readonly createMailbox: (port: MailboxPort) => M
  readonly hasDetachedHook: boolean
  readonly #create: (context: Context, options: ProcessOptions) => Process

  constructor(
    kind: string,
    options: Omit<ServiceOptions<unknown, M>, "kind" | "argument">,
    create: (context: Context, options: ProcessOptions) => Process,
  ) {
    super()
    this.kind = kind
    this.acquireAction = options.acquire
    this.routes = options.server.routes
    this.guards = options.server.routes.map((route) => guardOf(route, options.guards))
    this.createMailbox = options.mailbox
    this.hasDetachedHook = options.server.options.detached !== undefined
    this.#create = create
  }

  /** @internal */
  override create(context: Context, options: ProcessOptions): Process {
    const process = this.#create(context, options)
    process.guard = "all"
    return process
  }
}

/** Throws `Invalid`, naming the field; also for a guard without a call or cast of its name. */
export function service<Argument, M extends Mailbox>(options: ServiceOptions<Argument, M>): ServiceDefinition<M> {
  const { kind, server, argument, guards, acquire, mailbox } = readOptions(options, OPTIONS)
  const names = server.routes.map(({ name }) => name)
  const stray = Object.keys(guards).find((name) => !names.includes(name))
  if (stray !== undefined) throw invalid(`guards.${stray}`, "guards a name that the server does not have")
  const face = mailbox as ServiceOptions<unknown, M>["mailbox"]
  return new ServiceDefinition<M>(kind, { server, acquire, guards, mailbox: face }, (context, processOptions) =>
    server.create(context, processOptions, argument),
  )
}

const GUARD = { action: text, attributes: optional(callback<NonNullable<Guard["attributes"]>>()) }

const OPTIONS = {
  kind: text,
  server: field<ServerDefinition<unknown, unknown, unknown>>((value) => value instanceof ServerDefinition, "made by server"),
  argument: anything,
  acquire: text,
  guards: (value: unknown, path: string): Readonly<Record<string, Guard>> =>
    Object.fromEntries(entriesOf(value, path).map(([name, guard]) => [name, readOptions(guard, GUARD, `${path}.${name}`)])),
  mailbox: callback<(port: MailboxPort) => Mailbox>(),
}

/** The guard of a name; also what a plain server's names need. */
export function guardOf({ kind, name }: ServerRoute, guards: Readonly<Record<string, Guard>> = {}): Guard {
  return (Object.hasOwn(guards, name) ? guards[name] : undefined) ?? { action: `service.${kind}.${name}` }
}
