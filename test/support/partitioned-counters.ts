/** Counters by key, over partitions: the smallest service that is spread over several processes and looks like one. */

import {
  Mailbox,
  type MailboxPort,
  NotFound,
  type PartitionedPort,
  type ServerSelf,
  type ServiceDefinition,
  type ServiceOptions,
  server,
  service,
} from "../../src/index.ts"
import { partitionIndex } from "../../src/service/partition.ts"

interface Named {
  readonly key: string
}

/** Counts by key; crashes on demand. `notes`: by the keys it has, who has left it, and that it has ended. */
const counting = (notes: string[], begin: (self: ServerSelf) => unknown, end: () => unknown) =>
  server({
    init: async (_argument: undefined, self) => {
      await begin(self)
      return new Map<string, number>()
    },
    call: {
      add: (counts, { key }: Named) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key) ?? 0
      },
      get: (counts, { key }: Named) => counts.get(key) ?? 0,
      all: (counts) => [...counts],
      crash: (_counts, { key }: Named): void => {
        throw new Error(`boom ${key}`)
      },
    },
    detached: (counts, attachment) => void notes.push(`${[...counts.keys()]} left by ${attachment}`),
    terminate: async (counts) => {
      notes.push(`${[...counts.keys()]} ended`)
      await end()
    },
  })

type Route = ReturnType<ReturnType<typeof counting>["route"]>
type RouteOf = (name: "add" | "get" | "all" | "crash") => Route

export class CountersMailbox extends Mailbox {
  readonly #port: MailboxPort
  readonly #ports: readonly MailboxPort[]
  readonly #portOf: (key: string) => MailboxPort
  readonly #route: RouteOf

  constructor(port: MailboxPort | PartitionedPort, route: RouteOf) {
    super(port)
    this.#port = port
    this.#ports = "partitions" in port ? port.partitions : [port]
    this.#portOf = "partitions" in port ? (key) => port.portOf(key) : () => port
    this.#route = route
  }

  get number(): number {
    return this.attachment
  }

  get ports(): readonly MailboxPort[] {
    return this.#ports
  }

  add(key: string): Promise<unknown> {
    return this.#portOf(key).ask(this.#route("add"), { key })
  }

  get(key: string): Promise<unknown> {
    return this.#portOf(key).ask(this.#route("get"), { key })
  }

  /** Of all partitions. */
  all(): Promise<ReadonlyMap<string, number>> {
    const lists = Promise.all(this.#ports.map((port) => port.ask(this.#route("all"), undefined)))
    return this.#port.unheardAfterEnd(lists.then((all) => new Map((all as [string, number][][]).flat())))
  }

  /** As `all`, but for what its face has against it. */
  refusing(): Promise<never> {
    return this.#port.refused(new NotFound("there is none"))
  }

  get deadlock(): unknown {
    return this.bootDeadlock()
  }

  crash(key: string): Promise<unknown> {
    return this.#portOf(key).ask(this.#route("crash"), { key })
  }

  /** For no partition. */
  anywhere(): Promise<unknown> {
    return this.ask(this.#route("all"), undefined)
  }

  toAnywhere(): boolean {
    return this.post(this.#route("all"), undefined)
  }
}

export type CountersOptions = Partial<Omit<ServiceOptions<undefined, CountersMailbox>, "server" | "argument" | "mailbox">> & {
  readonly notes?: string[]
  /** What each process does before it serves. */
  readonly begin?: (self: ServerSelf) => unknown
  /** What each does before it ends. */
  readonly end?: () => unknown
}

/** Four partitions, where nothing else is said. */
export function counters({
  notes = [],
  begin = () => {},
  end = () => {},
  ...options
}: CountersOptions = {}): ServiceDefinition<CountersMailbox> {
  const definition = counting(notes, begin, end)
  const route: RouteOf = (name) => definition.route("call", name)
  return service({
    kind: "counters",
    acquire: "counters.get",
    guards: {
      add: { action: "counters.add", attributes: ({ key }: Named) => ({ key }) },
      get: { action: "counters.read", attributes: ({ key }: Named) => ({ key }) },
      all: { action: "counters.read" },
      crash: { action: "counters.crash" },
    },
    partitions: 4,
    partitioned: (port) => new CountersMailbox(port, route),
    ...options,
    server: definition,
    argument: undefined,
    mailbox: (port) => new CountersMailbox(port, route),
  })
}

/** A key of each of so many partitions, in order. */
export function keysOf(partitions: number): readonly string[] {
  const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
  return Array.from({ length: partitions }, (_, index) => keys.find((key) => partitionIndex(key, partitions) === index) as string)
}
