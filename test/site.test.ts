/**
 * The static site of guides and reference, as a browser shows it: every link inside leads somewhere, and nothing complains.
 *
 * What it needs is installed apart (`docs/site`, `test/hosts`, Debian's chromium). Where that is missing it is skipped, and its name says why.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { extname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { ENTRY_POINTS, specifierOf } from "../build/bundle.ts"
import { succeed } from "./house/command.ts"
import { describeIn, machineHost, packagedHost } from "./house/hosts.ts"
import { filesUnder, PROJECT } from "./house/source.ts"

vi.setConfig({ testTimeout: 120_000 })

const typedocPath = join(PROJECT, "docs", "site", "node_modules", "typedoc", "bin", "typedoc")
const TYPEDOC = { name: "the site", program: existsSync(typedocPath) ? typedocPath : undefined, install: "npm run docs" }
const CHROMIUM = machineHost("Chromium", ["chromium", "chromium-browser", "google-chrome"], "apt-get install chromium")

interface Page {
  goto(url: string): Promise<unknown>
  evaluate<Result>(script: string): Promise<Result>
  setViewportSize(size: { width: number; height: number }): Promise<void>
  emulateMedia(media: { colorScheme: "light" | "dark" }): Promise<void>
  on(event: "pageerror" | "console" | "request", listener: (what: Told) => void): unknown
}
interface Told {
  readonly message?: string
  text?(): string
  url?(): string
}
interface Browser {
  newPage(): Promise<Page>
  close(): Promise<void>
}
interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> }
}

const folder = mkdtempSync(join(tmpdir(), "pigeonhole-site-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the site", () => {
  it("is to have every entry point, each by the name that it is imported by", () => {
    const read = (path: string): string => readFileSync(join(PROJECT, "docs", "site", path), "utf8")
    const { entryPoints } = JSON.parse(read("typedoc.json")) as { readonly entryPoints: readonly string[] }
    const names = Array.from(read("plugin.ts").matchAll(/^ {2}\["([^"]+)", "pigeonhole(\/[^"]+)?"\],$/gm), ([, path, name = ""]) => [
      path,
      `.${name}`,
    ])
    const all = Object.entries(ENTRY_POINTS).map(([name, path]) => [path.replace(/(\/index)?\.ts$/, ""), specifierOf(name)])
    expect(names.toSorted()).toEqual(all.toSorted())
    expect(entryPoints.toSorted()).toEqual(
      Object.values(ENTRY_POINTS)
        .map((path) => `../../${path}`)
        .toSorted(),
    )
  })
})

describeIn(TYPEDOC, (typedoc) => {
  beforeAll(async () => {
    await succeed("node", [typedoc, "--options", "docs/site/typedoc.json", "--out", folder], { timeoutMs: 280_000 })
  }, 300_000)

  const pages = (): string[] => filesUnder(".", ".html", folder).map((path) => path.slice(2))
  const textOf = (path: string): string => readFileSync(join(folder, path), "utf8")

  it("has a page for every guide, every paper, and every entry point", () => {
    const titles = pages().map((path) => /<title>(.*?) \| /.exec(textOf(path))?.[1])
    const headings = [...filesUnder("docs", ".md").filter((path) => path.split("/").length === 2), "ARCHITECTURE.md", "CHANGELOG.md"].map(
      (path) => /^# (.+)$/m.exec(readFileSync(join(PROJECT, path), "utf8"))?.[1],
    )
    expect(titles).toEqual(expect.arrayContaining(headings))
    expect(titles).toEqual(
      expect.arrayContaining([
        "pigeonhole",
        "pigeonhole/effect",
        "pigeonhole/simulation/vitest",
        "pigeonhole/testing",
        "pigeonhole/xstate",
      ]),
    )
  })

  it("shows the marks of a doc comment each on a line of its own", () => {
    expect(textOf("functions/pigeonhole.start.html")).toMatch(/<li><strong>Errors<\/strong> Invalid, naming the field/)
  })

  describeIn(CHROMIUM, (executablePath) => {
    describeIn(packagedHost("by playwright-core", "playwright-core", "index.mjs"), (playwright) => {
      let server: Server
      let browser: Browser
      let page: Page
      let origin = ""
      const complaints: string[] = []
      const foreign: string[] = []

      beforeAll(async () => {
        server = await serve(folder)
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const { chromium } = (await import(pathToFileURL(playwright).href)) as Playwright
        browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu"] })
        page = await browser.newPage()
        await page.goto(`${origin}/index.html`)
        page.on("pageerror", ({ message }) => complaints.push(String(message)))
        page.on("console", (said) => complaints.push(String(said.text?.())))
        page.on("request", (asked) => {
          const url = asked.url?.() ?? ""
          if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) foreign.push(url)
        })
      }, 60_000)
      afterAll(async () => {
        await browser?.close()
        server?.close()
      })

      it("has no link inside that leads nowhere", async () => {
        const broken = await page.evaluate<string[]>(`(${findBroken})(${JSON.stringify(pages())})`)
        expect(broken).toEqual([])
      })

      it("would be found to have one", async () => {
        const text = '<a href="nowhere.html">a</a><a href="#nowhere">b</a><a href="index.html">c</a>'
        const other = await browser.newPage()
        await other.goto(`${origin}/index.html`)
        const broken = await other.evaluate<string[]>(`(${findBroken})(["index.html"], ${JSON.stringify(text)})`)
        expect(broken).toEqual(["index.html: nowhere.html", "index.html: #nowhere"])
      })

      it("opens without a complaint, without a request to anybody else, and no wider than a phone", async () => {
        await page.setViewportSize({ width: 360, height: 740 })
        const oneOfEach = ["classes", "functions", "interfaces", "types", "variables"].flatMap((kind) => {
          return pages()
            .filter((path) => path.startsWith(`${kind}/`))
            .slice(0, 2)
        })
        const wide: string[] = []
        for (const path of [...pages().filter((path) => /^(documents|modules)\/|^\w+\.html$/.test(path)), ...oneOfEach]) {
          await page.goto(`${origin}/${path}`)
          if ((await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth")) > 0) wide.push(path)
        }
        expect({ complaints, foreign, wide }).toEqual({ complaints: [], foreign: [], wide: [] })
      })

      it("is light or dark as the browser prefers", async () => {
        const backgroundIn = async (colorScheme: "light" | "dark"): Promise<string> => {
          await page.emulateMedia({ colorScheme })
          await page.goto(`${origin}/index.html`)
          return page.evaluate("getComputedStyle(document.body).backgroundColor")
        }
        const brightness = (color: string): number => Number(/\d+/.exec(color)?.[0])
        expect(brightness(await backgroundIn("light"))).toBeGreaterThan(200)
        expect(brightness(await backgroundIn("dark"))).toBeLessThan(60)
      })
    })
  })
})

/** Runs in the browser: links of these pages, or of this text in place of the first, to pages or places that are not there. */
const findBroken = `async (paths, text) => {
  const read = async (path) => {
    const answer = await fetch("/" + path)
    return answer.ok ? answer.text() : undefined
  }
  const documents = new Map()
  const documentAt = async (path) => {
    if (!documents.has(path)) {
      const html = await read(path)
      documents.set(path, html === undefined ? undefined : new DOMParser().parseFromString(html, "text/html"))
    }
    return documents.get(path)
  }
  const broken = []
  for (const path of paths) {
    const source = text === undefined ? await documentAt(path) : new DOMParser().parseFromString(text, "text/html")
    for (const link of source.querySelectorAll("[href], [src]")) {
      const written = link.getAttribute("href") ?? link.getAttribute("src")
      const url = new URL(written, location.origin + "/" + path)
      if (url.origin !== location.origin) continue
      const target = decodeURIComponent(url.pathname.slice(1))
      const place = decodeURIComponent(url.hash.slice(1))
      const found = await documentAt(target)
      const isThere = found !== undefined && (place === "" || !target.endsWith(".html") || found.getElementById(place) !== null)
      if (!isThere) broken.push(path + ": " + written)
    }
  }
  return broken
}`

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
}

function serve(root: string): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const file = join(root, decodeURIComponent(new URL(url, "http://localhost").pathname))
    if (!existsSync(file)) return response.writeHead(404).end()
    return response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file))
  })
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)))
}
