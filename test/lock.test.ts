/** The lock files hold all that an installation anywhere needs: one that a machine writes for itself leaves out what is for others. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PROJECT } from "./house/source.ts"

interface Locked {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const read = <Content>(folder: string, name: string): Content => JSON.parse(readFileSync(join(PROJECT, folder, name), "utf8")) as Content

describe.each([
  [".", "the project's"],
  ["test/hosts", "the hosts'"],
  ["test/adapters", "the adapters'"],
])("the lock file in %s, %s", (folder) => {
  const { packages } = read<Lock>(folder, "package-lock.json")

  it("has every optional package of every dependency, for whatever platform", () => {
    expect(missingFrom(packages)).toEqual([])
    expect(Object.values(packages).filter(({ optionalDependencies = {} }) => Object.keys(optionalDependencies).length > 1)).not.toEqual([])
  })

  it("has what the manifest asks for", () => {
    const { dependencies, devDependencies } = read<Manifest>(folder, "package.json")
    const own = packages[""] as Manifest
    expect(own.dependencies).toEqual(dependencies)
    expect(own.devDependencies).toEqual(devDependencies)
  })
})

describe("a lock file", () => {
  it("would be missed if it were of one platform's packages", () => {
    const optionalDependencies = { "@tool/linux": "1.0.0", "@tool/windows": "1.0.0" }
    const packages = {
      "node_modules/tool": { optionalDependencies },
      "node_modules/@tool/linux": { version: "1.0.0" },
      "node_modules/other": { optionalDependencies },
      "node_modules/other/node_modules/@tool/windows": { version: "1.0.0" },
    }
    expect(missingFrom(packages)).toEqual(["node_modules/tool needs @tool/windows"])
  })
})

/** As Node looks for a package: beside what needs it, and in every folder above. */
function missingFrom(packages: Lock["packages"]): string[] {
  const isThere = (from: string, name: string): boolean => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
      if (packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined) return true
      if (folder === "") return false
    }
  }
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isThere(path, name))
      .map((name) => `${path} needs ${name}`),
  )
}
