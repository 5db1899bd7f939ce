/** Which mailboxes `acquire` has given. */

/** A class that extends `Mailbox` may be anybody's, and so may what stands behind it. */
const given = new WeakSet<object>()

export function give<M extends object>(mailbox: M): M {
  given.add(mailbox)
  return mailbox
}

/** Whether `acquire` has given it. Asks the value nothing. */
export function isGiven(value: object): boolean {
  return given.has(value)
}
