/** A program: commits one snapshot after the other to the file it is given, all entries of the n-th of value n, and prints n after each. */

import process from "node:process"
import { fileSnapshot } from "../../actors/durable/file-snapshot.ts"
import { SnapshotEncoder } from "../../actors/store/snapshot-encoder.ts"

const ENTRIES = 2000
const ENDLESS = { remainingMs: Number.POSITIVE_INFINITY, idleMs: 0, limitMs: Number.POSITIVE_INFINITY }

const place = fileSnapshot(process.argv[2] ?? "")

for (let round = 1; ; round += 1) {
  const encoder = new SnapshotEncoder({ epoch: "e", lastVersion: round, cutAt: round })
  const writer = await place.write()
  for (let n = 0; n < ENTRIES; n += 1) {
    encoder.add({ key: `key ${n}`, value: round, version: n, ...ENDLESS })
    for (const chunk of encoder.take()) await writer.append(chunk)
  }
  for (const chunk of encoder.end()) await writer.append(chunk)
  await writer.commit()
  process.stdout.write(`${round}\n`)
}
