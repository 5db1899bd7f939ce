/** The compiler as an editor talks to it (the Language Server Protocol), as far as it says what a name is. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { PROJECT } from "./source.ts"

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly items?: readonly unknown[] }
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** A place in a file, both from 0. */
export interface Position {
  readonly line: number
  readonly character: number
}

const COMPILER = join(PROJECT, "node_modules", "typescript", "bin", "tsc")

/** An editor that has the project open. Ends the compiler on leaving an `await using` block. */
export class Editor {
  readonly #server: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (answer: Message) => void>()
  #received = Buffer.alloc(0)
  #asked = 0

  static async open(): Promise<Editor> {
    const editor = new Editor()
    const root = pathToFileURL(PROJECT).href
    const capabilities = { textDocument: { hover: { contentFormat: ["plaintext"] } } }
    await editor.#ask("initialize", {
      processId: process.pid,
      rootUri: root,
      capabilities,
      workspaceFolders: [{ uri: root, name: "project" }],
    })
    editor.#send({ method: "initialized", params: {} })
    return editor
  }

  private constructor() {
    this.#server = spawn(process.execPath, [COMPILER, "--lsp", "--stdio"], { cwd: PROJECT })
    this.#server.stdout.on("data", (bytes: Buffer) => this.#receive(bytes))
    this.#server.on("exit", () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "the compiler has ended" } })
    })
  }

  /** What the editor shows at each of these places of a file, docstring and all. */
  async hovers(path: string, positions: readonly Position[]): Promise<string[]> {
    const uri = pathToFileURL(join(PROJECT, path)).href
    const text = readFileSync(join(PROJECT, path), "utf8")
    this.#send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "typescript", version: 1, text } } })
    const shown: string[] = []
    for (const position of positions) shown.push(textOf(await this.#ask("textDocument/hover", { textDocument: { uri }, position })))
    return shown
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, "exit")
    await this.#ask("shutdown")
    this.#send({ method: "exit" })
    this.#server.stdin.end()
    await ended
  }

  #ask(method: string, params?: object): Promise<unknown> {
    this.#asked += 1
    const id = this.#asked
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve))
    this.#send({ id, method, params })
    return answer.then(({ result, error }) => {
      if (error !== undefined) throw new Error(`${method}: ${error.message}`)
      return result
    })
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message })
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    for (let message = this.#next(); message !== undefined; message = this.#next()) this.#take(message)
  }

  /** The first message that has come whole. */
  #next(): Message | undefined {
    const head = this.#received.indexOf("\r\n\r\n")
    if (head < 0) return undefined
    const size = Number(/Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, head))?.[1])
    const start = head + 4
    if (this.#received.length < start + size) return undefined
    const text = this.#received.toString("utf8", start, start + size)
    this.#received = this.#received.subarray(start + size)
    return JSON.parse(text) as Message
  }

  /** The compiler asks as well: for settings, of which there are none. */
  #take({ id, method, params, result, error }: Message): void {
    if (id === undefined) return
    if (method !== undefined) return this.#send({ id, result: params?.items?.map(() => null) ?? null })
    this.#waiting.get(id)?.({ id, result, ...(error === undefined ? {} : { error }) })
    this.#waiting.delete(id)
  }
}

function textOf(hover: unknown): string {
  const { contents } = (hover ?? {}) as { readonly contents?: string | { readonly value: string } }
  return typeof contents === "string" ? contents : (contents?.value ?? "")
}
