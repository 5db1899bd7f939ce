import { actor, type MailboxOf, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A request reads its session, works, and writes it back; a logout in between has deleted it, and it is there again (write back)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const TTL_S = 3600

interface Session {
  readonly user: string
  readonly visits: number
}
type Sessions = StoreMailbox<Session>

const pages = server({ init: () => ({}), call: { render: (_state, user: string) => `hello ${user}` } })

function site(count: (sessions: Sessions, session: Session) => Promise<unknown>) {
  const request = actor(async (self) => {
    const sessions = await self.acquire<Sessions>("web:sessions")
    const templates = await self.acquire<MailboxOf<typeof pages>>("web:pages")
    const session = await sessions.get("s1", patient)
    if (session === undefined) return
    await templates.call.render(session.user, patient)
    await count(sessions, session)
  })
  const logout = actor(async (self) => {
    const sessions = await self.acquire<Sessions>("web:sessions")
    const templates = await self.acquire<MailboxOf<typeof pages>>("web:pages")
    for (const page of ["confirm", "banner", "footer", "goodbye"]) await templates.call.render(page, patient)
    await sessions.delete("s1", patient)
  })
  return {
    tree: { "web:sessions": store<Session>(), "web:pages": pages },
    async run(runtime: Runtime): Promise<void> {
      const sessions = await runtime.acquire("web:sessions", { as: StoreMailbox<Session> })
      await sessions.set("s1", { user: "Ann", visits: 1 }, TTL_S, patient)
      const both = [runtime.spawn(request), runtime.spawn(logout)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const sessions = await runtime.acquire("web:sessions", { as: StoreMailbox<Session> })
      return (await sessions.has("s1", patient)) ? "Ann has logged out, and her session is there" : undefined
    },
  }
}

export function buggy() {
  return site((sessions, session) => sessions.set("s1", { ...session, visits: session.visits + 1 }, TTL_S, patient))
}

/** What is not there is not changed. */
export function fixed() {
  return site((sessions) =>
    sessions.update("s1", (session) => session && { ...session, visits: session.visits + 1 }, { ttl: TTL_S }, patient),
  )
}
