/** A program with a store that is kept in a file: says when it runs, and what is in it; then writes once a line comes, and ends by itself at the end of its input. */

import { fileSnapshot } from "../../actors/durable.ts"
import { start, store } from "../../actors/index.ts"

const [path = "", value = ""] = process.argv.slice(2)
const runtime = await start({ "app:kept": store<string>({ snapshot: { to: fileSnapshot(path), everyMs: 5 } }) })
const kept = await runtime.acquire("app:kept")
console.log(`has ${await kept.get("key")}`)
process.stdin.on("data", async () => {
  await kept.set("key", value)
  while ((await kept.statistics()).lastSnapshotEntries !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
  console.log("kept")
})
process.stdin.on("end", () => runtime.stop())
