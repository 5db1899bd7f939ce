/** Work outside that is allowed: what will be answered is waited for before time passes, and what stays open for ever holds nobody up. */

import { asyncWrapProviders } from "node:async_hooks"
import { execFile, spawn } from "node:child_process"
import { promises as dns } from "node:dns"
import { createReadStream, readFileSync, watch } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { type AddressInfo, connect, createServer as createSocketServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { promisify } from "node:util"
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads"
import { createGzip, gunzipSync, gzip } from "node:zlib"
import { actor, type Runtime } from "pigeonhole"
import { explore, type World } from "pigeonhole/simulation"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const page = import.meta.filename
const allow = ["Timeout", "Immediate", ...Object.keys(asyncWrapProviders).filter((kind) => !["NONE", "PROMISE"].includes(kind))]

/** A real time: what has taken hold of it before is the host's. */
const { setTimeout: taken } = globalThis

let folder = ""
let server: Server
let address = ""

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allowed-"))
  // An answer in two parts, each of which takes a while.
  server = createServer((_request, response) => {
    taken(() => {
      response.write("in two ")
      taken(() => response.end("parts"), 30)
    }, 30)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const compressed = async (): Promise<string> => {
  const stream = createGzip()
  const parts: Buffer[] = []
  stream.on("data", (part: Buffer) => parts.push(part))
  await new Promise<void>((resolve) => void stream.write("in two ", () => resolve()))
  stream.end("parts")
  await new Promise((resolve) => stream.on("end", resolve))
  return gunzipSync(Buffer.concat(parts)).toString()
}

const ANSWERS: readonly (readonly [string, () => Promise<unknown>, unknown])[] = [
  ["a file", async () => (await readFile(page)).length, readFileSync(page).length],
  ["compression", async () => gunzipSync(await promisify(gzip)("text")).toString(), "text"],
  ["a stream of compression that is written to twice", compressed, "in two parts"],
  [
    "a pipeline of streams",
    async () => {
      let length = 0
      await pipeline(createReadStream(page), createGzip(), async (parts: AsyncIterable<Buffer>) => {
        for await (const part of parts) length += part.length
      })
      return length > 0
    },
    true,
  ],
  [
    "a blob that is compressed",
    async () => (await new Response(new Blob(["a"]).stream().pipeThrough(new CompressionStream("gzip"))).blob()).size > 0,
    true,
  ],
  ["a key", async () => (await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-1" }, true, ["sign"])).type, "secret"],
  ["a digest", async () => (await crypto.subtle.digest("SHA-1", new Uint8Array(2))).byteLength, 20],
  [
    "a record of a name server that nobody has",
    async () => {
      const resolver = new dns.Resolver({ timeout: 60, tries: 1 })
      resolver.setServers(["127.0.0.1:1"])
      return await resolver.resolve4("example.test").catch(() => "refused")
    },
    "refused",
  ],
  ["a program that takes a while", async () => (await promisify(execFile)("/bin/sh", ["-c", "sleep 0.05; echo told"])).stdout, "told\n"],
  [
    "the end of a program that says nothing",
    () => new Promise((resolve) => spawn("/bin/sh", ["-c", "sleep 0.05; exit 3"], { stdio: "ignore" }).on("exit", resolve)),
    3,
  ],
  [
    "a worker's message",
    async () => {
      const worker = new Worker("require('node:worker_threads').parentPort.postMessage('told')", { eval: true })
      const told = await new Promise((resolve) => worker.once("message", resolve))
      await worker.terminate()
      return told
    },
    "told",
  ],
  [
    "what a port brings",
    async () => {
      const { port1, port2 } = new MessageChannel()
      const brought = new Promise((resolve) => {
        port2.once("message", resolve)
      })
      port1.postMessage("brought")
      return await brought.finally(() => port2.close())
    },
    "brought",
  ],
  [
    "what is fetched, part by part",
    async () => await (await fetch(`http://${address}`, { headers: { connection: "close" } })).text(),
    "in two parts",
  ],
  [
    "a socket's words",
    async () => {
      const socket = connect(Number(address.split(":")[1]), "127.0.0.1")
      socket.write("GET / HTTP/1.0\r\n\r\n")
      let words = ""
      for await (const part of socket) words += part
      return words.endsWith("parts")
    },
    true,
  ],
  [
    "a web socket that is refused",
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://${address}`)
        socket.onerror = () => resolve("refused")
      }),
    "refused",
  ],
]

/** Asked for by the scenario, while a timer of the world's could fire. */
const inTime = (work: () => Promise<unknown>, expected: unknown) => () => ({
  tree: {},
  async run() {
    const before = Date.now()
    const timer = setTimeout(() => {}, 1000)
    const answer = await work()
    clearTimeout(timer)
    if (answer !== expected || Date.now() !== before) throw new Error(`${answer} after ${Date.now() - before} ms`)
  },
})

const scenario = (run: (runtime: Runtime, world: World) => unknown) => () => ({ tree: {}, run })

describe("what is allowed outside", () => {
  it.each(ANSWERS)("is waited for before time passes: %s", async (_what, work, expected) => {
    const { failure } = await explore(inTime(work, expected), { schedules: 2, allow, strategy: "production" })
    expect([failure?.message, failure?.details]).toEqual([undefined, undefined])
  })

  it("is waited for, where it only brings what others do and nothing else can happen, even by time", async () => {
    const run = async () => {
      const watched = watch(folder)
      const changed = new Promise((resolve) => watched.once("change", resolve))
      await writeFile(join(folder, "changed"), "")
      await changed
      watched.close()
    }
    const { failure } = await explore(scenario(run), { schedules: 2, allow, strategy: "production" })
    expect([failure?.message, failure?.details]).toEqual([undefined, undefined])
  })

  it("and is listened to, as a server is, holds nobody up: time passes", async () => {
    const run = async () => {
      const listening = createSocketServer().listen(0)
      for (let minute = 0; minute < 50; minute += 1) await new Promise((resolve) => setTimeout(resolve, 60_000))
      listening.close()
    }
    const { failure } = await explore(scenario(run), { schedules: 2, allow, strategy: "production" })
    expect(failure?.message).toBeUndefined()
  })

  it("and stays open for ever is waited for in vain for a while in all, and the schedule goes on", async () => {
    const run = async () => {
      const { port1, port2 } = new MessageChannel()
      port2.on("message", () => {})
      for (let minute = 0; minute < 20; minute += 1) await new Promise((resolve) => setTimeout(resolve, 60_000))
      port1.postMessage("never read")
      kept.push(port2)
    }
    const kept: MessagePort[] = []
    try {
      const { failure, schedules } = await explore(scenario(run), { schedules: 5, allow, strategy: "production" })
      expect([failure?.message, schedules]).toEqual([undefined, 5])
    } finally {
      for (const port of kept) port.close()
    }
  })

  it("and was silent for too long is waited for anew when it may have been asked, if only by time", async () => {
    const run = async () => {
      const { port1, port2 } = new MessageChannel()
      const brought = new Promise((resolve) => port2.once("message", resolve))
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      const [before, timer] = [Date.now(), setTimeout(() => {}, 60_000)]
      port1.postMessage("brought")
      await brought
      clearTimeout(timer)
      port2.close()
      if (Date.now() !== before) throw new Error("time passed before")
    }
    const { failure } = await explore(scenario(run), { schedules: 2, allow, strategy: "production" })
    expect(failure?.message).toBeUndefined()
  })

  it("and stays open for ever is named where nothing else can happen", async () => {
    const opened: { close(): unknown }[] = []
    const run = async () => {
      const listening = createSocketServer().listen(0)
      opened.push(listening)
      await new Promise((resolve) => listening.once("connection", resolve))
    }
    try {
      const { failure } = await explore(scenario(run), { schedules: 1, allow })
      expect(failure?.kind).toBe("stuck")
      expect(failure?.details).toContain("allowed, and waited for in vain, for some real time: TCPSERVERWRAP")
    } finally {
      for (const each of opened) each.close()
    }
  })

  it.each<readonly [string, (seen: Seen) => object]>([
    ["before the check, where nobody of the scenario waits for it", (seen) => ({ check: () => seen.length > 0 || "not read" })],
    ["before what is to come does not come any more", () => ({})],
  ])("is waited for %s", async (_when, more) => {
    const seen: Seen = { length: 0 }
    const reader = actor(async () => {
      for (let read = 0; read < 3; read += 1) seen.length = (await readFile(page)).length
    })
    const make = () => {
      seen.length = 0
      return { ...scenario((runtime) => void runtime.spawn(reader))(), ...more(seen) }
    }
    const { failure } = await explore(make, { schedules: 3, allow, eventually: { read: () => seen.length > 0 } })
    expect([failure?.message, failure?.details]).toEqual([undefined, undefined])
  })

  it("has come to an end when the next schedule begins", async () => {
    let left = 0
    const run = () => {
      if (left > 0) throw new Error("something was left under way")
      left += 1
      void readFile(page).then(() => {
        left -= 1
      })
    }
    const { failure } = await explore(scenario(run), { schedules: 20, allow })
    expect(failure?.message).toBeUndefined()
  })
})

interface Seen {
  length: number
}
