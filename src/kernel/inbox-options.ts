/** How many messages may wait for a process, as its user says it. */

import type { InboxOptions } from "./inbox-rules.ts"
import { oneOf, optional, wholeNumber } from "./option-fields.ts"
import { type Field, readOptions } from "./options.ts"

/** So many fit into the ring that they wait in. */
export const MOST_CAPACITY = 2 ** 30

const FIELDS = { capacity: optional(wholeNumber(1, MOST_CAPACITY)), overflow: optional(oneOf("reject", "drop_oldest")) }

/** Reads `inbox: { … }`. */
export const inboxOptions: Field<InboxOptions> = (value, path) => readOptions(value, FIELDS, path)
