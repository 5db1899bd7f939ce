/** `GET` of a Redis server on loopback, sixteen at a time in one write, by the smallest client that can: it only counts replies and looks at what they hold. */

import type { Socket } from "node:net"
import { randomIndexes } from "../random.ts"
import { connected, startRedis } from "../redis-server.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { SESSION_TTL, sessionKeys } from "../session.ts"

const { entries, pipelined, ...sampling } = parameters<Sampling & { entries: number; pipelined: number }>()

const SETS_AT_ONCE = 1000
const LINE_END = "\r\n"

/** Commands in one write, and their replies, each a line: those that carry a text have its length in a line before it. */
class Pipeline {
  readonly #socket: Socket
  #received = ""
  #wanted = 0
  #done: (replies: readonly string[]) => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding("latin1")
    socket.on("data", (part: string) => this.#receive(part))
  }

  /** `lines`: how many lines its replies take. */
  send(commands: string, lines: number): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.#wanted = lines
      this.#done = resolve
      this.#socket.write(commands, "latin1")
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  #receive(part: string): void {
    this.#received += part
    if (!this.#received.endsWith(LINE_END)) return
    const lines = this.#received.split(LINE_END)
    if (lines.length <= this.#wanted) return
    this.#received = ""
    this.#done(lines)
  }
}

const keys = sessionKeys(entries)
const order = randomIndexes(sampling.operations, entries)

function command(...words: readonly (string | number)[]): string {
  const said = words.map((word) => `$${String(word).length}${LINE_END}${word}${LINE_END}`)
  return `*${words.length}${LINE_END}${said.join("")}`
}

const redis = await startRedis()
const pipeline = new Pipeline(await connected(redis.port))

async function fill(): Promise<void> {
  for (let from = 0; from < entries; from += SETS_AT_ONCE) {
    const part = keys.slice(from, from + SETS_AT_ONCE)
    await pipeline.send(part.map((key, i) => command("SET", key, from + i, "EX", SESSION_TTL)).join(""), part.length)
  }
}

// Written before, so that only what Redis and the way to it take is measured.
const commands = keys.map((key) => command("GET", key))

async function getAll(operations: number): Promise<number> {
  let right = 0
  for (let from = 0; from < operations; from += pipelined) {
    const asked = order.subarray(from, Math.min(from + pipelined, operations))
    let text = ""
    for (const index of asked) text += commands[index] as string
    const replies = await pipeline.send(text, asked.length * 2)
    for (let i = 0; i < asked.length; i += 1) if (Number(replies[i * 2 + 1]) === asked[i]) right += 1
  }
  return right
}

await fill()
report(await sample("ns a get", sampling, getAll))
pipeline.end()
await redis.end()
