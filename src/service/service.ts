/**
 * Defines a service with a mailbox of its own: a server, what each of its names needs permission for, and the face that
 * callers get. The store is one; whatever is more than calls and casts by name can be written like it.
 */

import { invalid } from "../kernel/errors.ts"
import { isList } from "../kernel/instance.ts"
import { anything, callback, field, listOf, oneOf, optional, text } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition, isDefinition } from "../process/definition.ts"
import { ServerDefinition } from "../server/server.ts"
import type { StateAfterCrash } from "../supervision/child-spec.ts"
import { type Guard, guardOf } from "./guard.ts"
import type { Mailbox, MailboxPort } from "./mailbox.ts"
import type { Reception } from "./service-record.ts"

/** A service of one's own: the server behind it, the permission each of its operations needs, the mailbox before it. */
export interface ServiceOptions<Argument, M extends Mailbox> {
  /** What messages call it: `store`. */
  readonly kind: string
  /** The server behind it, made by `server`. */
  readonly server: ServerDefinition<Argument, unknown, unknown>
  /** What the server's `init` is given, at each start. */
  readonly argument: Argument
  /** The action that acquiring needs. */
  readonly acquire: string
  /** By name of call or cast. One without a guard needs `service.call.NAME` or `service.cast.NAME`. */
  readonly guards: Readonly<Record<string, Guard>>
  /** What the next incarnation starts with after a crash, where its child spec does not say. Default `reset`. */
  readonly state?: StateAfterCrash
  /** Makes what `acquire` returns. */
  readonly mailbox: (port: MailboxPort) => M
}

type AnyServiceOptions<M extends Mailbox> = Omit<ServiceOptions<unknown, M>, "argument">

let receptionBehind: (definition: ServiceDefinition<Mailbox>) => Reception

/** What `service` makes: to put under a supervisor by an id, and to acquire by that id. */
export class ServiceDefinition<out M extends Mailbox> extends Definition<undefined> {
  readonly #reception: Reception
  readonly #create: (context: Context, options: ProcessOptions) => Process
  readonly #state: StateAfterCrash
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
    this.#state = options.state ?? "reset"
  }

  override get state(): StateAfterCrash {
    return this.#state
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

const actionList = listOf(text, "a list of actions")

/** Of none, everybody would have leave. */
function actions(value: unknown, path: string): readonly string[] {
  const read = actionList(value, path)
  if (read.length === 0) throw invalid(path, "must name an action; it is an empty list")
  return read
}

const GUARD = {
  action: (value: unknown, path: string): string | readonly string[] => (isList(value) ? actions(value, path) : text(value, path)),
  attributes: optional(callback<NonNullable<Guard["attributes"]>>()),
  each: optional(callback<NonNullable<Guard["each"]>>()),
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
    Object.fromEntries(entriesOf(value, path).map(([name, guard]) => [name, guardFrom(guard, `${path}.${name}`)])),
  state: optional(oneOf<StateAfterCrash>("reset", "retain")),
  mailbox: callback<(port: MailboxPort) => Mailbox>(),
}

function guardFrom(value: unknown, path: string): Guard {
  const guard = readOptions(value, GUARD, path)
  if (guard.attributes !== undefined && guard.each !== undefined)
    throw invalid(`${path}.each`, "stands in the place of attributes: give one of them")
  return guard as Guard
}
