/** What came from the environment is cut out of whatever is printed. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Redaction } from "../../command/redaction.ts"
import { runLog } from "../../command/run-log.ts"
import { KeptTerminal } from "../support/kept-terminal.ts"

function hiding(...secrets: readonly string[]): Redaction {
  const redaction = new Redaction()
  redaction.add(secrets)
  return redaction
}

describe("a secret", () => {
  it("is cut out wherever it stands, a longer one before its parts", () => {
    expect(hiding("hunter", "hunter2").redacted("hunter2 and hunter, hunterhunter2")).toBe("*** and ***, ******")
  })

  it("is cut out where somebody has cut it short", () => {
    const secret = "an api key that goes on for longer than any line shows of it"
    expect(hiding(secret).redacted(`got "${secret.slice(0, 40)}…"`)).toBe('got "***…"')
  })

  it("is cut out as it is quoted, and line by line", () => {
    const redaction = hiding('say "friend"\nand enter')
    expect(redaction.redacted(JSON.stringify({ word: 'say "friend"\nand enter' }))).toBe('{"word":"***"}')
    expect(redaction.redacted('first: say "friend"\n    then: and enter')).toBe("first: ***\n    then: ***")
  })

  it("is cut out in the parts of an address", () => {
    const redaction = hiding("postgres://admin:p%40ss-word@db.internal:5432/app")
    expect(redaction.redacted("getaddrinfo ENOTFOUND db.internal")).toBe("getaddrinfo ENOTFOUND ***")
    expect(redaction.redacted("user admin, password p@ss-word or p%40ss-word")).toBe("user ***, password *** or ***")
  })

  it("of one or two letters is left, as it is a part of every other word", () => {
    expect(hiding("", "a", "on").redacted("a cache is on")).toBe("a cache is on")
  })

  it("is what a file asks for, whatever else is in the file", () => {
    const redaction = new Redaction()
    const ask = `\${env:`
    redaction.addNamedIn(`entries: [ ${ask}ONE} ${ask}TWO:-x} ${ask}toString} ${ask}`, { ONE: "first", TWO: "second", THREE: "third" })
    expect(redaction.redacted("first second third")).toBe("*** *** third")
  })

  it("never stays in a text, whatever is around it", () => {
    const text = fc.string({ minLength: 3, maxLength: 60 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.array(fc.string()), (secrets, around) => {
        const left = hiding(...secrets).redacted([...around, ...secrets].join("|"))
        // What was put in its place is nobody's secret.
        for (const secret of secrets) expect(left.replaceAll("***", "\u0000").includes(secret)).toBe(false)
      }),
    )
  })
})

describe("the log", () => {
  const logged = (format: "text" | "json", level: "info" | "warn" | "error", secrets: readonly string[]): KeptTerminal => {
    const terminal = new KeptTerminal()
    const log = runLog({ format, level, terminal, redaction: hiding(...secrets) })
    log({ level: "info", message: "up" })
    log({ level: "warn", message: "hunter2 is slow", fields: { event: "slow", port: 5432, names: ["a hunter2", "b"], ok: true } })
    log({ level: "error", message: "app:a crashed", error: new Error("no hunter2") })
    return terminal
  }

  it("is lines for a person, from a level on", () => {
    const lines = ["info: up", "warn: *** is slow", "error: app:a crashed: Error: no ***"]
    const text = (from: number): string =>
      lines
        .slice(from)
        .map((line) => `[pigeonhole] ${line}\n`)
        .join("")
    expect(logged("text", "info", ["hunter2"]).told).toBe(text(0))
    expect(logged("text", "warn", ["hunter2"]).told).toBe(text(1))
    expect(logged("text", "error", ["hunter2"]).told).toBe(text(2))
  })

  it("is JSON, which stays JSON whatever word is a secret", () => {
    const { told, printed } = logged("json", "warn", ["hunter2", "5432", "warn", "slow", "message"])
    const [slow, crashed, ...others] = told
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(slow).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: "warn",
      event: "slow",
      message: "*** is ***",
      port: "***",
      names: ["a ***", "b"],
      ok: true,
    })
    expect(crashed).toMatchObject({ level: "error", error: "Error: no ***", stack: expect.stringMatching(/^Error: no \*\*\*\n/) })
    expect([others, printed]).toEqual([[], ""])
  })
})
