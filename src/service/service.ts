/**
 * Defines a service with a mailbox of its own: a server, what each of its names needs permission for, and the face that
 * callers get. The store is one; whatever is more than calls and casts by name can be written like it.
 */

import { Invalid, invalid } from "../kernel/errors.ts"
import { isList } from "../kernel/instance.ts"
import { anything, callback, field, listOf, oneOf, optional, text, wholeNumber } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import type { Process, ProcessOptions } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { Definition, isDefinition } from "../process/definition.ts"
import type { NeedOf, WithNeeds } from "../process/needs.ts"
import { ServerDefinition } from "../server/server.ts"
import type { StateAfterCrash } from "../supervision/child-spec.ts"
import { type Guard, guardOf } from "./guard.ts"
import type { Mailbox, MailboxPort } from "./mailbox.ts"
import { MOST_PARTITIONS } from "./partition.ts"
import type { PartitionedPort } from "./partitioned-port.ts"
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
  /** Makes what `acquire` returns; of a service with partitions, what it returns for one of them. */
  readonly mailbox: (port: MailboxPort) => M
  /**
   * Spreads the service over so many processes, from 1 to 65 536, each supervised for itself: `acquire` by the id gives one mailbox over all of
   * them, made by `partitioned`. Default: one process, and no partitions.
   */
  readonly partitions?: number
  /** Makes what `acquire` returns of a service with partitions: it says which partition each message is for. */
  readonly partitioned?: (port: PartitionedPort) => M
  /**
   * What the server's `init` is given in each partition, counted from 0, in the place of `argument`: for what each has of its own. Called when the
   * service is defined. Default: all are given `argument`.
   */
  readonly argumentOf?: (partition: number) => Argument
}

/** How a service is spread over partitions. */
export interface Partitioning {
  readonly partitions: number
  createMailbox(port: PartitionedPort): Mailbox
}

type AnyServiceOptions<M extends Mailbox> = Omit<ServiceOptions<unknown, M>, "argument">

/** Makes a process of it: of that partition, where it has some. */
type CreateProcess = (context: Context, options: ProcessOptions, partition?: number) => Process

let receptionBehind: (definition: ServiceDefinition<Mailbox>) => Reception
let partitioningBehind: (definition: ServiceDefinition<Mailbox>) => Partitioning | undefined
let partBehind: (definition: ServiceDefinition<Mailbox>, partition: number) => ServiceDefinition<Mailbox>

/** What `service` makes: to put under a supervisor by an id, and to acquire by that id. */
export class ServiceDefinition<out M extends Mailbox> extends Definition<undefined> {
  readonly #reception: Reception
  readonly #options: AnyServiceOptions<M>
  readonly #create: CreateProcess
  readonly #state: StateAfterCrash
  readonly #canRestore: boolean
  readonly #partitioning: Partitioning | undefined
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  static {
    receptionBehind = (definition) => definition.#reception
    partitioningBehind = (definition) => definition.#partitioning
    partBehind = (definition, partition) =>
      definition.#options.argumentOf === undefined
        ? definition
        : new ServiceDefinition(definition.#options, (context, options) => definition.#create(context, options, partition))
  }

  constructor(options: AnyServiceOptions<M>, create: CreateProcess) {
    super()
    this.#options = options
    const { kind, server, acquire, guards, mailbox, partitions, partitioned } = options
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
    this.#canRestore = server.canRestore
    if (partitions !== undefined && partitioned !== undefined) this.#partitioning = { partitions, createMailbox: partitioned }
  }

  override get state(): StateAfterCrash {
    return this.#state
  }

  override get canRestore(): boolean {
    return this.#canRestore
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

/** How it is spread over partitions; `undefined`: it is one process. */
export function partitioningOf(definition: unknown): Partitioning | undefined {
  return isDefinition(definition) && definition instanceof ServiceDefinition ? partitioningBehind(definition) : undefined
}

/** What runs as one of its partitions. */
export function partOfService(definition: ServiceDefinition<Mailbox>, partition: number): ServiceDefinition<Mailbox> {
  return partBehind(definition, partition)
}

/**
 * Defines a service: what is put under a supervisor by an id, and acquired by that id.
 *
 * With `partitions` it is so many processes `id#0`, `id#1`, … under a supervisor of their own, and still one service: one id, one mailbox, one
 * permission to acquire, one release. What its child spec says of restart, stop, state, inbox and identity is said of each partition;
 * `onDetach` and `requires` of the whole. What policies say of the id counts for each message to a partition. A crash is one partition's:
 * what is for it waits until it is back, and the others go on.
 *
 * Errors  Invalid, naming the field; also for a guard without a call or cast of its name, for `partitions` without `partitioned`, for an `argumentOf` that throws.
 * Cost    to acquire and to release one with partitions: O(partitions).
 *
 * @example
 * const counter = server({
 *   init: () => new Map<string, number>(),
 *   call: { add: (counts, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1).get(key) },
 * })
 * class Counters extends Mailbox {
 *   readonly add: (key: string) => Promise<unknown>
 *   constructor(port: MailboxPort, portOf: (key: string) => MailboxPort) {
 *     super(port)
 *     this.add = (key) => portOf(key).ask(counter.route("call", "add"), key)
 *   }
 * }
 * const definition = service({
 *   kind: "counters",
 *   server: counter,
 *   argument: undefined,
 *   acquire: "counters.get",
 *   guards: { add: { action: "counters.add" } },
 *   mailbox: (port) => new Counters(port, () => port),
 *   partitions: 4,
 *   partitioned: (port) => new Counters(port, (key) => port.portOf(key)),
 * })
 * await using runtime = await start({ "app:counters": definition })
 * const counters = await runtime.acquire("app:counters")
 * await counters.add("k") // => 1
 */
export function service<Argument, M extends Mailbox, Server>(
  options: ServiceOptions<Argument, M> & { readonly server: Server },
): ServiceDefinition<M> & WithNeeds<NeedOf<Server>> {
  const read = readOptions(options, OPTIONS)
  const { server, argument, guards } = read
  const names = server.routes.map(({ name }) => name)
  const stray = Object.keys(guards).find((name) => !names.includes(name))
  if (stray !== undefined) throw invalid(`guards.${stray}`, "guards a name that the server does not have")
  if (read.state === "restore" && !server.canRestore) throw invalid("state", "must be reset or retain: its server defines no restore")
  if (read.partitions !== undefined && read.partitioned === undefined)
    throw invalid("partitioned", "is missing: a service with partitions needs a mailbox over all of them")
  const own = ownArguments(read)
  const definition = new ServiceDefinition<M>(read as AnyServiceOptions<M>, (context, processOptions, partition) =>
    server.create(context, processOptions, own === undefined || partition === undefined ? argument : own[partition]),
  )
  return definition as typeof definition & WithNeeds<NeedOf<Server>>
}

/** Asked for once, so that each incarnation of a partition is given the same. */
function ownArguments({ partitions, argumentOf }: Pick<ServiceOptions<unknown, Mailbox>, "partitions" | "argumentOf">) {
  if (argumentOf === undefined) return undefined
  if (partitions === undefined) throw invalid("argumentOf", "is for partitions, and there are none")
  return Array.from({ length: partitions }, (_, partition) => {
    try {
      return argumentOf(partition)
    } catch (cause) {
      throw cause instanceof Invalid ? cause : invalid("argumentOf", `has thrown for partition ${partition}`, cause)
    }
  })
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
  state: optional(oneOf<StateAfterCrash>("reset", "retain", "restore")),
  mailbox: callback<(port: MailboxPort) => Mailbox>(),
  partitions: optional(wholeNumber(1, MOST_PARTITIONS)),
  partitioned: optional(callback<(port: PartitionedPort) => Mailbox>()),
  argumentOf: optional(callback<(partition: number) => unknown>()),
}

function guardFrom(value: unknown, path: string): Guard {
  const guard = readOptions(value, GUARD, path)
  if (guard.attributes !== undefined && guard.each !== undefined)
    throw invalid(`${path}.each`, "stands in the place of attributes: give one of them")
  return guard as Guard
}
