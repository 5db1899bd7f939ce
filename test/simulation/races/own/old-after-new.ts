import { type AddressOf, actor, type Runtime, server } from "pigeonhole"

export const about =
  "What is written and read is of three copies any two; a reader is given the new value by one, and the next time the old one by the other two (read without write-back)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

interface Version {
  readonly number: number
  readonly text: string
}
type Copy = AddressOf<typeof copy>
/** Before it is given to who reads. */
type Found = (copies: readonly Copy[], newest: Version) => Promise<unknown>

const copy = server({
  init: () => ({ kept: { number: 0, text: "old" } as Version }),
  call: {
    read: (state) => state.kept,
    write: (state, version: Version) => {
      if (version.number > state.kept.number) state.kept = version
    },
  },
})

/** What the first two say. */
function firstTwo<Reply>(asked: readonly Promise<Reply>[]): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  return new Promise((resolve) => {
    for (const reply of asked) {
      void reply.then((said) => {
        if (replies.push(said) === 2) resolve([...replies])
      })
    }
  })
}

const write = (copies: readonly Copy[], version: Version) => firstTwo(copies.map(({ call }) => call.write(version, patient)))

function notice(found: Found) {
  let copies: readonly Copy[] = []
  const seen: string[] = []
  const editor = actor(async () => {
    await write(copies, { number: 1, text: "new" })
  })
  const reader = actor(async () => {
    for (let look = 1; look <= 2; look += 1) {
      const two = await firstTwo(copies.map(({ call }) => call.read(undefined, patient)))
      const newest = two.reduce((left, right) => (left.number > right.number ? left : right))
      await found(copies, newest)
      seen.push(newest.text)
    }
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      copies = [1, 2, 3].map(() => runtime.spawn(copy))
      const both = [runtime.spawn(editor), runtime.spawn(reader)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return seen.join() === "new,old" ? "one reader was given the new text, and then the old one" : undefined
    },
  }
}

export function buggy() {
  return notice(async () => {})
}

/** Two have it before anybody is given it. */
export function fixed() {
  return notice(write)
}
