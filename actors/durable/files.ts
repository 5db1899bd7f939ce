/** Files, as far as snapshots need them: a port, behind which are those of the host (`host-files.ts`), and in a simulation those of its world. */

/** One that is open. */
export interface OpenFile {
  read(into: Uint8Array, offset: number, length: number): Promise<{ readonly bytesRead: number }>
  /** Behind what was written before, from that place of `piece` on; perhaps not all of it. */
  write(piece: Uint8Array, from: number): Promise<{ readonly bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

/** A file that no other program has. */
export interface FileLock {
  /** Whether it is still there: one that was removed keeps nobody out. */
  readonly holds: boolean
  release(): void
}

/** What is used of files. */
export interface Files {
  /** `r`: to read it. `wx`: made anew, to write it; fails where it is there. */
  readonly open: (path: string, flags: "r" | "wx", mode?: number) => Promise<OpenFile>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly stat: (path: string) => Promise<{ isFile(): boolean }>
  readonly unlink: (path: string) => Promise<void>
  /** Has a file of that name, which is made, for this program alone; `undefined`: somebody else has it. Left out: nobody else is there. */
  readonly lock?: (path: string) => Promise<FileLock | undefined>
  /** Whose temporary files are: nobody else who writes there at the same time is called so. */
  readonly writer: string
}
