/** A recorded request stream: gzip (or plain text), one key a line, in request order. */

import { readFile } from "node:fs/promises"
import { gunzipSync } from "node:zlib"

const GZIP_MAGIC = [0x1f, 0x8b]

/** The keys in order. Errors: what `readFile` and `gunzip` throw; an error for a file without keys. */
export async function readTrace(path: string): Promise<readonly string[]> {
  const bytes = await readFile(path)
  const isGzip = GZIP_MAGIC.every((magic, at) => bytes[at] === magic)
  const keys = (isGzip ? gunzipSync(bytes) : bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
  if (keys.length === 0) throw new Error(`${path} holds no keys`)
  return keys
}
