/**
 * Which mailboxes `acquire` has given. A class that extends `Mailbox` may be anybody's, and so may what stands behind it: each is marked itself, by what nobody else
 * can put there. To put it into a weak set costs twenty times as much.
 */

/** Gives back what it is given, so that a class that extends it puts its own fields there. */
const Same = function same(value: object): object {
  return value
} as unknown as new (
  value: object,
) => object

class Marked extends Same {
  readonly #isGiven = true

  static is(value: object): boolean {
    return #isGiven in value
  }
}

/** Those of classes that let nothing be added to them: a host may count private fields to that, too. */
const closed = new WeakSet<object>()

export function give<M extends object>(mailbox: M): M {
  // A class may give the same one twice: it has its mark then.
  if (isGiven(mailbox)) return mailbox
  try {
    new Marked(mailbox)
  } catch {
    closed.add(mailbox)
  }
  return mailbox
}

/** Whether `acquire` has given it. Asks the value nothing. */
export function isGiven(value: object): boolean {
  return Marked.is(value) || closed.has(value)
}
