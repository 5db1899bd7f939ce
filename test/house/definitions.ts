/**
 * What the blocks of a guide give to those below them: what stands at the top of a block that claims nothing. So a guide tells a story, and
 * each of its blocks is still a program of its own, with what it needs of the others and no more.
 */

import { claimsOf, type Example, type Surroundings } from "./example.ts"
import { isNode, type Node, parseTypeScript } from "./source.ts"

type Definition = readonly [name: string, declaration: string]

/** Surroundings, and what the guide has defined by then. */
export function inItsGuide(example: Example, guide: readonly Example[], surroundings: Surroundings): Surroundings {
  const above = guide.filter((other) => other.path === example.path && other.line < example.line && claimsOf(other).length === 0)
  return { ...surroundings, declarations: [...surroundings.declarations, ...above.flatMap(({ code }) => definitionsOf(code))] }
}

function definitionsOf(code: string): Definition[] {
  return listOf(parseTypeScript("example.ts", code).program.body).flatMap((statement) => {
    if (statement.type === "ImportDeclaration") return importsOf(statement, code)
    const declared = [statement, ...listOf(statement.declarations)].map(({ id }) => nameOf(id)).filter((name) => name !== "")
    return declared.map((name) => [name, code.slice(statement.start, statement.end)] as const)
  })
}

/** One for each name: what is imported and not used would not compile everywhere. */
function importsOf(statement: Node, code: string): Definition[] {
  const from = isNode(statement.source) ? code.slice(statement.source.start, statement.source.end) : ""
  const how = statement.importKind === "type" ? "import type" : "import"
  return listOf(statement.specifiers).map((specifier) => {
    const text = code.slice(specifier.start, specifier.end)
    return [nameOf(specifier.local), `${how} ${specifier.type === "ImportSpecifier" ? `{ ${text} }` : text} from ${from}`] as const
  })
}

function listOf(part: unknown): Node[] {
  return Array.isArray(part) ? part.filter(isNode) : []
}

function nameOf(part: unknown): string {
  return isNode(part) && typeof part.name === "string" ? part.name : ""
}
