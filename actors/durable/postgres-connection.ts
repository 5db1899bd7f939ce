/**
 * A connection to PostgreSQL by the package `pg`, which is loaded when the first is made.
 *
 * What is asked is carried out in the order it was asked. A connection that is lost says so to who asks next: it is never opened again, another one is.
 */

import { Socket } from "node:net"
import type { Client } from "pg"
import { noDriver } from "./postgres-errors.ts"

/** How long to wait for a server that does not answer. */
const CONNECT_TIMEOUT_MS = 10_000

export class PostgresConnection {
  readonly #client: Client
  readonly #asked = new Set<Promise<unknown>>()

  private constructor(client: Client) {
    this.#client = client
    // It tells of its loss whenever that comes: nobody to hear it would be an uncaught error.
    client.on("error", ignore)
  }

  /**
   * One that waits for what others have locked no longer than `busyTimeoutMs`; where nothing is said, as long as they have. It is lost once `signal` is
   * aborted.
   */
  static async to(url: string, signal: AbortSignal, busyTimeoutMs?: number): Promise<PostgresConnection> {
    const Client = await driver()
    const connectionString = url
    const client = new Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: "pigeonhole",
      keepAlive: true,
      types: TYPES,
      stream: () => new Socket({ signal }),
    })
    const connection = new PostgresConnection(client)
    try {
      await client.connect()
      await client.query("SET bytea_output = hex; SET synchronous_commit = on")
      // To PostgreSQL 0 means no limit.
      if (busyTimeoutMs !== undefined) await client.query(`SET lock_timeout = ${Math.max(1, busyTimeoutMs)}`)
      return connection
    } catch (error) {
      await connection.end()
      throw error
    }
  }

  /** The rows; `Row` is what `text` gives. */
  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const asked = this.#client.query<Row>(text, [...values])
    const settled = asked.then(ignore, ignore)
    this.#asked.add(settled)
    try {
      return (await asked).rows
    } finally {
      this.#asked.delete(settled)
    }
  }

  /** All of it, or nothing. Nothing else is to be asked meanwhile. */
  async transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.query("BEGIN")
    try {
      const result = await work()
      await this.query("COMMIT")
      return result
    } catch (error) {
      // One that is lost was undone by the server.
      await this.query("ROLLBACK").catch(ignore)
      throw error
    }
  }

  /** Behind all that was asked: who ends a client cuts that short. Never rejects. */
  async end(): Promise<void> {
    await Promise.all(this.#asked)
    await this.#client.end().catch(ignore)
  }
}

async function driver(): Promise<typeof Client> {
  try {
    return (await import("pg")).default.Client
  } catch (cause) {
    throw noDriver(cause)
  }
}

const [BOOL, BYTEA, FLOAT8] = [16, 17, 701]

/** Our own: a program may have told the driver to read types otherwise, for all of it. */
const TYPES = {
  getTypeParser:
    (type: number) =>
    (text: string): unknown => {
      if (type === BYTEA) return Buffer.from(text.slice(2), "hex")
      if (type === FLOAT8) return Number(text)
      return type === BOOL ? text === "t" : text
    },
}

function ignore(): void {}
