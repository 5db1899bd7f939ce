/** What a server does when it is called by name. */

import type { ServerSelf } from "./server-self.ts"

/** A handler gets the state (to change in place), what the caller sent, and itself. */
export type Handler<State> = (state: State, argument: never, self: ServerSelf) => unknown

/** Handlers by the name that callers use. */
export type Handlers<State> = Readonly<Record<string, Handler<State>>>
