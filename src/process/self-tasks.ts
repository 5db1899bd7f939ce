/** What a process says of the tasks that it starts, and what it hears of them. */

import { mark } from "../kernel/copies.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"

/** What became of a task: its value, or why its process ended without one. */
export type TaskOutcome<Result> = { readonly ok: Result } | { readonly exit: ExitReason }

/** What became of an item of a stream: as of a task, with the item and its place in the source, from 0. */
export type ItemOutcome<Item, Result> = TaskOutcome<Result> & { readonly item: Item; readonly index: number }

/** How a task shows in the log. */
export interface TaskOptions {
  /**
   * What the log, errors and inspectors call its process; no name, it is not registered and need not be unique. A task of a stream is
   * `label[index]`. Default: its pid.
   */
  readonly label?: string
  /** Whether its crash is written to the log; inspectors, links and whoever awaits it hear of it in any case. Default `true`. */
  readonly log?: boolean
}

/** How long a task is awaited. */
export interface AwaitOptions {
  /** Milliseconds to wait; from 0, `Infinity` for no limit. Default 5000. */
  readonly timeoutMs?: number
  /** Ends the wait when it is aborted, as the time limit does, but with `Canceled`, whose cause is the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** How a task is ended: asked, with so long to comply, or killed at once. */
export type TaskShutdown = AwaitOptions | "brutal_kill"

/** How a stream of tasks is run. */
export interface TaskStreamOptions extends TaskOptions {
  /** Tasks that run at a time; from 1. Default 8. */
  readonly maxConcurrency?: number
  /** Whether outcomes come in the order of the items; otherwise as they come. Default `true`. */
  readonly ordered?: boolean
  /** Milliseconds that each task may take; more than 0, `Infinity` for no limit. Default 5000. */
  readonly timeoutMs?: number
  /** When a task's time is over, it is killed; the iteration fails with `Timeout` (`exit`), or its outcome says so (`kill_task`). Default `exit`. */
  readonly onTimeout?: "exit" | "kill_task"
}

/** How a process runs a stream of tasks. */
export interface LinkedTaskStreamOptions extends TaskStreamOptions {
  /** Whether each task is linked to the process: then a crash takes it along, unless it traps exits. Default `true`. */
  readonly link?: boolean
}

/**
 * Work in a process of its own, and the right of its owner to hear what becomes of it. Made by `self.async`, `self.asyncNoLink` and
 * `runtime.async`.
 *
 * Only the owner may ask: the process that started it, or the program outside all processes. Another process is refused with
 * `Conflict` where that can be told: in the synchronous part of its handler.
 */
export abstract class Task<out Result> {
  static {
    mark(Task, "task")
  }

  /** Of its own process. */
  abstract get pid(): Pid

  /**
   * Waits for the result. When the time is over, or the signal is aborted, the task is killed, and its owner is not.
   *
   * Errors  Internal, with what the task threw as cause; Unavailable, with the reason, where it ended otherwise; Timeout and Canceled, once
   *         the task is gone; Conflict.
   * Source  Elixir, Task.await/2.
   */
  abstract result(options?: AwaitOptions): Promise<Result>

  /**
   * Waits, and leaves the task as it is when the time is over: `undefined` then. May be repeated; 0 ms looks without waiting.
   *
   * Errors  Canceled, where the signal is aborted: the task is left as it is.
   * Source  Elixir, Task.yield/2.
   */
  abstract yield(options?: AwaitOptions): Promise<TaskOutcome<Result> | undefined>

  /**
   * Ends the task, and waits until it is gone: by the exit signal `shutdown`, then, where it traps exits and the time is over or
   * the signal aborted, by `kill`; or by `kill` at once. What it had come to by then, `undefined` where it ended as it was told.
   *
   * Source  Elixir, Task.shutdown/2.
   */
  abstract shutdown(how?: TaskShutdown): Promise<TaskOutcome<Result> | undefined>
}
