/**
 * A registry as pub/sub: readers register under topics, a publisher dispatches, a listener is told who comes and goes.
 *
 * Prints:
 *   audit: register news by Ann
 *   audit: register news by Bob
 *   audit: register sport by Bob
 *   Ann reads rain, and has read enough
 *   Bob reads rain
 *   audit: unregister news by Ann
 *   rain went to 2
 *   Bob reads snow
 *   snow went to 1
 *   Bob reads goal
 *   goal went to 1
 *   nobody reads art: 0
 */

import { isRegistryChange, registry, server, start } from "pigeonhole"

/** A key object: the topics are its keys, and the value of an entry is the reader's name. */
const readers = registry<string>({ keys: "duplicate" })

const reader = server({
  init: ({ name, topics, limit }: { name: string; topics: string[]; limit: number }, self) => {
    for (const topic of topics) self.registry(readers).register(topic, name)
    return { name, left: limit }
  },
  call: { isUpToDate: () => true },
  info: (state, article, self) => {
    state.left -= 1
    console.log(`${state.name} reads ${article}${state.left === 0 ? ", and has read enough" : ""}`)
    if (state.left === 0) self.stop() // it need not unregister: its entries go with it
  },
})

const audit = server({
  init: (_none: undefined, self) => ({ ref: self.registry(readers).listen() }),
  info: (_state, change) => {
    if (isRegistryChange(change, readers)) console.log(`audit: ${change.action} ${String(change.key)} by ${change.value}`)
  },
})

await using runtime = await start({}, { log: () => {} })
runtime.spawn(audit)
runtime.spawn(reader, { name: "Ann", topics: ["news"], limit: 1 })
const bob = runtime.spawn(reader, { name: "Bob", topics: ["news", "sport"], limit: 100 })
await bob.call.isUpToDate()

async function publish(topic: string, article: string): Promise<number> {
  const posted = runtime.registry(readers).dispatch(topic, article)
  await bob.call.isUpToDate() // asked behind the article
  return posted
}

console.log("rain went to", await publish("news", "rain"))
console.log("snow went to", await publish("news", "snow"))
console.log("goal went to", await publish("sport", "goal"))
console.log("nobody reads art:", await publish("art", "exhibition"))
