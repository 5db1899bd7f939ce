import { type AddressOf, actor, type Deferred, type Runtime, server } from "pigeonhole"

export const about =
  "Lines that came while a book was written are written once more; what comes while that is done is noted by nobody (flag of three states)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Phase = "idle" | "writing" | "behind" | "catching up"
interface Book {
  readonly lines: string[]
  phase: Phase
  waiting: Deferred<void> | undefined
}
interface Write {
  readonly lines: readonly string[]
  readonly done: () => void
}

/** Writes slowly, one thing after the other. */
const disk = server({
  init: () => ({ lines: [] as readonly string[] }),
  call: { lines: (state) => state.lines },
  cast: {
    write: (state, { lines, done }: Write) => {
      state.lines = lines
      done()
    },
  },
})
type Disk = AddressOf<typeof disk>

/** Has all written, one write at a time. `again`: what it is at while it writes what has come meanwhile. */
const bookOf = (again: Phase, place: () => { readonly file: Disk; readonly written: () => void }) => {
  const write = (state: Book): void => {
    const { file, written } = place()
    file.cast.write({ lines: [...state.lines], done: written })
  }
  return server({
    init: (): Book => ({ lines: [], phase: "idle", waiting: undefined }),
    call: {
      add: (state, line: string) => {
        state.lines.push(line)
        if (state.phase === "writing") state.phase = "behind"
        if (state.phase !== "idle") return
        state.phase = "writing"
        write(state)
      },
      lines: (state) => state.lines,
      atRest: (state, _none: undefined, self) => {
        if (state.phase === "idle") return undefined
        state.waiting = self.defer<void>()
        return state.waiting
      },
    },
    cast: {
      written: (state) => {
        if (state.phase === "behind") {
          state.phase = again
          return write(state)
        }
        state.phase = "idle"
        state.waiting?.reply()
      },
    },
  })
}

function office(again: Phase) {
  let file: Disk
  const book = bookOf(again, () => ({ file, written: () => desk.cast.written(undefined) }))
  let desk: AddressOf<typeof book>
  const clerk = actor<string>(async (_self, name) => {
    for (const line of [1, 2, 3].map((number) => `${name} ${number}`)) await desk.call.add(line, patient)
    await desk.call.atRest(undefined, patient)
  })
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      file = runtime.spawn(disk)
      desk = runtime.spawn(book)
      await runtime.whenEnded(runtime.spawn(clerk, "Ann"))
    },
    async check(): Promise<string | undefined> {
      const [lines, written] = [await desk.call.lines(undefined, patient), await file.call.lines(undefined, patient)]
      return written.length === lines.length ? undefined : `of ${lines.join(", ")} are written ${written.join(", ")}`
    },
  }
}

export function buggy() {
  return office("catching up")
}

/** It is behind again whenever something comes. */
export function fixed() {
  return office("writing")
}
