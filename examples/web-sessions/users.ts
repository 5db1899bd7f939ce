/** The users, and whether a password is theirs. */

import { scryptSync, timingSafeEqual } from "node:crypto"

export interface User {
  readonly id: string
  readonly role: "member" | "editor"
}

/** In earnest: asynchronous, with a salt for each, from a database. */
const hash = (password: string): Buffer => scryptSync(password, "salt", 32)

const users: ReadonlyMap<string, { readonly user: User; readonly hash: Buffer }> = new Map([
  ["alice", { user: { id: "alice", role: "member" }, hash: hash("wonderland") }],
  ["bob", { user: { id: "bob", role: "member" }, hash: hash("builder") }],
  ["eve", { user: { id: "eve", role: "editor" }, hash: hash("paradise") }],
])
const NOBODY = hash("")

export function userOf(name: unknown, password: unknown): User | undefined {
  const found = users.get(String(name))
  // Compared for nobody too, so that the time does not tell who there is.
  const isRight = timingSafeEqual(hash(String(password)), found?.hash ?? NOBODY)
  return isRight ? found?.user : undefined
}
