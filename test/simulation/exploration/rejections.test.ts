/** Rejections that nobody looks at: Node ends a program by one that is not handled in the turn in which it comes, however soon somebody would have. */

import { type ExploreOptions, explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, type MailboxOf, NotFound, type Runtime, failure as refusal, server } from "../../../actors/index.ts"
import { only } from "../../support/explored.ts"

const slow = server({ init: () => 0, call: { count: () => 1 } })
const refusing = server({ init: () => 0, call: { find: () => refusal(new NotFound("nobody of that name")) } })

/** Asks two, and looks at what the second has said after what the first has; or takes hold of both at once. */
const both = (atOnce: boolean) => () => ({
  tree: { "app:slow": slow, "app:refusing": refusing },
  async run(runtime: Runtime<{ "app:slow": MailboxOf<typeof slow>; "app:refusing": MailboxOf<typeof refusing> }>) {
    const [one, other] = [await runtime.acquire("app:slow"), await runtime.acquire("app:refusing")]
    const asked = [one.call.count(), other.call.find()]
    if (atOnce) await Promise.allSettled(asked)
    else for (const answer of asked) await answer.catch(() => undefined)
  },
})

const options: ExploreOptions = { schedules: 100 }

describe("a rejection that comes before anybody looks at it", () => {
  it("fails its schedule, though somebody looks at it later", async () => {
    const { failure } = await explore(both(false), options)
    expect(failure).toMatchObject({
      kind: "rejection",
      message:
        "a promise was rejected and nobody looked at it by the end of the step, by which Node ends a program: NotFound: nobody of that name",
    })
    expect(failure?.steps[failure.step]?.choice).toMatchObject({ kind: "reply", what: "find" })
  })

  it("is none where it was taken hold of as it was asked for", async () => {
    expect((await explore(both(true), options)).failure).toBeUndefined()
  })

  it("is none of what one runtime does today, where both come in one turn of the host", async () => {
    expect((await explore(both(false), { ...options, order: "runtime" })).failure).toBeUndefined()
  })

  it("is none of that, where its process ends in that turn", async () => {
    const ends = () => ({
      tree: { "app:refusing": refusing },
      async run(runtime: Runtime) {
        const hasty = actor(async (self) => {
          const { call } = await self.acquire<MailboxOf<typeof refusing>>("app:refusing")
          const [, second] = [call.find(), call.find()]
          await second
        })
        await runtime.whenEnded(runtime.spawn(hasty))
        // A turn of the host's, in which it sees what nobody has looked at.
        await new Promise((resolve) => setTimeout(resolve, 1))
      },
    })
    expect((await explore(ends, { ...options, order: "runtime" })).failure).toBeUndefined()
    expect((await explore(ends, options)).failure).toMatchObject({ kind: "rejection" })
  })

  it("is none within a step", async () => {
    const soon = only(async () => {
      const rejected = Promise.reject(new Error("on purpose"))
      await new Promise<void>((resolve) => process.nextTick(resolve))
      await rejected.catch(() => undefined)
    })
    expect((await explore(soon, options)).failure).toBeUndefined()
  })

  it.each(["contract", "runtime"] as const)("fails the schedule where nobody ever does, in the order of %s", async (order) => {
    const never = only(() => void Promise.reject(new Error("on purpose")))
    expect((await explore(never, { ...options, order })).failure).toMatchObject({
      kind: "rejection",
      message: expect.stringMatching(/nobody looked at it.*: Error: on purpose$/),
    })
  })
})
