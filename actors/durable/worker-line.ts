/**
 * The line to a thread: requests go out, and each is settled once, by its reply or by the end of the thread.
 *
 * Invariants
 * - The thread does its work in the order it was asked.
 * - Nothing hangs: when the thread ends, for whatever reason, all that waits for it fails, and so does all that is asked afterwards.
 * - The thread keeps the program alive while somebody waits for it, and only then.
 */

import { type Transferable, Worker } from "node:worker_threads"
import { type Problem, type Reply, type Request, UNANSWERED, WAKE, type WorkerSettings } from "./worker-protocol.ts"

/** What can be asked, each with one thing that it is given. */
type Calls<Side> = { readonly [Name in keyof Side]: (argument: never) => unknown }

type Argument<Call> = Call extends (argument: infer Given) => unknown ? Given : never
type Result<Call> = Call extends (argument: never) => infer Given ? Given : never

/** How its owner hears of what went wrong. */
export interface LineErrors {
  /** The error for a problem that the thread tells of. */
  ofProblem(problem: Problem): Error
  /** The error for what cannot be answered, as the thread has ended. */
  ofEnd(cause: unknown): Error
}

/** Those of the program are not for the thread: what it loads before anything else (`--import`), or that it is read from its input. */
const ARGUMENTS = ["--disable-warning=ExperimentalWarning"]

interface Waiting {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

/** The line to one thread. `Side` is what the thread can be asked. */
export class WorkerLine<Side extends Calls<Side>> {
  readonly #worker: Worker
  readonly #errors: LineErrors
  readonly #ended: () => void
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  /** Why there is no thread any more. */
  #end: Error | undefined = undefined

  /** `ended` is called once, when the thread has ended or is told to. */
  constructor(settings: WorkerSettings, errors: LineErrors, ended: () => void) {
    this.#errors = errors
    this.#ended = ended
    this.#worker = new Worker(new URL("./sqlite.worker.ts", import.meta.url), {
      workerData: settings,
      name: `pigeonhole ${settings.role}`,
      execArgv: ARGUMENTS,
    })
    this.#worker.unref()
    this.#worker.on("message", (reply: Reply) => this.#settle(reply))
    this.#worker.on("messageerror", (error) => this.#lose(error))
    this.#worker.on("error", (error) => this.#lose(error))
    this.#worker.on("exit", () => this.#lose(undefined))
  }

  /** Whether the thread has ended. */
  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Whether all that was asked is answered. */
  get isIdle(): boolean {
    return this.#waiting.size === 0
  }

  /** Asks the thread to do `name`; `memory` is handed over. */
  ask<Name extends keyof Side & string>(
    name: Name,
    argument: Argument<Side[Name]>,
    memory: readonly Transferable[] = [],
  ): Promise<Result<Side[Name]>> {
    return this.askBy((id) => this.#post(id, name, argument, memory))
  }

  /** The same for what `send` asks in a way of its own, under a number. */
  askBy<Name extends keyof Side & string>(send: (id: number) => void): Promise<Result<Side[Name]>> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#asked += 1
      const id = this.#asked
      send(id)
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
    })
  }

  /** The same for what is not replied to, by a thread that has ended neither. */
  tell<Name extends keyof Side & string>(name: Name, argument: Argument<Side[Name]>, memory: readonly Transferable[]): void {
    if (this.#end === undefined) this.#post(UNANSWERED, name, argument, memory)
  }

  /** Has the thread look whether there is something on its lane. */
  wake(): void {
    if (this.#end === undefined) this.#post(UNANSWERED, WAKE, undefined, [])
  }

  #post(id: number, call: string, argument: unknown, memory: readonly Transferable[]): void {
    const request: Request = { id, call, argument }
    this.#worker.postMessage(request, memory)
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    this.#lose(undefined)
    await this.#worker.terminate()
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if ("problem" in reply) waiting.reject(this.#errors.ofProblem(reply.problem))
    else waiting.resolve(reply.result as never)
  }

  /** The first reason counts: what comes after it follows from it. */
  #lose(cause: unknown): void {
    if (this.#end !== undefined) return
    const end = this.#errors.ofEnd(cause)
    this.#end = end
    this.#worker.unref()
    for (const { reject } of this.#waiting.values()) reject(end)
    this.#waiting.clear()
    this.#ended()
  }
}
