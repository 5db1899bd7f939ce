/** README's table of hosts says what the tests of this folder run. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PROJECT } from "../house/source.ts"

type Manifest = Readonly<Record<"dependencies" | "devDependencies", Readonly<Record<string, string>>>>

const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(PROJECT, folder, "package.json"), "utf8")) as Manifest
const { devDependencies: own } = manifest(".")
const { dependencies: hosts } = manifest("test/hosts")
const version = (wanted = "none"): string => wanted.replace(/^npm:.*@/, "")

const TESTED: readonly (readonly [row: string, tested: string])[] = [
  ["Node", `${version(hosts.node22)}, ${version(own.node)}`],
  ["Bun", version(hosts.bun)],
  ["Deno", version(hosts.deno)],
  ["a page, a module worker", "Debian's Chromium"],
  ["an edge isolate", `workerd ${version(hosts.workerd)}`],
  ["TypeScript", `${version(hosts.typescript59)}, ${version(own.typescript)}`],
  ["`pigeonhole/xstate`", `XState ${version(own.xstate)}`],
  ["`pigeonhole/effect`", `Effect ${version(own.effect)}`],
  ["`pigeonhole/config`", `Effect ${version(own.effect)}, yaml ${version(own.yaml)}`],
  ["`pigeonhole/opentelemetry`", `@opentelemetry/api ${version(own["@opentelemetry/api"])}`],
]

describe("README.md's table of where it runs", () => {
  const section = readFileSync(join(PROJECT, "README.md"), "utf8").split("\n## Where it runs\n")[1]?.split("\n## ")[0] ?? ""
  const rows = [...section.matchAll(/^\| (.+?) *\| (.+?) *\| .+? *\|$/gm)].map(([, host = "", tested = ""]) => [host, tested] as const)

  it("names what was run, and nothing else", () => {
    expect(rows.slice(2).map(([host, tested]) => [TESTED.find(([row]) => host.startsWith(row))?.[0], tested])).toEqual(TESTED)
  })
})
