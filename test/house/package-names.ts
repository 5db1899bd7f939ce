/** Lets Node read programs that name the package as its users do: here that is the source, as the compiler is told. Given to a program by `--import`. */

import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"

interface CompilerSettings {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly [string]>> }
}

const root = new URL("../../", import.meta.url)
const { compilerOptions } = JSON.parse(readFileSync(new URL("tsconfig.json", root), "utf8")) as CompilerSettings
const sources = new Map(Object.entries(compilerOptions.paths).map(([name, [path]]) => [name, new URL(path, root).href]))

registerHooks({
  resolve(name, context, next) {
    const url = sources.get(name)
    return url === undefined ? next(name, context) : { url, shortCircuit: true }
  },
})
