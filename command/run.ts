/** `npx pigeonhole run FILE…`: an application that is data, looked at, or started and run to its end. */

import type { Configuration } from "../actors/config.ts"
import { type Log, type LogEntry, PigeonholeError, type Runtime, start } from "../actors/index.ts"
import type { Command } from "./command.ts"
import { FileChanges, type Texts, textsOf } from "./file-changes.ts"
import { Follower } from "./follower.ts"
import { checkPeers } from "./peers.ts"
import { problemsText } from "./problems-text.ts"
import { Redaction } from "./redaction.ts"
import { RUN_HELP, type RunRequest, readRun } from "./run-flags.ts"
import { runLog } from "./run-log.ts"
import type { Terminal } from "./terminal.ts"

type Reader = typeof import("../actors/config.ts")

export const runApplicationCommand: Command = {
  name: "run",
  about: "starts an application that is data, in JSON or YAML, and runs it to its end",
  help: RUN_HELP,
  async run(argv, terminal) {
    const request = readRun(argv)
    checkPeers(request.files)
    return new Run(request, terminal, await import("../actors/config.ts")).toTheEnd()
  },
}

const FAILED = 1
const WRONG_FILES = 2

/** One run. */
class Run {
  readonly #request: RunRequest
  readonly #terminal: Terminal
  readonly #reader: Reader
  readonly #redaction = new Redaction()
  readonly #log: Log
  /** A signal has stopped it: it ends the program, too. */
  #isSignaled = false
  /** It has ended, and nobody had asked it to. */
  #hasFailed = false

  constructor(request: RunRequest, terminal: Terminal, reader: Reader) {
    this.#request = request
    this.#terminal = terminal
    this.#reader = reader
    const { log: format, logLevel: level } = request
    this.#log = runLog({ format, level, terminal, redaction: this.#redaction })
  }

  /** Gives the exit code; `undefined`: a signal ends the program. */
  async toTheEnd(): Promise<number | undefined> {
    const { files, check, tree } = this.#request
    // Before they are read, so that a change in between is one.
    const texts = await textsOf(files)
    const configuration = await this.#first(texts)
    if (configuration === undefined) return WRONG_FILES
    if (check || tree) return this.#shown(configuration)
    return this.#run(configuration, texts)
  }

  async #first(texts: Texts): Promise<Configuration | undefined> {
    try {
      return await this.#load(texts)
    } catch (error) {
      this.#terminal.tell(this.#redaction.redacted(`pigeonhole run: ${problemsText(error)}\n`))
      return undefined
    }
  }

  async #load(texts: Texts): Promise<Configuration> {
    const { files, allowOutside, unknownKinds } = this.#request
    const { env } = this.#terminal
    for (const text of texts) this.#redaction.addNamedIn(text ?? "", env)
    const configuration = await this.#reader.loadConfiguration(files, { env, allowOutside, unknownKinds })
    this.#redaction.add(configuration.secrets)
    return configuration
  }

  #shown(configuration: Configuration): number {
    const { check, tree } = this.#request
    const text = [...(check ? [summaryOf(configuration)] : []), ...(tree ? [configuration.describe()] : [])].join("\n")
    this.#terminal.print(this.#redaction.redacted(`${text}\n`))
    return 0
  }

  async #run(configuration: Configuration, texts: Texts): Promise<number | undefined> {
    for (const skipped of skippedIn(configuration)) this.#log({ level: "warn", message: skipped, fields: { event: "entry_skipped" } })
    for (const note of configuration.notes) this.#log({ level: "warn", message: note, fields: { event: "configuration_note" } })
    const runtime = await this.#started(configuration)
    if (runtime === undefined) return this.#isSignaled ? undefined : FAILED
    const over = new AbortController()
    if (this.#request.watch) this.#follow(configuration, runtime, texts, over.signal)
    await runtime.ended
    over.abort()
    await runtime.stop()
    if (this.#isSignaled) return undefined
    return this.#hasFailed ? FAILED : 0
  }

  async #started({ tree }: Configuration): Promise<Runtime<object> | undefined> {
    try {
      const runtime = await start(tree, { signals: true, exitOnGiveUp: true, log: this.#heard })
      this.#log({ level: "info", message: `${this.#request.files.join(", ")} runs`, fields: { event: "application_started" } })
      return runtime
    } catch (error) {
      if (!this.#isSignaled) this.#notStarted(error)
      return undefined
    }
  }

  #notStarted(error: unknown): void {
    const said = error instanceof PigeonholeError
    const message = `the application cannot start${said ? `: ${error.message}` : ""}`
    const thrown = said ? error.cause : error
    this.#log({ level: "error", message, ...(thrown === undefined ? {} : { error: thrown }), fields: { event: "application_failed" } })
  }

  /**
   * What the runtime logs. That a signal has come is told by nothing else: who listens too would keep it from ending the program. Neither is why
   * it has ended: a supervisor that gave up, and one whose work was done, give the same reason.
   */
  readonly #heard = (entry: LogEntry): void => {
    if (entry.fields?.event === "signal") this.#isSignaled = true
    if (entry.fields?.event === "ended") this.#hasFailed = true
    this.#log(entry)
  }

  #follow(started: Configuration, runtime: Runtime<object>, texts: Texts, signal: AbortSignal): void {
    const { files } = this.#request
    const changes = new FileChanges(files, texts, signal)
    const follower = new Follower({
      started,
      files,
      load: async () => this.#load(await textsOf(files)),
      compare: this.#reader.changesBetween,
      setPolicies: (policies) => runtime.security.setPolicies(policies),
      log: this.#log,
    })
    void follower.follow(changes)
    void this.#followModules(follower, started.modules, signal)
  }

  async #followModules(follower: Follower, modules: readonly string[], signal: AbortSignal): Promise<void> {
    const texts = await textsOf(modules)
    await follower.followModules(new FileChanges(modules, texts, signal))
  }
}

// -- what there is ---------------------------------------------------------------------------------------------------------

/** Entries of which nothing is started: others name them. */
const NOT_STARTED = /^(?:database\..+|module)$/

function summaryOf(configuration: Configuration): string {
  const { entries, policies } = configuration
  const services = entries.filter(({ kind }) => !NOT_STARTED.test(kind))
  const scopes = policies.filter((policy) => "scope" in policy).length
  const counts = [counted(services.length, "service"), ...kindsIn(services.map(({ kind }) => kind))]
  const rules = [counted(policies.length - scopes, "policy", "policies"), counted(scopes, "scope")]
  return [
    `ok: ${counts[0]}${counts.length > 1 ? ` (${counts.slice(1).join(", ")})` : ""}, ${rules.join(", ")}`,
    ...skippedIn(configuration),
    ...configuration.notes,
  ].join("\n")
}

function kindsIn(kinds: readonly string[]): readonly string[] {
  return [...new Set(kinds)].map((kind) => `${kinds.filter((each) => each === kind).length} ${kind}`)
}

function skippedIn({ skipped }: Configuration): readonly string[] {
  return skipped.map(({ id, kind }) => `passed over: ${id}, of the kind ${kind}, which is not known`)
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}
