import { actor, type Deferred, type Pid, type Runtime, server } from "pigeonhole"

export const about =
  "Each key that is typed sends somebody to look; whose answer comes last is shown, though it may be that to the first key (answers out of order)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
interface Found {
  readonly nth: number
  readonly text: string
}
interface Search extends Found {
  readonly box: Pid
}

const index = server({ init: () => ({}), call: { look: (_state, text: string) => `what begins with ${text}` } })
type Index = ReturnType<typeof spawnIndex>
const spawnIndex = (runtime: Runtime) => runtime.spawn(index)

function search(isShown: (found: Found, typed: number) => boolean) {
  let shelf: Index
  const finder = actor<Search>(async (self, { nth, text, box }) => {
    self.tell(box, { nth, text: await shelf.call.look(text, patient) } satisfies Found)
  })
  const box = server({
    init: () => ({ typed: 0, found: 0, shown: "", waiting: undefined as Deferred<string> | undefined }),
    call: {
      type: (state, text: string, self) => {
        state.typed += 1
        self.spawn(finder, { nth: state.typed, text, box: self.pid })
      },
      atRest: (state, _none: undefined, self) => {
        if (state.found === state.typed) return state.shown
        state.waiting = self.defer<string>()
        return state.waiting
      },
    },
    info: (state, message) => {
      const found = message as Found
      state.found += 1
      if (isShown(found, state.typed)) state.shown = found.text
      if (state.found === state.typed) state.waiting?.reply(state.shown)
    },
  })
  const shown: string[] = []
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      shelf = spawnIndex(runtime)
      const field = runtime.spawn(box)
      for (const text of ["p", "pi", "pig"]) await field.call.type(text, patient)
      shown.push(await field.call.atRest(undefined, patient))
    },
    async check(): Promise<string | undefined> {
      return shown[0] === "what begins with pig" ? undefined : `pig was typed, and shown is ${shown[0]}`
    },
  }
}

export function buggy() {
  return search(() => true)
}

/** An answer to an earlier question is of no use any more. */
export function fixed() {
  return search(({ nth }, typed) => nth === typed)
}
