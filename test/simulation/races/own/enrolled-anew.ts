import { actor, child, isDown, type MailboxOf, type Pid, type Runtime, server } from "pigeonhole"

export const about =
  "A reader that has come back is enrolled anew; then the list hears of its former end, and strikes out the name (late notice of an end)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const LOOKS = 8
type Reader = MailboxOf<typeof reader>
type List = MailboxOf<ReturnType<typeof listOf>>
type Strike = (names: Map<string, Pid>, ended: Pid) => void

const reader = server({ init: () => ({}), call: { address: (_state, _none: undefined, self): Pid => self.pid } })

/** Who reads, by name. Whose end is told is struck out. */
const listOf = (strike: Strike) =>
  server({
    init: () => new Map<string, Pid>(),
    call: {
      enroll: (names, { name, pid }: { readonly name: string; readonly pid: Pid }, self) => {
        names.set(name, pid)
        self.monitor(pid)
      },
      find: (names, name: string) => names.get(name),
    },
    info: (names, message) => {
      if (isDown(message)) strike(names, message.pid)
    },
  })

function club(strike: Strike) {
  let enrolled: Pid | undefined
  /** Looks now and then who the reader is, and enrolls another one. */
  const secretary = actor(async (self) => {
    const list = await self.acquire<List>("club:list")
    const known = await self.acquire<Reader>("club:reader")
    for (let look = 1; look <= LOOKS; look += 1) {
      const pid = await known.call.address(undefined, patient).catch(() => undefined)
      if (pid === undefined || pid === enrolled) continue
      await list.call.enroll({ name: "reader", pid }, patient).then(
        () => (enrolled = pid),
        () => {},
      )
    }
  })
  const missed: string[] = []
  /** Whoever is the reader still when the list was looked at has been on it since. */
  const auditor = actor(async (self) => {
    const list = await self.acquire<List>("club:list")
    const known = await self.acquire<Reader>("club:reader")
    const found = await list.call.find("reader", patient)
    if ((await known.call.address(undefined, patient)) === enrolled && found === undefined) missed.push("reader")
  })
  return {
    tree: { "club:reader": reader, "club:list": child(listOf(strike), { state: "retain" }) },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(secretary))
      await runtime.whenEnded(runtime.spawn(auditor))
    },
    async check(): Promise<string | undefined> {
      return missed.length === 0 ? undefined : "the reader was enrolled, and is not on the list"
    },
  }
}

export function buggy() {
  return club((names) => void names.delete("reader"))
}

/** Struck out is who has ended, and nobody who has the name since. */
export function fixed() {
  return club((names, ended) => {
    for (const [name, pid] of names) if (pid === ended) names.delete(name)
  })
}
