/** What a server can do as itself beyond what every process can: go on after a callback, answer later, put messages aside, idle. */

import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import { signalFor } from "../kernel/request-watch.ts"
import type { Context } from "../process/context.ts"
import { refuseDead } from "../process/dead-self.ts"
import { Deferred, type ReplyRules, Stashed } from "../process/outcome.ts"
import { contextOf, Self } from "../process/self.ts"
import { DEFAULT_STASH_CAPACITY } from "../process/stash.ts"
import type { ServerAffairs } from "./server-affairs.ts"

/** What stands behind a server's `self`. */
export interface ServerPort extends Process {
  /** Of its present definition. */
  readonly options: { readonly continue?: unknown; readonly stashCapacity?: number; readonly concurrency?: number }
  serverAffairs(): ServerAffairs
  /** What the operation that it is handled by has said of its answers. */
  rulesOf(request: Envelope): ReplyRules | undefined
  setIdleTimeout(timeoutMs: number | undefined): void
}

/** The `self` of the handler of this message: where others may wait beside it, one of its own. */
export let handlerSelf: (self: ServerSelf, request: Envelope) => ServerSelf

/** What a server can do as itself: all that `Self` can, and what only a server has. */
export class ServerSelf extends Self {
  readonly #server: ServerPort
  /** Of the one handler that it was made for. */
  readonly #request: Envelope | undefined

  static {
    handlerSelf = (self, request) => (self.#isConcurrent ? new ServerSelf(self.#server, contextOf(self), request) : self)
  }

  constructor(server: ServerPort, context: Context, request?: Envelope) {
    super(server, context)
    this.#server = server
    this.#request = request
  }

  /**
   * Aborted when nobody waits for the answer to the present request any more: its asker gave up (`Canceled`), its time is over (`Timeout`), the
   * process that asked has ended (`Canceled`, with `details.asker` and `details.reason`; a process is known by `self.ask`, by a mailbox of its
   * own, and in its handler's synchronous part); and with `self.signal`, as this process is to stop or ends. Its `reason` is that error; a handler
   * that fails with it has not crashed. Once the request is answered, nothing aborts it any more. Where nobody waits for an answer it is
   * `self.signal`.
   *
   * Read it by the `self` that the handler was given: it is that handler's after an `await` too, and where others wait beside it.
   *
   * Cost    made when it is first read; a request whose signal nobody reads costs nothing.
   *
   * @example
   * const pages = server({
   *   init: () => ({}),
   *   call: { load: (_state, url: string, self) => fetch(url, { signal: self.requestSignal }).then((page) => page.text()) },
   * })
   * const gone = AbortSignal.abort()
   * const error = await runtime.spawn(pages).call.load("https://example.org", { signal: gone }).catch((error) => error.kind)
   * error // => "CANCELED"
   */
  get requestSignal(): AbortSignal {
    const request = this.#request ?? this.#underWay
    return request?.isRequest === true ? signalFor(request, this.#server) : this.signal
  }

  /**
   * Has the `continue` handler run with `argument` right after the present callback, before any other message: the second half of an
   * `init` that others need not wait for. It may continue again; a `stop` or an exit between two takes effect.
   *
   * Errors  Invalid, where the server defines no `continue` handler.
   * Source  OTP, gen_server: handle_continue/2.
   */
  continue(argument?: unknown): void {
    const server = this.#server
    refuseDead(server)
    if (server.options.continue === undefined) throw invalid("continue", "is not defined by the server")
    server.serverAffairs().continuations.add(argument)
  }

  /**
   * Answers the present request later: return the result from the handler, and call its `reply` once. It may be passed on.
   *
   * Errors  Invalid, where no message is being handled.
   */
  defer<Reply>(): Deferred<Reply> {
    refuseDead(this.#server)
    const envelope = this.#present("defer")
    this.#server.serverAffairs().deferred(envelope)
    this.#server.leaveOpen(envelope)
    return new Deferred<Reply>(envelope.isRequest ? envelope : undefined, this.#server.rulesOf(envelope))
  }

  /**
   * Puts the present message aside once its handler is done: `return self.stash()`. It counts as not handled; who asked goes on waiting.
   *
   * Order   that of the calls of `stash`, whichever handler is done first.
   * Errors  RateLimited, where `stashCapacity` messages are aside, those whose time has run out not counted; Invalid, where no message is
   *         being handled, or its handler has called `defer`.
   */
  stash(): Stashed {
    refuseDead(this.#server)
    const { stashCapacity = DEFAULT_STASH_CAPACITY } = this.#server.options
    this.#server.serverAffairs().stashed(this.#present("stash"), this.#server.inbox, stashCapacity)
    return new Stashed()
  }

  /**
   * Puts all that was put aside before the messages that wait, in the order it came; a message whose handler has called `stash` and is not
   * done yet, as soon as it is. The present message stays aside.
   */
  unstashAll(): void {
    const server = this.#server
    refuseDead(server)
    server.inbox.putBack(this.#underWay)
    server.serverAffairs().continuations.stayFirst()
  }

  /** Changes the idle timeout: counted from now; `undefined` for none. */
  idleTimeout(timeoutMs: number | undefined): void {
    refuseDead(this.#server)
    this.#server.setIdleTimeout(timeoutMs)
  }

  /** The message that is being handled; throws where there is none. */
  #present(asked: "defer" | "stash"): Envelope {
    const underWay = this.#underWay
    if (underWay !== undefined) return underWay
    throw invalid(
      asked,
      `needs a message that is being handled${this.#isConcurrent ? "; in a concurrent server, ask for it before the first await" : ""}`,
    )
  }

  /** Of several handlers that wait, which one goes on is not known. */
  get #underWay(): Envelope | undefined {
    const server = this.#server
    if (!this.#isConcurrent) return server.underWay
    const { turn } = server.kernel
    return turn.process === server ? turn.envelope : undefined
  }

  get #isConcurrent(): boolean {
    return (this.#server.options.concurrency ?? 1) > 1
  }
}
