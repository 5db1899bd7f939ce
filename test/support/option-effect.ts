/** Every option-taking name of `pigeonhole/effect`: its own functions by `effect.NAME`, the faces of mailboxes as the stage calls them. */

import { Effect, Schema, type Scope, Stream } from "effect"
import * as effect from "../../actors/effect.ts"
import { BOOLEAN, COUNT, everySortBut, FUNCTION, LIMIT, NONE, type Place, RECORD, type Sorts, TEXT } from "./mistakes.ts"
import { at, CHILD, named, PID, PRINCIPAL, type Put, SERVER, TASK } from "./option-places.ts"
import type { OptionStage } from "./option-stage.ts"

/** What Effect takes for a duration longer than 0. */
const TIME: Sorts = [...LIMIT, "bigint"]
const SHARE: Sorts = ["zero", "fraction"]
const LIFETIME = { ttl: TIME, idle: TIME, jitter: SHARE }
const WAIT = { timeout: TIME }

const PREFIX: Sorts = ["text", "empty"]
const RANGE = { prefix: PREFIX, after: ["text", "empty"] as Sorts }

const read = <A, E>(stream: Stream.Stream<A, E>): Promise<unknown> => Effect.runPromise(Stream.runDrain(stream))
const run = <A, E>(asked: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Effect.scoped(asked))
const waited = (put: Put): Place => named(WAIT, put)
const key = (put: Put): Place => at("key", TEXT, put)

/** What is exported, where plain TypeScript has the same name. */
export function effectFunctionRows(): Readonly<Record<string, readonly Place[]>> {
  const init = () => ({})
  return {
    "effect.server": [
      named({ ...SERVER, initTimeoutMs: TIME, idleTimeoutMs: TIME }, effect.server, { base: { init } }),
      at("call.get", FUNCTION, (get) => effect.server({ init, call: { get } })),
      ...["payload", "success", "error"].map((name) =>
        at(`call.get.${name}`, NONE, (schema) => effect.server({ init, call: { get: { [name]: schema, handle: () => 1 } } } as never)),
      ),
      at("call.get.handle", FUNCTION, (handle) => effect.server({ init, call: { get: { payload: Schema.String, handle } } })),
      at("cast.put.payload", NONE, (payload) => effect.server({ init, cast: { put: { payload, handle: () => 1 } } })),
    ],
    snapshots: [named({ bufferSize: COUNT, strategy: NONE }, (options) => effect.snapshots(undefined as never, options))],
    effectTracer: [at("services", NONE, effect.effectTracer)],
    effectMetrics: [
      named({ measureEvery: TIME, sampleRequests: SHARE, maxSeries: COUNT, boundsSeconds: NONE }, (options) =>
        effect.effectMetrics(options),
      ),
    ],
    "effect.task": [at("work", FUNCTION, effect.task), named(TASK, (options) => effect.task(() => Effect.void, options))],
    "effect.store": [
      named({ maxEntries: ["zero", "number"], value: NONE, ordered: BOOLEAN, partitions: COUNT, snapshot: RECORD }, effect.store),
    ],
    "effect.cache": [named({ maxEntries: ["zero", "number"], value: NONE, whenFull: NONE }, effect.cache)],
    "effect.child": [
      at("child", NONE, (definition) => effect.child(definition as never, {} as never)),
      named({ restart: CHILD.restart, startTimeoutMs: TIME }, (options) => effect.child(effect.server({ init }), options), {
        path: "child",
      }),
    ],
  }
}

/** What the mailboxes that a scope holds are asked, and the running application. */
export function effectMethodRows({ instances }: OptionStage): Readonly<Record<string, readonly Place[]>> {
  const { effectStore: store, effectServer: server, effectRuntime } = instances
  return {
    "effectRuntime.ask": [
      PID((pid) => run(effectRuntime.ask(pid, "?"))),
      waited((wait) => run(effectRuntime.ask(instances.pid, "?", wait))),
    ],
    "effectRuntime.tell": [PID((pid) => run(effectRuntime.tell(pid, "?")))],
    "effectRuntime.spawn": [at("definition", NONE, (definition) => run(effectRuntime.spawn(definition)))],
    "effectRuntime.events": [named({ bufferSize: COUNT, strategy: NONE }, (options) => effectRuntime.events(options))],
    "effectRuntime.as": [
      named(PRINCIPAL, (principal) => run(effectRuntime.as(principal)(effectRuntime.acquireAs("o:server", (mailbox) => mailbox))), {
        base: { id: "me" },
        path: "principal",
        beside: TEXT,
      }),
    ],
    "effectRuntime.acquireAs": [at("id", TEXT, (id) => run(effectRuntime.acquireAs(id, (mailbox) => mailbox)))],
    "effectServer.call.ping": [waited((wait) => run(server.call.ping("a", wait)))],
    "effectStore.get": [key((name) => run(store.get(name))), waited((wait) => run(store.get("k", wait)))],
    "effectStore.getOrElse": [
      key((name) => run(store.getOrElse(name, () => 1))),
      waited((wait) => run(store.getOrElse("k", () => 1, wait))),
    ],
    "effectStore.has": [key((name) => run(store.has(name))), waited((wait) => run(store.has("k", wait)))],
    "effectStore.delete": [key((name) => run(store.delete(name))), waited((wait) => run(store.delete("k", wait)))],
    "effectStore.entry": [key((name) => run(store.entry(name))), waited((wait) => run(store.entry("k", wait)))],
    "effectStore.take": [key((name) => run(store.take(name))), waited((wait) => run(store.take("k", wait)))],
    "effectStore.ttl": [key((name) => run(store.ttl(name))), waited((wait) => run(store.ttl("k", wait)))],
    "effectStore.persist": [key((name) => run(store.persist(name))), waited((wait) => run(store.persist("k", wait)))],
    "effectStore.set": [
      key((name) => run(store.set(name, 1))),
      at("ttl", [...TIME, "object", "instance", "revoked"], (ttl) => run(store.set("k", 1, ttl))),
      named({ ...LIFETIME, ...WAIT, bound: BOOLEAN }, (options) => run(store.set("k", 1, options)), { beside: everySortBut("object") }),
    ],
    "effectStore.put": [
      key((name) => run(store.put(name, 1))),
      named({ ...LIFETIME, ...WAIT, bound: BOOLEAN, onlyIfAbsent: BOOLEAN, ifVersion: TEXT }, (options) =>
        run(store.put("absent", 1, options)),
      ),
    ],
    "effectStore.update": [
      at("update", FUNCTION, (update) => run(store.update("k", update))),
      named({ ...LIFETIME, ...WAIT, keepTtl: BOOLEAN }, (options) => run(store.update("k", () => undefined, options))),
    ],
    "effectStore.increment": [
      key((name) => run(store.increment(name))),
      named({ ...LIFETIME, ...WAIT, keepTtl: BOOLEAN }, (options) => run(store.increment("k", 1, options))),
    ],
    "effectStore.touch": [
      key((name) => run(store.touch(name))),
      at("ttl", TIME, (ttl) => run(store.touch("k", ttl))),
      named({ when: NONE, ...WAIT }, (options) => run(store.touch("k", "1 second", options))),
    ],
    "effectStore.getMany": [
      at("keys", ["array", "instance"], (keys) => run(store.getMany(keys))),
      waited((wait) => run(store.getMany(["k"], wait))),
    ],
    "effectStore.setMany": [
      at("entries", ["array", "instance"], (entries) => run(store.setMany(entries))),
      named({ ...LIFETIME, ...WAIT, bound: BOOLEAN }, (options) => run(store.setMany([["k", 1]], options)), {
        beside: everySortBut("object"),
      }),
    ],
    "effectStore.deleteMany": [
      at("keys", ["array", "instance"], (keys) => run(store.deleteMany(keys))),
      waited((wait) => run(store.deleteMany(["k"], wait))),
    ],
    "effectStore.list": [
      named({ limit: COUNT, after: TEXT }, (options) => run(store.list(options))),
      waited((wait) => run(store.list({}, wait))),
    ],
    "effectStore.keys": [named(RANGE, (range) => read(store.keys(range)), { beside: PREFIX })],
    "effectStore.entries": [named(RANGE, (range) => read(store.entries(range)), { beside: PREFIX })],
    "effectStore.watch": [
      named({ prefix: PREFIX, initial: BOOLEAN, from: TEXT, room: COUNT }, (options) => read(store.watch(options)), {
        base: { prefix: "p" },
      }),
      at("key", TEXT, (name) => read(store.watch({ key: name }))),
    ],
    "effectStore.withLease": [
      key((name) => run(store.withLease(name)(Effect.void))),
      named({ ttl: TIME, wait: ["boolean", "object"], ...WAIT }, (options) => run(store.withLease("held", options)(Effect.void))),
    ],
    "effectStore.use": [at("ask", FUNCTION, (ask) => run(store.use(ask)))],
    "effectStore.post": [at("post", FUNCTION, (post) => run(store.post(post)))],
    "effectStore.clear": [
      at("prefix", ["text", "empty"], (prefix) => run(store.clear(prefix))),
      waited((wait) => run(store.clear("none", wait))),
    ],
    "effectStore.count": [
      at("prefix", ["text", "empty"], (prefix) => run(store.count(prefix))),
      waited((wait) => run(store.count("none", wait))),
    ],
    "effectStore.transaction": [
      at("keys", ["array", "instance"], (keys) => run(store.transaction(keys, () => 1))),
      waited((wait) => run(store.transaction(["k"], () => 1, wait))),
    ],
    "effectStore.getOrSet": [
      key((name) => run(store.getOrSet(name, () => Effect.undefined))),
      named({ ...LIFETIME, ...WAIT, staleFor: TIME, failFor: TIME }, (options) =>
        run(store.getOrSet("k", () => Effect.undefined, options)),
      ),
    ],
    "effectStore.lease": [
      key((name) => run(store.lease(name, { ttl: "1 second" }))),
      named({ ttl: TIME, wait: ["boolean", "object"], ...WAIT }, (options) => run(store.lease("held", options))),
    ],
    "effectStore.leaseOf": [key((name) => run(store.leaseOf(name))), waited((wait) => run(store.leaseOf("k", wait)))],
    "effectStore.breakLease": [key((name) => run(store.breakLease(name))), waited((wait) => run(store.breakLease("k", wait)))],
    "effectStore.statistics": [waited((wait) => run(store.statistics(wait)))],
    "effectStore.info": [waited((wait) => run(store.info(wait)))],
  }
}
