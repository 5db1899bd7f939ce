/** What may be said of a mailbox that is to be acquired: read before anything else is done for it. */

import { field, optional } from "../kernel/option-fields.ts"
import { NOTHING_SAID, readOptions } from "../kernel/options.ts"
import type { FaceClass } from "./context.ts"

/** What a caller may say of the mailbox it wants. */
export interface AcquireWishes {
  readonly as?: FaceClass<unknown>
  readonly key?: string | number
}

const FIELDS = {
  as: optional(field<FaceClass<unknown>>(isClass, "a class of mailboxes")),
  key: optional(field<string | number>((value) => typeof value === "string" || Number.isSafeInteger(value), "a string or a whole number")),
}

/** Throws `Invalid` that names the field. */
export function acquireOptionsOf(options: unknown): AcquireWishes {
  return options === undefined ? NOTHING_SAID : readOptions(options, FIELDS)
}

/** What has no prototype nothing is an instance of: an arrow function, a method. */
function isClass(value: unknown): boolean {
  return typeof value === "function" && typeof value.prototype === "object" && value.prototype !== null
}
