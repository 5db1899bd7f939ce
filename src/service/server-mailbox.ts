/** The face of a plain server's mailbox, and of a pool's: the server's calls and casts by name. */

import type { AskOptions } from "../kernel/ask-options.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import type { CallsOf, CastsOf, Operations } from "../server/operations.ts"
import { ServerDefinition } from "../server/server.ts"
import { Mailbox, type MailboxPort, type MailboxRoute } from "./mailbox.ts"

/** How a mailbox posts a call. */
type Ask = (route: MailboxRoute, argument: unknown, options?: AskOptions) => Promise<unknown>

/** A mailbox by the calls and casts of a server. Its type says them by `Operations`, for the sake of who reads them in an editor. */
export const OperationsMailbox: new <Calls, Casts>(
  port: MailboxPort,
  definition: ServerDefinition<never, Calls, Casts>,
  ask: Ask,
) => Mailbox & Operations<Calls, Casts> = class<Calls, Casts> extends Mailbox {
  readonly call: CallsOf<Calls>
  readonly cast: CastsOf<Casts>

  constructor(port: MailboxPort, definition: ServerDefinition<never, Calls, Casts>, ask: Ask) {
    super(port)
    if (!isA(definition, ServerDefinition)) throw invalid("definition", `must be made by server; got ${shown(definition)}`)
    this.call = definition.bindCalls(ask)
    this.cast = definition.bindCasts((route, argument) => port.cast(route, argument))
  }
}

/** The mailbox of a plain server: its calls and casts by name. */
export class ServerMailbox<Calls, Casts> extends OperationsMailbox<Calls, Casts> {
  constructor(port: MailboxPort, definition: ServerDefinition<never, Calls, Casts>) {
    super(port, definition, (route, argument, options) => port.ask(route, argument, options))
  }
}
