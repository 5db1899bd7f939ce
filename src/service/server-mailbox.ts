/** The face of a plain server's mailbox: its calls and casts by name. */

import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import type { CallsOf, CastsOf } from "../server/operations.ts"
import { ServerDefinition } from "../server/server.ts"
import { Mailbox, type MailboxPort } from "./mailbox.ts"

/** The mailbox of a plain server: its calls and casts by name. */
export class ServerMailbox<Calls, Casts> extends Mailbox {
  /** The calls of the service by name: each posts a request and gives a promise of the reply. */
  readonly call: CallsOf<Calls>
  /** The casts by name: each posts a message; `false`: refused, and reported. */
  readonly cast: CastsOf<Casts>

  constructor(port: MailboxPort, definition: ServerDefinition<never, Calls, Casts>) {
    super(port)
    if (!isA(definition, ServerDefinition)) throw invalid("definition", `must be made by server; got ${shown(definition)}`)
    this.call = definition.bindCalls((route, argument, options) => port.ask(route, argument, options))
    this.cast = definition.bindCasts((route, argument) => port.cast(route, argument))
  }
}
