/** The code of a server, as a running one and its addresses know it: what its definition says, its names resolved once. */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { Route } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { Payload } from "../process/payload.ts"
import type { Handler, Handlers } from "./handler.ts"
import { termsOf } from "./operation-terms.ts"
import type { CallsOf, CastsOf } from "./operations.ts"
import type { ReplyContract } from "./reply-contract.ts"
import type { ServerOptions } from "./server-options.ts"

/** A name of a server, resolved once. */
export class ServerRoute implements Route {
  /** The name in `call` or `cast`. */
  readonly name: string
  /** Whether it is answered. */
  readonly kind: "call" | "cast"
  /** Position among the server's routes, calls first. */
  readonly index: number
  /** What the server does then. */
  readonly handler: Handler<unknown>
  /** What its argument has to be, where that is said. */
  readonly payload?: Payload | undefined
  /** What its answers have to be, where that is said. */
  readonly contract?: ReplyContract | undefined
  /** Whose it is: another definition may mean something else by the name. */
  readonly definition?: object

  constructor(name: string, kind: "call" | "cast", index: number, handler: Handler<unknown>, definition: object) {
    this.name = name
    this.kind = kind
    this.index = index
    this.handler = handler
    this.definition = definition
    const terms = termsOf(handler)
    this.payload = terms?.payload
    this.contract = terms?.contract
  }
}

export type CallPoster = (route: ServerRoute, argument: unknown, options?: AskOptions) => Promise<unknown>
export type CastPoster = (route: ServerRoute, argument: unknown) => boolean

/** What a definition is to the servers that run by it. */
export interface ServerCode<Calls = unknown, Casts = unknown> {
  readonly options: ServerOptions<unknown, never, Handlers<unknown>, Handlers<unknown>>
  /** @internal Throws `Invalid` where a running server that was started from another one cannot go on by this one. */
  admit(server: Process): void
  /** Whether handlers may wait side by side. */
  readonly isConcurrent: boolean
  /** Calls first, then casts. */
  readonly routes: readonly ServerRoute[]
  bindCalls(post: CallPoster): CallsOf<Calls>
  bindCasts(post: CastPoster): CastsOf<Casts>
}

export function routesOf(kind: "call" | "cast", handlers: Handlers<unknown> | undefined, from: number, owner: object): ServerRoute[] {
  return Object.entries(handlers ?? {}).map(([name, handler], index) => {
    if (typeof handler !== "function") throw invalid(`${kind}.${name}`, "must be a function")
    return new ServerRoute(name, kind, from + index, handler, owner)
  })
}
