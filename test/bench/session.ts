/** The value that the bench stores: a session of ten fields. The Erlang arm holds the same, as a map. */

export interface Session {
  readonly id: string
  readonly userId: number
  readonly name: string
  readonly email: string
  readonly role: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly address: string
  readonly isVerified: boolean
  readonly theme: string
}

export const SESSION_TTL = 3600

export function session(userId: number): Session {
  return {
    id: `c3b1f0de-${userId}`,
    userId,
    name: "Alice Example",
    email: "alice@example.com",
    role: "member",
    createdAt: 1_790_000_000_000,
    lastSeenAt: 1_790_000_360_000,
    address: "203.0.113.7",
    isVerified: true,
    theme: "dark",
  }
}

/** Keys made beforehand and already hashed, so that neither is measured. */
export function sessionKeys(count: number): string[] {
  const hashed = new Map<string, number>()
  for (let i = 0; i < count; i += 1) hashed.set(`user:${i}`, i)
  return [...hashed.keys()]
}
