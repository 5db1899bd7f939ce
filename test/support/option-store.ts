/** Every method of a store's mailbox that takes something which can be wrong: where, and what is right there. */

import type { StoreMailbox } from "../../actors/index.ts"
import { BOOLEAN, COUNT, DURATION, FUNCTION, type Place, type Sorts, TEXT } from "./mistakes.ts"
import { at, limited, named } from "./option-places.ts"

/** Seconds, of which 0 and `Infinity` mean no end. */
const SECONDS = DURATION
const SHARE: Sorts = ["zero", "fraction"]
const LIFETIME = { ttl: SECONDS, idle: SECONDS, jitter: SHARE, keepTtl: BOOLEAN }
const LISTS: Sorts = ["array", "instance"]
/** A prefix, of none of its own too. */
const PREFIX: Sorts = ["empty", "text"]
const RANGE = { prefix: PREFIX, after: TEXT }
const FINITE: Sorts = ["negative", "zero", "fraction", "number"]

export function storeRows(store: StoreMailbox): Readonly<Record<string, readonly Place[]>> {
  const numbers = store as StoreMailbox<number>
  const update = (): number => 1
  return {
    "store.get": [at("key", TEXT, (key) => store.get(key)), limited((options) => store.get("k", options))],
    "store.has": [at("key", TEXT, (key) => store.has(key)), limited((options) => store.has("k", options))],
    "store.delete": [at("key", TEXT, (key) => store.delete(key)), limited((options) => store.delete("k", options))],
    "store.set": [
      at("key", TEXT, (key) => store.set(key, 1)),
      at("ttl", [...SECONDS, "object"], (ttl) => store.set("k", 1, ttl)),
      at("ttl", SECONDS, (ttl) => store.set("k", 1, { ttl })),
      at("idle", SECONDS, (idle) => store.set("k", 1, { idle })),
      at("jitter", SHARE, (jitter) => store.set("k", 1, { jitter })),
      at("bound", BOOLEAN, (bound) => store.set("k", 1, { bound })),
      limited((options) => store.set("k", 1, 5, options)),
    ],
    "store.statistics": [limited((options) => store.statistics(options))],
    "store.info": [limited((options) => store.info(options))],
    "store.entry": [at("key", TEXT, (key) => store.entry(key)), limited((options) => store.entry("k", options))],
    "store.take": [at("key", TEXT, (key) => store.take(key)), limited((options) => store.take("k", options))],
    "store.ttl": [at("key", TEXT, (key) => store.ttl(key)), limited((options) => store.ttl("k", options))],
    "store.persist": [at("key", TEXT, (key) => store.persist(key)), limited((options) => store.persist("k", options))],
    "store.put": [
      at("key", TEXT, (key) => store.put(key, 1)),
      named({ ...LIFETIME, bound: BOOLEAN, onlyIfAbsent: ["boolean"], ifVersion: TEXT }, (options) => store.put("absent", 1, options)),
      limited((options) => store.put("k", 1, {}, options)),
    ],
    "store.update": [
      at("key", TEXT, (key) => store.update(key, update)),
      at("update", FUNCTION, (wrong) => store.update("k", wrong)),
      named(LIFETIME, (options) => store.update("k", update, options)),
      limited((options) => store.update("k", update, {}, options)),
    ],
    "store.increment": [
      at("key", TEXT, (key) => numbers.increment(key)),
      at("by", FINITE, (by) => numbers.increment("n", by)),
      named(LIFETIME, (options) => numbers.increment("n", 1, options)),
      limited((options) => numbers.increment("n", 1, {}, options)),
    ],
    "store.transaction": [
      at("keys", ["array", "instance"], (keys) => store.transaction(keys, update)),
      at("keys[0]", TEXT, (key) => store.transaction([key], update)),
      at("work", FUNCTION, (work) => store.transaction(["k"], work)),
      limited((options) => store.transaction(["k"], update, options)),
    ],
    "store.touch": [
      at("key", TEXT, (key) => store.touch(key)),
      at("ttl", SECONDS, (ttl) => store.touch("k", ttl)),
      at("when", [], (when) => store.touch("k", 1, { when })),
      limited((options) => store.touch("k", 1, {}, options)),
    ],
    ...manyRows(store),
  }
}

/** What takes many keys, or a range of them. */
function manyRows(store: StoreMailbox): Readonly<Record<string, readonly Place[]>> {
  return {
    "store.getMany": [
      at("keys", LISTS, (keys) => store.getMany(keys)),
      at("keys[0]", TEXT, (key) => store.getMany([key])),
      limited((options) => store.getMany(["k"], options)),
    ],
    "store.deleteMany": [
      at("keys", LISTS, (keys) => store.deleteMany(keys)),
      at("keys[0]", TEXT, (key) => store.deleteMany([key])),
      limited((options) => store.deleteMany(["k"], options)),
    ],
    "store.setMany": [
      at("entries", LISTS, (entries) => store.setMany(entries)),
      at("entries[0]", [], (entry) => store.setMany([entry])),
      at("entries[0].key", TEXT, (key) => store.setMany([[key, 1]])),
      at("entries[0].ttl", [...SECONDS, "object"], (ttl) => store.setMany([["k", 1, ttl]])),
      ...Object.entries({ ...LIFETIME, bound: BOOLEAN }).map(([name, sorts]) =>
        at(`entries[0].${name}`, sorts, (said) => store.setMany([["k", 1, { [name]: said }]])),
      ),
      at("ttl", [...SECONDS, "object"], (ttl) => store.setMany([["k", 1]], ttl)),
      limited((options) => store.setMany([["k", 1]], 5, options)),
    ],
    "store.list": [named({ ...RANGE, limit: COUNT }, (options) => store.list(options)), limited((options) => store.list({}, options))],
    "store.keys": [named(RANGE, (range) => store.keys(range), { beside: PREFIX })],
    "store.entries": [named(RANGE, (range) => store.entries(range), { beside: PREFIX })],
    "store.clear": [at("prefix", PREFIX, (prefix) => store.clear(prefix)), limited((options) => store.clear("k", options))],
    "store.count": [at("prefix", PREFIX, (prefix) => store.count(prefix)), limited((options) => store.count("k", options))],
  }
}
