/**
 * A store that begins with what the last life of the program has kept: what lived has what is left of its time, what is over stays so, and a file that
 * nobody can read is set aside.
 *
 * Prints:
 *   the first program: 2 entries, durability snapshot
 *   the second program: alice, for less than an hour: true; what was over stays so: true
 *   its versions go on rising: true
 *   the third program, with a damaged file: 0 entries
 *   set aside: sessions.snapshot.foreign-1
 */

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type StoreMailbox, start, store } from "pigeonhole"
import { fileSnapshot } from "pigeonhole/durable"

const folder = await mkdtemp(join(tmpdir(), "store-restore-"))
const file = join(folder, "sessions.snapshot")

/** A life of the program: a snapshot is taken ten seconds after a change, and at the stop. */
async function program(work: (sessions: StoreMailbox<string>) => Promise<void>): Promise<void> {
  const sessions = store<string>({ snapshot: { to: fileSnapshot(file), everyMs: 10_000 } })
  await using runtime = await start({ "web:sessions": sessions }, { log: () => {} })
  await work(await runtime.acquire("web:sessions"))
}

let lastVersion = ""
await program(async (sessions) => {
  await sessions.set("session:1", "alice", 3600)
  lastVersion = (await sessions.put("session:2", "bob", { ttl: 0.1 })).version
  console.log(`the first program: ${await sessions.count()} entries, durability ${(await sessions.info()).durability}`)
})

await sleep(150)
await program(async (sessions) => {
  const left = (await sessions.ttl("session:1")) ?? 0
  const isOver = !(await sessions.has("session:2"))
  console.log(
    `the second program: ${await sessions.get("session:1")}, for less than an hour: ${left < 3600}; what was over stays so: ${isOver}`,
  )
  const { version } = await sessions.put("session:3", "carol")
  console.log(`its versions go on rising: ${version > lastVersion}`)
})

await writeFile(file, "what somebody else has written")
await program(async (sessions) => console.log(`the third program, with a damaged file: ${await sessions.count()} entries`))
console.log(`set aside: ${(await readdir(folder)).find((name) => name.includes("foreign"))}`)
await rm(folder, { recursive: true })
