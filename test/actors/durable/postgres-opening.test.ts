/** A PostgreSQL database that nobody wants any more while it is being opened: it is not waited for, and keeps no program alive. No server is needed. */

import { createServer, type Server, type Socket } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { postgresDatabase } from "../../../actors/durable.ts"
import { refusal } from "../../support/errors.ts"

/** Longer than a test may take. */
const openTimeoutMs = 3_600_000

interface Listening {
  readonly url: string
  readonly server: Server
  /** Those that have come, and are there still. */
  readonly sockets: Set<Socket>
}

/** Takes connections; what becomes of one is the caller's matter. */
async function listening(came: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    came(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as { port: number }
  return { url: `postgres://nobody@127.0.0.1:${port}/nothing`, server, sockets }
}

describe("a database that nobody wants any more before it is open", () => {
  it("is not tried again where nobody listens", async () => {
    const given = new AbortController()
    let tried = 0
    const { url } = await listening((socket) => {
      tried += 1
      socket.destroy()
      if (tried === 2) given.abort()
    })
    const error = await refusal(postgresDatabase({ url, openTimeoutMs }).open(given.signal))
    expect(error.kind).toBe("UNAVAILABLE")
    expect(tried).toBeLessThanOrEqual(3)
  })

  it("lets go of a server that does not answer", async () => {
    const given = new AbortController()
    const { url, sockets } = await listening(() => given.abort())
    expect((await refusal(postgresDatabase({ url, openTimeoutMs }).open(given.signal))).kind).toBe("UNAVAILABLE")
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it("is not waited for where that was so before", async () => {
    const { url } = await listening(() => {})
    expect((await refusal(postgresDatabase({ url, openTimeoutMs }).open(AbortSignal.abort()))).kind).toBe("UNAVAILABLE")
  })
})
