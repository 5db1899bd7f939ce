/** A Redis server of the bench's own: on loopback, at a port that was free, with nothing on disk. Debian's `redis-server`, where it is there. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { setTimeout as delay } from "node:timers/promises"

const PROGRAM = "redis-server"
const STARTS_WITHIN_MS = 10_000
const TRIES_EVERY_MS = 20

/** Why there is none; `undefined` where there is. */
export function absenceOfRedis(): string | undefined {
  try {
    execFileSync(PROGRAM, ["--version"], { stdio: "ignore" })
    return undefined
  } catch {
    return `no ${PROGRAM} on this machine (Debian: apt install redis-server)`
  }
}

export interface RedisServer {
  readonly port: number
  end(): Promise<void>
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tmpdir()]
  const server = spawn(PROGRAM, options, { stdio: "ignore" })
  const endNow = () => server.kill("SIGKILL")
  process.once("exit", endNow)
  return {
    port,
    end: async () => {
      process.off("exit", endNow)
      await ended(server)
    },
  }
}

/** Once the server listens. */
export async function connected(port: number): Promise<Socket> {
  for (let left = STARTS_WITHIN_MS; ; left -= TRIES_EVERY_MS) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    try {
      await once(socket, "connect")
      return socket
    } catch (error) {
      if (left <= 0) throw error
      await delay(TRIES_EVERY_MS)
    }
  }
}

async function ended(server: ChildProcess): Promise<void> {
  const over = once(server, "exit")
  server.kill("SIGTERM")
  await over
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const address = probe.address()
  probe.close()
  await once(probe, "close")
  if (address === null || typeof address === "string") throw new Error("the host gives no port")
  return address.port
}
