/**
 * A program that a test kills: ten writers, each of which says what it is about to write, writes it, and says when that was acknowledged. Each
 * write is of two keys, which are to be the same, and now and then takes a third away or puts it back.
 *
 * What it says stands in a file before it does anything else: that outlives it. By its output it tells only that it is under way.
 */

import { openSync, writeSync } from "node:fs"
import { CommitQueue } from "../../actors/durable/commit-queue.ts"
import { type Change, sqliteDatabase } from "../../actors/durable.ts"

const [path, name, record] = process.argv.slice(2) as [string, string, string]
const file = openSync(record, "w")
const say = (line: string): void => void writeSync(file, `${line}\n`)

const database = sqliteDatabase({ path })
const { lastVersion, epoch } = await database.open()
const queue = new CommitQueue({ database, now: Date.now })
let version = lastVersion

function put(key: string, text: string): Change {
  version += 1
  // Of many sizes, so that commits end in the middle of pages and behind several.
  const value = new TextEncoder().encode(text.padEnd(20 + ((version * 7919) % 9000)))
  return { type: "put", key, value, version, expiresAt: undefined, idleMs: undefined, limitAt: undefined }
}

function third(writer: number, round: number): Change {
  if (round % 3 !== 0) return put(`${writer}:third`, `${name}:${round}`)
  version += 1
  return { type: "remove", key: `${writer}:third`, version }
}

async function write(writer: number): Promise<void> {
  for (let round = 1; ; round += 1) {
    const text = `${name}:${round}`
    const changes = [put(`${writer}:first`, text), put(`${writer}:second`, text), third(writer, round)]
    say(`begun ${writer} ${round} ${version}`)
    await queue.add(changes)
    say(`acknowledged ${writer} ${round} ${version}`)
    if (round === 1 && writer === 0) writeSync(1, "under way")
  }
}

say(`opened ${epoch} ${lastVersion}`)
await Promise.all(Array.from({ length: 10 }, (_, writer) => write(writer)))
