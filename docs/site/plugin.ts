/**
 * A plugin of TypeDoc's: how this project's papers and doc comments become pages.
 *
 * - A paper is called by its heading, and stands among the guides or the project's other papers. README is the first page.
 * - An entry point is called as it is imported.
 * - The marks of a doc comment (`Errors`, `Order`, …) each begin a line of their own.
 * - What the runtime makes, and nobody else can, is shown without its constructor.
 */

import {
  type Application,
  Comment,
  type CommentDisplayPart,
  CommentTag,
  type Context,
  Converter,
  type DocumentReflection,
  type ProjectReflection,
  ReferenceType,
  type Reflection,
  ReflectionKind,
} from "typedoc"

/** Entry points by the names that TypeDoc gives them: from the folder that they have in common. */
const ENTRY_POINTS: ReadonlyMap<string, string> = new Map([
  ["actors", "pigeonhole"],
  ["actors/durable", "pigeonhole/durable"],
  ["actors/express-session/express-session", "pigeonhole/express-session"],
  ["actors/keyv/keyv", "pigeonhole/keyv"],
  ["actors/rate-limit/rate-limit", "pigeonhole/rate-limit"],
  ["actors/unstorage/unstorage", "pigeonhole/unstorage"],
  ["actors/testing", "pigeonhole/testing"],
  ["actors/simulation", "pigeonhole/simulation"],
  ["actors/simulation-vitest", "pigeonhole/simulation/vitest"],
  ["actors/config", "pigeonhole/config"],
  ["actors/effect", "pigeonhole/effect"],
  ["actors/effect-persistence", "pigeonhole/effect/persistence"],
  ["src/opentelemetry", "pigeonhole/opentelemetry"],
  ["src/telemetry", "pigeonhole/telemetry"],
  ["src/xstate", "pigeonhole/xstate"],
])

export function load(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, paper) => nameByHeading(paper))
  // Before anything is resolved, as links are by these names.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => arrange(project), 1_000)
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }: Context) => dropHeading(project.readme))
}

function arrange(project: ProjectReflection): void {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) nameAsImported(module)
  for (const made of project.getReflectionsByKind(ReflectionKind.Constructor)) if (needsInternals(made)) project.removeReflection(made)
  for (const reflection of Object.values(project.reflections)) layOutMarks(reflection.comment)
}

// -- names ---------------------------------------------------------------------------------------------------------

const HEADING = /^\s*# (.+)\n/

function nameByHeading(paper: DocumentReflection): void {
  const isGuide = paper.name.startsWith("docs/")
  paper.name = HEADING.exec(paper.content[0]?.text ?? "")?.[1] ?? paper.name
  putInto(isGuide ? "Guides" : "Project", paper)
}

/** The first page has the project's name as its title. */
function dropHeading([first]: readonly CommentDisplayPart[] = []): void {
  if (first !== undefined) first.text = first.text.replace(HEADING, "")
}

function nameAsImported(module: Reflection): void {
  const name = ENTRY_POINTS.get(module.name)
  if (name === undefined) throw new Error(`${module.name} is an entry point without a name: plugin.ts`)
  module.name = name
  putInto("Reference", module)
}

function putInto(category: string, reflection: Reflection): void {
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]))
}

// -- constructors --------------------------------------------------------------------------------------------------

/** Has a parameter of a type that no entry point exports. */
function needsInternals(made: Reflection): boolean {
  const signatures = made.isDeclaration() ? (made.signatures ?? []) : []
  return signatures.some(({ parameters = [] }) => parameters.some(({ type }) => isInternal(type)))
}

function isInternal(type: unknown): boolean {
  return type instanceof ReferenceType && type.package === "pigeonhole" && type.reflection === undefined && !type.refersToTypeParameter
}

// -- marks ---------------------------------------------------------------------------------------------------------

const MARK = /(^|\n)(Units|Order|Errors|Cost|Source|Shape|Events|State|Bounds|Ends) {2,}/g

/** In Markdown they would flow into one paragraph. */
function layOutMarks(comment: Comment | undefined): void {
  const parts = comment?.summary ?? []
  for (const [index, part] of parts.entries()) {
    if (part.kind !== "text") continue
    part.text = part.text.replace(MARK, (whole, before: string, mark: string) => {
      return before === "" && index > 0 ? whole : `\n\n- **${mark}** `
    })
  }
}
