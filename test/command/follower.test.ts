/** What is taken over of a configuration that has changed, while its application runs. */

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { changesBetween, loadConfiguration } from "../../actors/config.ts"
import { type LogEntry, type Policy, type Scope, start } from "../../actors/index.ts"
import { Follower } from "../../command/follower.ts"
import { virtualTime } from "../../src/testing.ts"
import { folderWith } from "../support/config-folder.ts"

const ENTRIES = "entries:\n  - { name: pages, kind: cache }\n"
const ALLOW = '  - { id: all, effect: allow, actions: "*", resources: "*" }\n'
const DENY = "  - { id: no-writes, effect: deny, actions: store.key.set, resources: pages }\n"
const policies = (...rules: readonly string[]): string => `policies:\n${rules.join("")}`

interface Step {
  /** What the file holds from then on; of several it holds the last when it was read. */
  readonly text: string
  /** Whether it holds something else by the time it was read. */
  readonly isOver?: boolean
}

/** An application whose file changes in steps; `look` after each. */
async function followed<Seen>(
  first: string,
  steps: readonly Step[],
  look: (app: Awaited<ReturnType<typeof started>>["app"]) => Seen,
  setPolicies?: (policies: readonly (Policy | Scope)[]) => void,
) {
  const file = join(folderWith({ "app.yaml": first }), "app.yaml")
  const { app, configuration } = await started(file)
  await using _ = app
  const lines: LogEntry[] = []
  const seen: Seen[] = []
  const follower = new Follower({
    started: configuration,
    files: ["app.yaml"],
    load: () => loadConfiguration(file),
    compare: changesBetween,
    setPolicies: setPolicies ?? ((next) => app.security.setPolicies(next)),
    log: (entry) => lines.push(entry),
  })
  let at = -1
  await follower.follow({
    next: async () => {
      if (at >= 0) seen.push(look(app))
      at += 1
      const step = steps[at]
      if (step === undefined) return []
      writeFileSync(file, step.text)
      return ["app.yaml"]
    },
    isAsTold: async () => steps[at]?.isOver !== true,
  })
  return { lines, seen, messages: lines.map(({ level, message }) => `${level}: ${message}`) }
}

async function started(file: string) {
  const configuration = await loadConfiguration(file)
  return { configuration, app: await start(configuration.tree, { host: virtualTime(), log: () => {} }) }
}

/** What is decided of a write by whom the application acts as, and under a scope. */
const decided = (app: Awaited<ReturnType<typeof started>>["app"]): string =>
  app.security.check({ action: "store.key.set", resource: "pages" }).decision

const open = (): undefined => undefined

describe("policies that have changed", () => {
  it("are in force from then on, and are taken back as they were", async () => {
    const texts = [policies(ALLOW, DENY), policies(ALLOW)].map((text) => ({ text: ENTRIES + text }))
    const { messages, seen } = await followed(ENTRIES + policies(ALLOW), texts, decided)
    expect(seen).toEqual(["deny", "allow"])
    const message = "info: app.yaml has changed: its policies are in force"
    expect(messages).toEqual([message, message])
  })

  it("are in force though something else needs a restart, which is named each time that it is looked at", async () => {
    const other = "strategy: one_for_all\nentries:\n  - { name: pages, kind: cache, maxEntries: 3 }\n  - { name: more, kind: store }\n"
    const steps = [{ text: other + policies(ALLOW, DENY) }, { text: `# as it was\n${other}${policies(ALLOW, DENY)}` }]
    const { lines, seen } = await followed(ENTRIES + policies(ALLOW), steps, decided)
    expect(seen).toEqual(["deny", "deny"])
    const needsRestart = [
      "more is new",
      "pages has changed",
      "the order of entries, or what is said of the supervisor above all others, has changed",
    ]
    expect(lines.map(({ level, fields }) => ({ level, ...fields }))).toEqual([
      { level: "warn", event: "configuration_changed", takenOver: true, needsRestart },
      { level: "warn", event: "configuration_changed", takenOver: false, needsRestart },
    ])
  })

  it("are not taken over where none are left: whoever was denied something would be allowed it", async () => {
    const steps = [{ text: ENTRIES + policies(ALLOW, DENY) }, { text: ENTRIES }]
    const { messages, seen } = await followed(ENTRIES, steps, decided)
    expect(seen).toEqual(["deny", "deny"])
    expect(messages[1]).toMatch(
      /nothing was taken over; a restart is needed, as no policies are left, which would allow everybody everything$/,
    )
  })

  it("are not taken over where they take a scope from under who acts in it", async () => {
    const scoped = (scopes: string): string => `entries:\n  - { name: pages, kind: cache, scopes: ${scopes} }\n${policies(ALLOW)}`
    const before = `${scoped("[readers]")}scopes:\n  - { scope: readers, policies: [{ effect: deny, actions: store.key.set, resources: pages }] }\n`
    const readers = (app: Awaited<ReturnType<typeof started>>["app"]): string =>
      app.security.check({ scopes: ["readers"], action: "store.key.set", resource: "pages" }).decision
    const { messages, seen } = await followed(before, [{ text: scoped("[]") }], readers)
    expect(seen).toEqual(["deny"])
    expect(messages[0]).toMatch(/nothing was taken over; .*the scope readers is gone, under which pages acts, so .*; pages has changed$/)
  })

  it("that the runtime refuses change nothing, and it is told why", async () => {
    const refuse = (): void => {
      throw new Error("it ends")
    }
    const { lines, seen } = await followed(ENTRIES + policies(ALLOW), [{ text: ENTRIES + policies(ALLOW, DENY) }], decided, refuse)
    expect(seen).toEqual(["allow"])
    expect(lines).toEqual([expect.objectContaining({ level: "error", fields: { event: "configuration_refused" } })])
  })
})

describe("files that have changed", () => {
  it("and say the same are told to", async () => {
    const { messages } = await followed(ENTRIES, [{ text: `# a word\n${ENTRIES}` }], open)
    expect(messages).toEqual(["info: app.yaml has changed, but says the same as what runs"])
  })

  it("and are wrong change nothing, and all that is wrong is told", async () => {
    const wrong = "entries:\n  - { name: a, kind: stoer }\n  - { name: b, kind: cache, maxEntires: 1 }\n"
    const { messages, seen } = await followed(ENTRIES + policies(ALLOW, DENY), [{ text: wrong }], decided)
    expect(seen).toEqual(["deny"])
    expect(messages[0]).toMatch(
      /^error: app\.yaml has changed and is wrong: the application runs on as it is; 2 things are wrong:\n {2}.*\n {2}/,
    )
  })

  it("and change again while they are read count the next time alone", async () => {
    const steps = [
      { text: ENTRIES + policies(ALLOW), isOver: true },
      { text: "entries: nonsense", isOver: true },
    ]
    const { messages, seen } = await followed(ENTRIES + policies(ALLOW, DENY), steps, decided)
    expect([messages, seen]).toEqual([[], ["deny", "deny"]])
  })
})
