/** What must compile of mailboxes as actor logic, and what must not. Checked by `tsc`; never run. */

import { assign, createActor, sendTo, setup } from "xstate"
import { type Runtime, type ServerMailbox, StoreMailbox, server } from "../../actors/index.ts"
import { fromMailbox, type MailboxReply, type MailboxScope } from "../../src/xstate.ts"

interface User {
  readonly name: string
}

declare const runtime: Runtime<{ readonly "app:users": StoreMailbox<User> }>

const users = fromMailbox(() => runtime.acquire("app:users"), {
  FIND: (mailbox, event: { readonly id: string }) => mailbox.get(event.id),
  COUNT: () => 5,
})

const actor = createActor(users, { input: undefined })
actor.send({ type: "FIND", id: "user:1" })
actor.send({ type: "COUNT" })
// @ts-expect-error no such call
actor.send({ type: "DROP" })
// @ts-expect-error the call takes an id
actor.send({ type: "FIND" })
// @ts-expect-error the id is a string
actor.send({ type: "FIND", id: 5 })
// @ts-expect-error the mailbox has no such operation
fromMailbox(() => runtime.acquire("app:users"), { DROP: (mailbox) => mailbox.drop() })
// @ts-expect-error a call is a function
fromMailbox(() => runtime.acquire("app:users"), { DROP: "drop" })
// @ts-expect-error what is acquired can be released
fromMailbox(async () => ({}), {})

type Reply = MailboxReply<typeof users>

export function replies(reply: Reply): void {
  if (reply.type === "FIND.reply") {
    reply.value satisfies User | undefined
    reply.event.id satisfies string
    // @ts-expect-error it may be undefined
    reply.value satisfies User
  }
  if (reply.type === "COUNT.reply") reply.value satisfies number
  if (reply.type === "COUNT.error") reply.error satisfies unknown
  // @ts-expect-error no such reply
  if (reply.type === "DROP.reply") return
}

setup({ types: { context: {} as { user: User | undefined }, events: {} as Reply }, actors: { users } }).createMachine({
  context: { user: undefined },
  invoke: { src: "users", id: "users" },
  entry: sendTo("users", { type: "FIND", id: "user:1" }),
  on: { "FIND.reply": { actions: assign({ user: ({ event }) => event.value }) } },
})

const inside = fromMailbox(({ self }) => self.acquire("app:users", { as: StoreMailbox<User> }), {
  FIND: (mailbox, event: { readonly id: string }) => mailbox.get(event.id),
})
createActor(inside, { input: undefined }).send({ type: "FIND", id: "user:1" })
// @ts-expect-error the actor has no input: say its type
fromMailbox(({ self, input }) => self.acquire(input, { as: StoreMailbox<User> }), {})

const calls = { FIND: (mailbox: StoreMailbox<User>, event: { readonly id: string }) => mailbox.get(event.id) }
createActor(
  fromMailbox(({ self }) => self.acquire("app:users", { as: StoreMailbox<User> }), calls),
  { input: undefined },
)
// @ts-expect-error the calls are for a mailbox of another kind
fromMailbox(async () => ({ release: async () => true }), calls)

const byInput = fromMailbox(({ self, input }: MailboxScope<string>) => self.acquire(input, { as: StoreMailbox<User> }), {})
createActor(byInput, { input: "app:users" })
// @ts-expect-error the input is a string
createActor(byInput, { input: 5 })

const clerk = server({ init: () => ({}), call: { read: () => ["note"] } })
declare const mailbox: ServerMailbox<{ readonly read: () => string[] }, {}>
const clerks = fromMailbox(async () => mailbox, { READ: (box) => box.call.read() })
export const read = (reply: MailboxReply<typeof clerks>): string[] => (reply.type === "READ.reply" ? reply.value : [])
export { clerk }
