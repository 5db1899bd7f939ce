/** The files of the host, by the port of `files.ts`. */

import { open, rename, stat, unlink } from "node:fs/promises"
import { hostname } from "node:os"
import type { Files } from "./files.ts"

export const HOST_FILES: Files = { open, rename, stat, unlink, writer: `${hostname()}-${process.pid}` }
