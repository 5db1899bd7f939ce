/**
 * A PostgreSQL of a test's own: a cluster in a folder that is gone afterwards, which listens on loopback alone.
 *
 * Debian's `postgresql`. It refuses to run as root: there, it runs as the user that came with it. What is not installed is skipped, and said so;
 * in CI it fails.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"

/** Where its programs are; `undefined` where it is not installed. The newest, where there are several. */
export const POSTGRES = globSync("/usr/lib/postgresql/*/bin")
  .filter((folder) => existsSync(join(folder, "initdb")))
  .sort(byRelease)
  .at(-1)

function byRelease(one: string, other: string): number {
  return Number(/\d+/.exec(one)?.[0]) - Number(/\d+/.exec(other)?.[0])
}

/** A cluster that runs. */
export interface Cluster {
  readonly port: number
  stop(): Promise<void>
}

/** Makes a cluster and starts it. Nothing of it is synced: what is tested is what is said to it, not its disk. */
export async function startPostgres(programs: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-postgres-"))
  const owner = process.getuid?.() === 0 ? ownerOf("postgres") : {}
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid)
  const data = join(folder, "data")
  const initial = ["-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
  execFileSync(join(programs, "initdb"), initial, { ...owner, cwd: folder, stdio: "ignore" })
  const port = await freePort()
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories="].flatMap((one) => ["-c", one])
  const server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...settings], {
    ...owner,
    cwd: folder,
    stdio: "ignore",
  })
  const stop = async (): Promise<void> => {
    await ended(server)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answers(port, server)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, stop }
}

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

function ownerOf(user: string): Owner {
  const id = (flag: string): number => Number(execFileSync("id", [flag, user], { encoding: "utf8" }))
  return { uid: id("-u"), gid: id("-g") }
}

/** SIGINT is its fast shutdown. */
function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.on("exit", () => resolve())
    server.kill("SIGINT")
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })
}

const MOST_TRIES = 200

/** Nobody says when it is ready: it is asked until it is. */
async function answers(port: number, server: ChildProcess): Promise<void> {
  for (let left = MOST_TRIES; ; left -= 1) {
    const client = connectionTo(port)
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (left === 0 || server.exitCode !== null) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** A connection to it, not opened yet. */
export function connectionTo(port: number): Client {
  return new Client({ host: "127.0.0.1", port, user: "test", database: "postgres" })
}

/** A way to a cluster that can be cut. */
export interface Gate {
  readonly port: number
  open(): Promise<void>
  /** Ends all that goes through it; nobody is let in until it is opened. */
  close(): Promise<void>
}

/** One that is open. */
export async function gateTo(port: number): Promise<Gate> {
  const sockets = new Set<Socket>()
  const gate = createServer((inside) => {
    const outside = connect(port, "127.0.0.1")
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(one)
      one.on("error", () => {})
      one.on("close", () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  const own = await freePort()
  const open = (): Promise<void> => new Promise((resolve) => gate.listen(own, "127.0.0.1", resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      gate.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  await open()
  return { port: own, open, close }
}

/** The same as a URL. */
export function urlOf({ port }: { readonly port: number }): string {
  return `postgres://test@127.0.0.1:${port}/postgres`
}
