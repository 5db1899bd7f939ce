/** What the adapters make is what the libraries declare that they take, for who compiles strictly. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { describeWith } from "../house/apart.ts"
import { run } from "../house/command.ts"
import { PROJECT } from "../house/source.ts"

const PROGRAM = `
import { Cacheable } from "cacheable"
import { rateLimit } from "express-rate-limit"
import { Keyv } from "keyv"
import { Keyv as Keyv6 } from "keyv6"
import type { StoreMailbox } from "pigeonhole"
import { keyvStore } from "pigeonhole/keyv"
import { rateLimitStore } from "pigeonhole/rate-limit"
import { unstorageDriver } from "pigeonhole/unstorage"
import { createStorage, type Driver } from "unstorage"

declare const mailbox: StoreMailbox
declare const counts: StoreMailbox<number>
export const storage = createStorage({ driver: unstorageDriver(mailbox, { base: "pages" }) })
storage.mount("cache", unstorageDriver(mailbox) satisfies Driver)
export const limiter = rateLimit({ store: rateLimitStore(counts) })
export const keyvs = [new Keyv({ store: keyvStore(mailbox) }), new Keyv(keyvStore(mailbox), { namespace: "a" })]
export const keyvs6 = [new Keyv6({ store: keyvStore(mailbox) }), new Keyv6(keyvStore(mailbox), { namespace: "a" })]
export const layered = new Cacheable({ primary: new Keyv(keyvStore(mailbox)), secondary: keyvStore(mailbox) })
`

describeWith(["keyv", "keyv6", "cacheable", "express-rate-limit", "unstorage"], "the types of", () => {
  it("what the adapters make fit those of the libraries", async () => {
    mkdirSync(join(PROJECT, ".vitest"), { recursive: true })
    const folder = mkdtempSync(join(PROJECT, ".vitest", "types-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    symlinkSync(join(import.meta.dirname, "node_modules"), join(folder, "node_modules"))
    writeFileSync(join(folder, "program.ts"), PROGRAM)
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", include: ["program.ts"] }))
    const { code, stdout } = await run("tsc", ["-p", folder, "--pretty", "false"])
    expect([stdout, code]).toEqual(["", 0])
  })
})
