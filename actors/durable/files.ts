/** The host's files, as far as snapshots need them: a port, behind which a simulation keeps files of its own. */

import { open, rename, stat, unlink } from "node:fs/promises"
import { hostname } from "node:os"

/** One that is open. */
export interface OpenFile {
  read(into: Uint8Array, offset: number, length: number): Promise<{ readonly bytesRead: number }>
  /** Behind what was written before, from that place of `piece` on; perhaps not all of it. */
  write(piece: Uint8Array, from: number): Promise<{ readonly bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

/** What is used of the host's files. */
export interface Files {
  /** `r`: to read it. `wx`: made anew, to write it; fails where it is there. */
  readonly open: (path: string, flags: "r" | "wx", mode?: number) => Promise<OpenFile>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly stat: (path: string) => Promise<{ isFile(): boolean }>
  readonly unlink: (path: string) => Promise<void>
  /** Whose temporary files are: nobody else who writes there at the same time is called so. */
  readonly writer: string
}

export const HOST_FILES: Files = { open, rename, stat, unlink, writer: `${hostname()}-${globalThis.process?.pid}` }
