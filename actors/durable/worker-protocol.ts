/**
 * What is said between a database's threads: requests with a number, and for each of them one reply.
 *
 * A problem crosses as plain data: what it means to a caller is said on the other side (`sqlite-errors.ts`).
 */

import type { PackedRows } from "./packed-rows.ts"
import type { TableNames } from "./quoted-names.ts"
import type { DatabaseSize, Opened } from "./store-database.ts"

/** What a worker is started with. */
export interface WorkerSettings {
  readonly role: "writer" | "reader"
  readonly path: string
  readonly names: TableNames
  readonly busyTimeoutMs: number
  /** Where rows come without a message (`row-lane.ts`), of a thread that writes. */
  readonly lane?: SharedArrayBuffer
}

/** What the writing thread can be asked. */
export interface WriterCalls {
  open(argument: undefined): Opened
  /** No reply: what goes wrong is told by the next commit. */
  stage(argument: PackedRows): undefined
  commit(argument: { readonly changes: PackedRows; readonly now: number }): undefined
  removeExpired(argument: { readonly now: number; readonly limit: number }): PackedRows
  close(argument: undefined): undefined
}

/** What the reading thread can be asked. */
export interface ReaderCalls {
  open(argument: undefined): undefined
  read(argument: PackedRows): PackedRows
  look(argument: PackedRows): PackedRows
  page(argument: { readonly from: Uint8Array; readonly to: Uint8Array; readonly limit: number; readonly now: number }): PackedRows
  count(argument: { readonly from: Uint8Array; readonly to: Uint8Array; readonly now: number }): number
  size(argument: undefined): DatabaseSize
  close(argument: undefined): undefined
}

/** The number of a request that is not replied to. */
export const UNANSWERED = 0

/** No call, but a sign that there is something on the lane. */
export const WAKE = ""

/** A call by its name, and what it is given. */
export interface Request {
  readonly id: number
  readonly call: string
  readonly argument: unknown
}

/** How a call went. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly problem: Problem; readonly result?: undefined }

/** What went wrong. */
export type Problem =
  /** What is there cannot be used so: `field` names the option that speaks of it. */
  | { readonly type: "refused"; readonly field: string; readonly text: string }
  /** Somebody else has it open. */
  | { readonly type: "held" }
  /** Its file is not where it was opened. */
  | { readonly type: "moved" }
  /** The file of its lock is not where it was made. */
  | { readonly type: "unlocked" }
  /** Of its file some is gone. */
  | { readonly type: "cut" }
  /** What SQLite said, with its result code. */
  | { readonly type: "sqlite"; readonly code: number; readonly text: string }
  /** A mistake of ours, or of the host's. */
  | { readonly type: "thrown"; readonly text: string }

/** Thrown in a worker for what is a problem of its own. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.type)
    this.problem = problem
  }
}

/** What is reported of whatever was thrown in a worker. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  const { errcode, message } =
    error instanceof Error ? (error as Error & { readonly errcode?: unknown }) : { errcode: 0, message: String(error) }
  return typeof errcode === "number" ? { type: "sqlite", code: errcode, text: message } : { type: "thrown", text: message }
}
