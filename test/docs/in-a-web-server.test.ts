/** The web servers of the guide, each in a program of its own, told to end by a real signal while a request is under way. */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, describe, expect, it, vi } from "vitest"
import { inItsGuide } from "../house/definitions.ts"
import { type Example, examplesOfPaper, programOf } from "../house/example.ts"
import { exportedNames } from "../house/exported.ts"
import { PROJECT } from "../house/source.ts"

vi.setConfig({ testTimeout: 60_000 })

const GUIDE = "docs/in-a-web-server.md"
const blocks = examplesOfPaper(GUIDE, readFileSync(join(PROJECT, GUIDE), "utf8"))
const VISIT = /^console\.log\(await visit\((.*?)\)\)[\s\S]*/m
const servers = blocks.filter(({ code }) => VISIT.test(code))
const nameOf = ({ code }: Example): string => /"(express|fastify|hono)"/.exec(code)?.[1] ?? "?"

mkdirSync(join(PROJECT, ".vitest"), { recursive: true })
const folder = mkdtempSync(join(PROJECT, ".vitest", "web-server-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const agent = new Agent({ keepAlive: true })
afterAll(() => agent.destroy())

/** The block as a program, which tells its port and goes on in place of the visit and the end. */
function programFor(block: Example): string {
  const code = block.code.replace(VISIT, "console.log(await portOf($1))\nruntime.onEnded((reason) => console.log(reason))\n")
  const names = new Map(exportedNames("actors/index.ts").map(({ name, isType }) => [name, { entry: "pigeonhole", isType }]))
  const surroundings = { names, declarations: [["portOf", 'import { portOf } from "../../test/docs/port-of.ts"'] as const] }
  return programOf({ ...block, code }, inItsGuide(block, blocks, surroundings), "../../test/house/recorder.ts")
}

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly printed: string[]
  /** Resolves with code and signal. */
  readonly ended: Promise<unknown[]>
}

async function startProgram(name: string, text: string): Promise<Running> {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, text)
  const child = spawn(process.execPath, ["--import", "./test/house/package-names.ts", file], {
    cwd: PROJECT,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(child, "close")
  const printed: string[] = []
  const lines = createInterface({ input: child.stdout })
  const first = once(lines, "line")
  lines.on("line", (line) => printed.push(line))
  const [port] = await Promise.race([first, ended.then(() => ["0"])])
  return { child, port: Number(port), printed, ended }
}

const TEA = JSON.stringify({ item: "tea" })

/** An order whose head has been taken, and whose body is still to come. */
async function orderUnderWay(port: number): Promise<ClientRequest> {
  const headers = { "content-type": "application/json", "content-length": TEA.length, expect: "100-continue" }
  const order = request({ host: "127.0.0.1", port, path: "/orders", method: "POST", agent, headers })
  order.flushHeaders()
  await once(order, "continue")
  return order
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  const refused = await Promise.race([once(socket, "connect").then(() => false), once(socket, "error").then(() => true)]).catch(() => true)
  socket.destroy()
  return refused
}

async function untilRefused(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isRefused(port)) return
    await sleep(10)
  }
  throw new Error(`port ${port} still takes connections`)
}

describe("the guide's web servers", () => {
  it("are three", () => {
    expect(servers.map(nameOf)).toEqual(["express", "fastify", "hono"])
  })
})

describe.each(servers.map((block) => [nameOf(block), block] as const))("told to end by SIGTERM: %s", (name, block) => {
  it("answers what is under way, takes no new connection, drains its tree, and ends by itself with 0", async () => {
    const { child, port, printed, ended } = await startProgram(name, programFor(block))
    const order = await orderUnderWay(port)
    const answered = once(order, "response")
    child.kill("SIGTERM")
    await untilRefused(port)
    expect(printed).toEqual([String(port)])
    order.end(TEA)
    const [answer] = (await answered) as [IncomingMessage]
    expect([answer.statusCode, JSON.parse((await answer.toArray()).join(""))]).toEqual([201, { item: "tea", left: 1 }])
    const answeredAt = performance.now()
    expect(await ended).toEqual([0, null])
    expect(performance.now() - answeredAt, "a connection that its client keeps alive is not waited for").toBeLessThan(4_000)
    expect(printed).toEqual([String(port), "shutdown"])
  })

  it("waits for nobody longer than it says", async () => {
    const text = programFor(block)
    expect(text).toContain("http.closeAllConnections(), 10_000")
    const { child, port, printed, ended } = await startProgram(`${name}-late`, text.replace("Connections(), 10_000", "Connections(), 200"))
    const order = await orderUnderWay(port)
    const failed = once(order, "error").catch((error: Error) => error)
    child.kill("SIGTERM")
    await failed
    expect(await ended).toEqual([0, null])
    expect(printed).toEqual([String(port), "shutdown"])
  })
})
