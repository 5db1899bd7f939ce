/**
 * A program that a test kills: ten writers of a durable store, by its mailbox. Each says which number it is about to write, writes it under two keys as
 * one step, and says when that was acknowledged; then it counts a third one up, and loads a fourth, and says so each time: what is told of one of them
 * is not to rest on the commit of another. Beside them somebody says what a watch has told, and which fences leases have.
 *
 * What it says stands in a file before it does anything else: that outlives it. By its output it tells only that it is under way. Where it is told so, it
 * kills itself as soon as it has said the n-th time that something is done: what is not on disk by then has no other moment to get there.
 */

import { openSync, writeSync } from "node:fs"
import { durableStore } from "../../actors/durable.ts"
import { start } from "../../actors/index.ts"

const [path, record, diesAt] = process.argv.slice(2) as [string, string, string]
const file = openSync(record, "a")
const DONE = /^(acknowledged|counted|loaded|told)/
let done = 0
function say(line: string): void {
  writeSync(file, `${line}\n`)
  if (DONE.test(line)) done += 1
  if (done === Number(diesAt)) process.kill(process.pid, "SIGKILL")
}

const runtime = await start({ "app:numbers": durableStore<number>({ path }) })
const store = await runtime.acquire("app:numbers")

async function write(writer: number): Promise<void> {
  const [first, second, third] = [`${writer}:first`, `${writer}:second`, `${writer}:third`]
  for (let number = ((await store.get(first)) ?? 0) + 1; ; number += 1) {
    say(`begun ${writer} ${number}`)
    await store.transaction([first, second], (tx) => {
      tx.set(first, number)
      tx.set(second, number)
    })
    say(`acknowledged ${writer} ${number}`)
    say(`counted ${writer} ${(await store.increment(third)).value}`)
    const loaded = await store.getOrSet(`${writer}:loaded:${number}`, async () => number)
    say(`${loaded === number ? "loaded" : "wrong"} ${writer} ${number}`)
    if (number % 5 === 0 && writer === 0) writeSync(1, "under way")
  }
}

async function tell(): Promise<void> {
  for await (const { type, key = "", value } of store.watch({ prefix: "", room: 100_000 })) {
    if (type === "set" && key.endsWith(":first")) say(`told ${key.split(":")[0]} ${value}`)
  }
}

async function lease(): Promise<void> {
  for (;;) {
    const { fence, release } = await store.lease("one").then((one) => ({ fence: one.fence, release: () => one.release() }))
    say(`fence ${fence}`)
    await release()
    await store.set("fence", fence)
  }
}

void tell()
void lease()
await Promise.all(Array.from({ length: 10 }, (_, writer) => write(writer)))
