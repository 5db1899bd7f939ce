/** The files of the host, by the port of `files.ts`. */

import { open, rename, stat, unlink } from "node:fs/promises"
import { hostname } from "node:os"
import { lockOf } from "./file-lock.ts"
import type { Files } from "./files.ts"

export const HOST_FILES: Files = { open, rename, stat, unlink, lock: lockOf, writer: `${hostname()}-${process.pid}` }
