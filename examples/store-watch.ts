/**
 * A watch: a mirror of a store's keys that is right whatever happens, a crash of the store included; and one that goes on where it left off.
 *
 * Prints:
 *   mirror: theme=dark, lang=en
 *   mirror: theme=light
 *   after a crash: reset, and lang=de
 *   since then: set lang, delete lang
 */

import { type StoreMailbox, start, store } from "pigeonhole"

await using runtime = await start({ "app:config": store<string>() }, { log: () => {} })
const config = await runtime.acquire("app:config")
await config.set("theme", "dark")
await config.set("lang", "en")

/** All that is there, and stays so: what it knows is forgotten where the watch says that it may be wrong. */
class Mirror {
  readonly #known = new Map<string, string>()
  last = ""
  async follow(source: StoreMailbox<string>): Promise<void> {
    for await (const { type, key, value } of source.watch({ prefix: "", initial: true })) {
      this.last = type
      if (key === undefined) this.#known.clear()
      else if (value === undefined) this.#known.delete(key)
      else this.#known.set(key, value)
    }
  }

  toString(): string {
    return Array.from(this.#known, ([key, value]) => `${key}=${value}`).join(", ")
  }
}

const mirror = new Mirror()
const ended = mirror.follow(config).catch(() => "the store has stopped")
const told = () => new Promise((resolve) => setTimeout(resolve, 20))
await told()
console.log(`mirror: ${mirror}`)
await config.set("theme", "light")
await config.delete("lang")
await told()
console.log(`mirror: ${mirror}`)

const pid = runtime.whereis("app:config")
if (pid !== undefined) runtime.exit(pid, { error: new Error("a bug") })
await told()
const lastTold = mirror.last
const { version } = await config.put("lang", "de")
await told()
console.log(`after a crash: ${lastTold}, and ${mirror}`)

await config.set("lang", "fr")
await config.delete("lang")
const since: string[] = []
for await (const { type, key } of config.watch({ key: "lang", from: version })) if (since.push(`${type} ${key}`) === 2) break
console.log(`since then: ${since.join(", ")}`)
await runtime.stop()
await ended
