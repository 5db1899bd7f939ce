import { describe, expect, it } from "vitest"
import { actor, type Pid, StoreMailbox, store } from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"

const policies = [{ effect: "allow" as const, actions: "*", resources: "*" }]

/** So many mailboxes of one caller are many. */
const MANY = 1000

type Acquire = () => Promise<unknown>

async function times(count: number, acquire: Acquire): Promise<void> {
  for (let left = count; left > 0; left -= 1) await acquire()
}

describe("a caller that acquires a service in a loop, and releases nothing,", () => {
  it("is told of in the log, once: which service, who, and what to do", async () => {
    const { runtime, log, events } = await bootApp({ "app:s": store(), "app:t": store() }, { policies })
    const alice = runtime.as({ id: "user:alice" })
    await times(MANY, () => alice.acquire("app:s"))
    expect(log).toEqual([])
    await times(2 * MANY, () => alice.acquire("app:s"))
    expect(log).toEqual([
      {
        level: "warn",
        message: expect.stringMatching(/^user:alice holds 1001 mailboxes of app:s.*acquire it once.*release/),
        fields: { event: "many_attachments", service: "app:s", principal: "user:alice", held: MANY + 1 },
      },
    ])
    expect(events.filter(({ type }) => type === "many_attachments")).toEqual([
      { type: "many_attachments", service: "app:s", principal: "user:alice", pid: undefined, label: undefined, held: MANY + 1 },
    ])
    await times(MANY + 1, () => alice.acquire("app:t"))
    await times(MANY + 1, () => runtime.acquire("app:s"))
    expect(log.map(({ fields }) => [fields?.principal, fields?.service])).toEqual([
      ["user:alice", "app:s"],
      ["user:alice", "app:t"],
      ["anonymous", "app:s"],
    ])
    await runtime.stop()
  })

  it("is named by its pid where it is a process", async () => {
    const { runtime, time, log } = await bootApp({ "app:s": store() }, { policies })
    const looping = actor(async (self) => {
      await times(MANY + 1, () => self.acquire("app:s"))
      await self.receive()
    })
    const [named, unnamed] = [runtime.spawn(looping, undefined, { name: "looper" }), runtime.spawn(looping)]
    await time.settle()
    const told = log.map(({ message, fields }) => [message.split(" holds")[0], fields?.pid])
    const by = (pid: Pid, name: string) => [name, String(pid)]
    expect(told).toEqual([by(named, `looper ${named}`), by(unnamed, String(unnamed))])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is not told of where it releases, nor are many callers that hold one each", async () => {
    const { runtime, time, log } = await bootApp({ "app:s": store() }, { policies })
    await times(3 * MANY, async () => (await runtime.acquire("app:s")).release())
    await Promise.all(Array.from({ length: 2 * MANY }, (_, index) => runtime.as({ id: `user:${index}` }).acquire("app:s")))
    const one = actor(async (self) => {
      await self.acquire("app:s", { as: StoreMailbox })
      await self.receive()
    })
    for (let count = 0; count < MANY + 1; count += 1) runtime.spawn(one)
    await time.settle()
    expect(log).toEqual([])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is not told of again when it has released all, and begins anew", async () => {
    const { runtime, log } = await bootApp({ "app:s": store() }, { policies })
    for (let round = 0; round < 2; round += 1) {
      const mailboxes: StoreMailbox<unknown>[] = []
      await times(MANY + 1, async () => mailboxes.push(await runtime.acquire("app:s")))
      await Promise.all(mailboxes.map((mailbox) => mailbox.release()))
    }
    expect(log).toHaveLength(1)
    await runtime.stop()
  })
})
