/** What a service finds in its inbox behind a caller's last message, once that caller has detached. */

export class Detached {
  readonly attachment: number
  constructor(attachment: number) {
    this.attachment = attachment
  }
}

export function isDetached(argument: unknown): argument is Detached {
  return argument instanceof Detached
}
