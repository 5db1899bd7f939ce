/**
 * A durable store: what is acknowledged is on disk, and there again for the next program. A condition holds over programs, too: versions are kept.
 *
 * Prints:
 *   sqlite, durability commit
 *   1000 orders are on disk
 *   the next program: order 7 is open, 1000 in all
 *   paid once: true, and not twice: CONFLICT
 *   both accounts, or none: 70 and 30
 */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type StoreMailbox, start } from "pigeonhole"
import { durableStore } from "pigeonhole/durable"

const folder = await mkdtemp(join(tmpdir(), "store-durable-"))
const path = join(folder, "shop.db")

/** A life of the program. */
async function program(work: (orders: StoreMailbox<string | number>) => Promise<void>): Promise<void> {
  await using runtime = await start({ "shop:orders": durableStore<string | number>({ path }) }, { log: () => {} })
  await work(await runtime.acquire("shop:orders"))
}

let version = ""
await program(async (orders) => {
  const { backend, durability } = await orders.info()
  console.log(`${backend}, durability ${durability}`)
  const written = await Promise.all(Array.from({ length: 1000 }, (_, number) => orders.set(`order:${number}`, "open"))) // few commits
  console.log(`${written.length} orders are on disk`)
  version = (await orders.entry("order:7"))?.version ?? ""
})

await program(async (orders) => {
  console.log(`the next program: order 7 is ${await orders.get("order:7")}, ${await orders.count("order:")} in all`)
  await orders.put("order:7", "paid", { ifVersion: version })
  const again = await orders.put("order:7", "paid", { ifVersion: version }).catch((error) => error.kind)
  console.log(`paid once: ${(await orders.get("order:7")) === "paid"}, and not twice: ${again}`)
  await orders.transaction(["alice", "bob"], (tx) => {
    tx.set("alice", 70)
    tx.set("bob", 30)
  })
})
await program(async (orders) => console.log(`both accounts, or none: ${(await orders.getMany(["alice", "bob"])).join(" and ")}`))
await rm(folder, { recursive: true })
