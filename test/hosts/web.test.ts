/** The packed package where there is no program around it: a page and a module worker of a browser, an edge isolate. */

import { type ChildProcess, spawn } from "node:child_process"
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { describeIn, machineHost, packagedHost } from "../house/hosts.ts"
import { installPacked, type Packed } from "../house/packed.ts"
import { PROJECT } from "../house/source.ts"
import { SEEN } from "./visit.ts"

const CHROMIUM = machineHost("Chromium", ["chromium", "chromium-browser", "google-chrome"], "apt-get install chromium")
const WORKERD = packagedHost("workerd", "workerd", "bin", "workerd")

vi.setConfig({ testTimeout: 60_000 })

let packed: Packed
beforeAll(async () => {
  packed = await installPacked()
  copyFileSync(join(PROJECT, "test", "hosts", "visit.ts"), join(packed.project, "visit.ts"))
}, 120_000)
afterAll(() => packed?.remove())

/** A module that needs no other, as who builds for the web has it: minified, the names of classes too. */
async function bundled(contents: string): Promise<string> {
  const resolveDir = packed.project
  const made = await build({ stdin: { contents, resolveDir, loader: "ts" }, bundle: true, minify: true, format: "esm", write: false })
  return made.outputFiles[0]?.text ?? ""
}

// -- a browser -----------------------------------------------------------------------------------------------------

interface Browser {
  newPage(): Promise<Page>
  close(): Promise<void>
}

interface Page {
  goto(url: string): Promise<unknown>
  evaluate<Result>(script: string): Promise<Result>
  on(event: "pageerror" | "console", listener: (what: { message?: string; text?(): string }) => void): unknown
}

interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> }
}

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

describeIn(CHROMIUM, (executablePath) => {
  describeIn(packagedHost("by playwright-core", "playwright-core", "index.mjs"), (playwright) => {
    let browser: Browser
    let server: Server
    let page: Page
    const complaints: string[] = []

    beforeAll(async () => {
      server = await serve(await siteOf())
      const { chromium } = (await import(pathToFileURL(playwright).href)) as Playwright
      browser = await chromium.launch({ executablePath, headless: true, args: FLAGS })
      page = await browser.newPage()
      page.on("pageerror", ({ message }) => complaints.push(String(message)))
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    }, 120_000)
    afterAll(async () => {
      await browser?.close()
      server?.close()
    })

    it("runs in a page, by the files of the package as they are", async () => {
      expect(await page.evaluate("import('/visit.js').then(({ visit }) => visit())")).toEqual(SEEN)
      expect(complaints).toEqual([])
    })

    it("runs in a module worker, bundled and minified", async () => {
      const answer =
        "new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); worker.onerror = ({ message }) => resolve(message) })"
      expect(await page.evaluate(`(() => { const worker = new Worker("/worker.js", { type: "module" }); return ${answer} })()`)).toEqual(
        SEEN,
      )
      expect(complaints).toEqual([])
    })

    it("refuses at the start what asks for a program around it", async () => {
      const refusal = (option: string): Promise<string> =>
        page.evaluate(`import("pigeonhole").then(({ start }) => start({}, { ${option} })).catch(({ message }) => message)`)
      const sentence = "needs a program around the runtime, and this host has none: there is no process."
      expect(await refusal("signals: true")).toContain(`signals ${sentence}`)
      expect(await refusal("exitOnGiveUp: true")).toContain(`exitOnGiveUp ${sentence}`)
    })
  })
})

/** What the server has, by path. */
async function siteOf(): Promise<ReadonlyMap<string, string>> {
  const dist = "/node_modules/pigeonhole/dist"
  const imports = { pigeonhole: `${dist}/index.js`, "pigeonhole/testing": `${dist}/testing.js` }
  const page = `<!doctype html><title>visit</title><script type="importmap">${JSON.stringify({ imports })}</script>`
  const visit = await build({ entryPoints: [join(packed.project, "visit.ts")], format: "esm", write: false })
  const worker = await bundled('import { visit } from "./visit.ts"; visit().then(postMessage, ({ message }) => postMessage(message))')
  const files = ["index", "shared", "testing"].map((name) => [
    `${dist}/${name}.js`,
    readFileSync(join(packed.project, dist, `${name}.js`), "utf8"),
  ])
  return new Map([["/", page], ["/visit.js", visit.outputFiles[0]?.text ?? ""], ["/worker.js", worker], ...(files as [string, string][])])
}

function serve(site: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer(({ url = "" }, response) => {
    const text = site.get(url)
    const type = url === "/" ? "text/html" : "text/javascript"
    response.writeHead(text === undefined ? 404 : 200, { "content-type": type }).end(text)
  })
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)))
}

// -- an edge isolate -----------------------------------------------------------------------------------------------

const CONFIGURATION = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "plain", worker = .plain), (name = "node", worker = .node)],
  sockets = [
    (name = "plain", address = "127.0.0.1:0", http = (), service = "plain"),
    (name = "node", address = "127.0.0.1:0", http = (), service = "node"),
  ],
);
const plain :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2025-06-01",
);
const node :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2025-06-01",
  compatibilityFlags = ["nodejs_compat"],
);
`

describeIn(WORKERD, (program) => {
  let isolate: ChildProcess
  let ports: ReadonlyMap<string, number>

  beforeAll(async () => {
    const code = `
      import { visit } from "./visit.ts"
      const answer = () => visit().catch((error) => [String(error?.stack ?? error)])
      export default { fetch: async () => new Response(JSON.stringify(await answer())) }
    `
    writeFileSync(join(packed.project, "worker.js"), await bundled(code))
    writeFileSync(join(packed.project, "config.capnp"), CONFIGURATION)
    isolate = spawn(program, ["serve", "config.capnp", "--control-fd=3"], {
      cwd: packed.project,
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    })
    ports = await portsTold(isolate.stdio[3] as Readable, 2)
  }, 60_000)
  afterAll(() => isolate?.kill("SIGKILL"))

  it.each(["plain", "node"])("runs within one request, and within each that follows or comes at the same time: %s", async (socket) => {
    const visited = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${ports.get(socket)}/`)).json()
    expect(await visited()).toEqual(SEEN)
    expect(await Promise.all([visited(), visited()])).toEqual([SEEN, SEEN])
  })
})

/** workerd tells where it listens, a line of JSON an event. */
function portsTold(control: Readable, count: number): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  return new Promise((resolve) => {
    control.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trim().split("\n")) {
        const { socket, port } = JSON.parse(line) as { readonly socket: string; readonly port: number }
        ports.set(socket, port)
      }
      if (ports.size === count) resolve(ports)
    })
  })
}
