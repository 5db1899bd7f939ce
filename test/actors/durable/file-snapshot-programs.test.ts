/** Two programs at one snapshot: one has it at a time, and one that was killed is in nobody's way. */

import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileSnapshot } from "../../../actors/durable.ts"
import { start, store } from "../../../actors/index.ts"
import { PROJECT } from "../../house/source.ts"
import { refusal } from "../../support/errors.ts"

let folder: string
let path: string
const programs: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pigeonhole-programs-"))
  path = join(folder, "app.snapshot")
})
afterEach(() => {
  for (const program of programs.splice(0)) program.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

interface Program {
  /** The next line that it says. */
  line(): Promise<string>
  write(): void
  end(signal?: NodeJS.Signals): Promise<void>
}

function program(value: string): Program {
  const child = spawn(process.execPath, [join(PROJECT, "test/support/kept-store-on-node.ts"), path, value], {
    stdio: ["pipe", "pipe", "ignore"],
  })
  programs.push(child)
  const lines: string[] = []
  let heard = (): void => {}
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    lines.push(...text.trimEnd().split("\n"))
    heard()
  })
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()))
  return {
    async line() {
      while (lines.length === 0)
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      return lines.shift() as string
    },
    write: () => child.stdin.write("\n"),
    end: (signal) => {
      if (signal === undefined) child.stdin.end()
      else child.kill(signal)
      return closed
    },
  }
}

const here = () => start({ "app:kept": store<string>({ snapshot: { to: fileSnapshot(path) } }) }, { log: () => {} })

async function valueHere(): Promise<unknown> {
  const runtime = await here()
  const value = await (await runtime.acquire("app:kept")).get("key")
  await runtime.stop()
  return value
}

describe("a snapshot that another program has", { timeout: 60_000 }, () => {
  it("is refused while that runs, and is there once it has stopped, with what it has kept", async () => {
    const other = program("theirs")
    expect(await other.line()).toBe("has undefined")
    expect((await refusal(here())).message).toContain(`Conflict: ${path} is another program's`)
    other.write()
    expect(await other.line()).toBe("kept")
    await other.end()
    expect(await valueHere()).toBe("theirs")
    expect(await valueHere()).toBe("theirs")
  })

  it("is not locked by one that was killed", async () => {
    const killed = program("theirs")
    await killed.line()
    killed.write()
    await killed.line()
    await killed.end("SIGKILL")
    expect(await valueHere()).toBe("theirs")
  })

  it("is refused to others while a store of this program has it, whatever becomes of that store's process", async () => {
    const runtime = await here()
    const kept = await runtime.acquire("app:kept")
    await kept.set("key", "ours")
    expect(await outcomeOf(program("theirs"))).toBe("refused")
    await runtime.stop()
    const next = program("theirs")
    expect(await next.line()).toBe("has ours")
  })

  it("is written over by nobody who has lost its lock meanwhile", async () => {
    const other = program("theirs")
    await other.line()
    unlinkSync(`${path}.lock`)
    const runtime = await here()
    expect(existsSync(`${path}.lock`)).toBe(true)
    await (await runtime.acquire("app:kept")).set("key", "ours")
    other.write()
    await runtime.stop()
    await other.end("SIGKILL")
    expect(await valueHere()).toBe("ours")
  })

  it("is not begun where something else has the lock's name", async () => {
    writeFileSync(`${path}.lock`, "something else, which is longer than a header")
    expect((await refusal(here())).message).toContain("is another program's")
  })
})

async function outcomeOf(other: Program): Promise<string> {
  return Promise.race([other.line(), other.end("SIGCONT").then(() => "refused")])
}
