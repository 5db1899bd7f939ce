import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "An importer that is told to finish answers, and then closes its books; who starts the next one upon the answer finds the name still taken (answer before the end)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Journal = MailboxOf<typeof journal>

const journal = server({
  init: () => [] as string[],
  call: {
    note: (lines, line: string) => {
      lines.push(line)
    },
  },
})

const importer = server({
  init: (_none: undefined, self) => self.acquire<Journal>("import:journal"),
  call: { finish: (_journal, _none: undefined, self) => self.stop() },
  terminate: (books) => books.call.note("the importer has closed its books", patient),
})

const spawnImporter = (runtime: Runtime) => runtime.spawn(importer, undefined, { name: "importer" })

function imports(finish: (runtime: Runtime, running: ReturnType<typeof spawnImporter>) => Promise<void>) {
  const refused: unknown[] = []
  return {
    tree: { "import:journal": journal },
    async run(runtime: Runtime): Promise<void> {
      const first = spawnImporter(runtime)
      const foreman = actor(async (self) => {
        const log = await self.acquire<Journal>("import:journal")
        await finish(runtime, first)
        for (const line of ["the day is over", "the disk is changed", "the day begins"]) await log.call.note(line, patient)
        try {
          spawnImporter(runtime)
        } catch (error) {
          refused.push(error)
        }
      })
      await runtime.whenEnded(runtime.spawn(foreman))
    },
    async check(): Promise<string | undefined> {
      return refused.length === 0 ? undefined : `the next importer was not started: ${refused[0]}`
    },
  }
}

export function buggy() {
  return imports((_runtime, running) => running.call.finish(undefined, patient))
}

/** Stopping is over when the process has ended, and its name is free by then. */
export function fixed() {
  return imports((runtime, running) => runtime.stopProcess(running, "normal", patient))
}
