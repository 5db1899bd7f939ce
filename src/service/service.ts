/**
 * Defines a service with a mailbox of its own: a server, what each of its names needs permission for, and the face that
 * callers get. The store is one; whatever is more than calls and casts by name can be written like it.
 */

import { invalid } from "../kernel/errors.ts"
import { anything, callback, field, optional, text } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition, isDefinition } from "../process/definition.ts"
import type { Attributes } from "../security/access.ts"
import { ServerDefinition, type ServerRoute } from "../server/server.ts"
import type { Mailbox, MailboxPort } from "./mailbox.ts"
import type { Reception } from "./service-record.ts"

/** What a call or cast needs permission for. */
export interface Guard {
  /** Named in policies: `store.key.get`. */
  readonly action: string
  /** What policies may look at beside principal, action and resource; made only where a policy does. */
  readonly attributes?: (argument: never) => Attributes
  /**
   * Makes of what a caller has sent the value that `attributes` looks at and the handler gets, reading each part once. Default: a copy of plain
   * data. Not called for what is no object, nor without `attributes`: then the argument is handed on as it is.
   */
  readonly take?: (argument: never) => unknown
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

type AnyServiceOptions<M extends Mailbox> = Omit<ServiceOptions<unknown, M>, "argument">

let receptionBehind: (definition: ServiceDefinition<Mailbox>) => Reception

/** What `service` makes: to put under a supervisor by an id, and to acquire by that id. */
export class ServiceDefinition<out M extends Mailbox> extends Definition<undefined> {
  readonly #reception: Reception
  readonly #create: (context: Context, options: ProcessOptions) => Process
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  static {
    receptionBehind = (definition) => definition.#reception
  }

  constructor(options: AnyServiceOptions<M>, create: (context: Context, options: ProcessOptions) => Process) {
    super()
    const { kind, server, acquire, guards, mailbox } = options
    this.#reception = {
      kind,
      acquireAction: acquire,
      routes: server.routes,
      guards: server.routes.map((route) => guardOf(route, guards)),
      createMailbox: mailbox,
      hasDetachedHook: server.options.detached !== undefined,
    }
    this.#create = create
  }

  /** @internal */
  override create(context: Context, options: ProcessOptions): Process {
    const process = this.#create(context, options)
    process.guard = "private"
    return process
  }
}

/** How a service is received, for the layer that puts it into a tree: who holds no more than the definition has none of its routes. */
export function receptionOfService(definition: ServiceDefinition<Mailbox>): Reception {
  return receptionBehind(definition)
}

/** Throws `Invalid`, naming the field; also for a guard without a call or cast of its name. */
export function service<Argument, M extends Mailbox>(options: ServiceOptions<Argument, M>): ServiceDefinition<M> {
  const read = readOptions(options, OPTIONS)
  const { server, argument, guards } = read
  const names = server.routes.map(({ name }) => name)
  const stray = Object.keys(guards).find((name) => !names.includes(name))
  if (stray !== undefined) throw invalid(`guards.${stray}`, "guards a name that the server does not have")
  return new ServiceDefinition<M>(read as AnyServiceOptions<M>, (context, processOptions) =>
    server.create(context, processOptions, argument),
  )
}

const GUARD = {
  action: text,
  attributes: optional(callback<NonNullable<Guard["attributes"]>>()),
  take: optional(callback<NonNullable<Guard["take"]>>()),
}

const OPTIONS = {
  kind: text,
  server: field<ServerDefinition<unknown, unknown, unknown>>(
    (value) => isDefinition(value) && value instanceof ServerDefinition,
    "made by server",
  ),
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
