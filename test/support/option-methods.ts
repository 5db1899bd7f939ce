/** Every public method that takes something which can be wrong: where, and what is right there. */

import {
  BOOLEAN,
  COUNT,
  DELAY,
  DURATION,
  everySortBut,
  FUNCTION,
  KEY,
  LIMIT,
  LIST,
  NAME,
  NONE,
  OBSERVER,
  type Place,
  RECORD,
  STATE,
  TEXT,
} from "./mistakes.ts"
import { at, INBOX, idle, LIMITED, limited, named, PID, PRINCIPAL, policy, SCOPE, STREAM, TASK } from "./option-places.ts"
import { type OptionStage, plain, topics } from "./option-stage.ts"
import { storeRows } from "./option-store.ts"

/** Methods, by the name of the instance in the stage. */
export function methodRows(stage: OptionStage): Readonly<Record<string, readonly Place[]>> {
  const { runtime, self, serverSelf, bystander, pids, mailboxes, instances, task: work } = stage
  const { security, sys, groups } = runtime
  const entries = instances.registry
  const own = instances.selfRegistry
  const spawned = (options: never) => runtime.spawn(plain, undefined, options)
  const question = { action: "a", resource: "r" }
  const target = (call: (target: never) => unknown): Place => at("target", TEXT, call)
  const acquired = (call: (id: never, options?: never) => unknown): readonly Place[] => [
    at("id", TEXT, (id) => call(id)),
    named({ as: NONE, key: ["text", "empty", "number", "zero", "negative"] }, (options) => call("o:partitions" as never, options)),
  ]
  return {
    "runtime.acquire": acquired((id, options) => runtime.acquire(id, options as never)),
    "self.acquire": acquired((id, options) => self.acquire(id, options)),
    "runtime.spawn": [
      at("definition", NONE, (definition) => runtime.spawn(definition)),
      named({ name: TEXT, inbox: RECORD }, spawned),
      named(INBOX, (inbox) => runtime.spawn(plain, undefined, { inbox }), { path: "inbox" }),
    ],
    "self.spawn": [at("definition", NONE, (definition) => self.spawn(definition, undefined as never))],
    "self.spawnLink": [at("definition", NONE, (definition) => self.spawnLink(definition, undefined as never))],
    ...Object.fromEntries(
      (["runtime.async", "self.async", "self.asyncNoLink"] as const).map((name) => [
        name,
        [
          at("work", FUNCTION, (job) =>
            name === "runtime.async" ? runtime.async(job) : name === "self.async" ? self.async(job) : self.asyncNoLink(job),
          ),
          named(TASK, (o) =>
            name === "runtime.async" ? runtime.async(idle, o) : name === "self.async" ? self.async(idle, o) : self.asyncNoLink(idle, o),
          ),
        ],
      ]),
    ),
    "runtime.asyncStream": [
      at("items", ["array", "text", "empty", "instance"], (items) => runtime.asyncStream(items, idle)),
      at("work", FUNCTION, (job) => runtime.asyncStream([], job)),
      named(STREAM, (options) => runtime.asyncStream([], idle, options)),
      at("link", NONE, (link) => runtime.asyncStream([], idle, { link } as never)),
    ],
    "self.asyncStream": [
      at("items", ["array", "text", "empty", "instance"], (items) => self.asyncStream(items, idle)),
      at("work", FUNCTION, (job) => self.asyncStream([], job)),
      named({ ...STREAM, link: BOOLEAN }, (options) => self.asyncStream([], idle, options)),
    ],
    "runtime.as": [
      named(PRINCIPAL, (principal) => runtime.as(principal), { path: "principal", base: { id: "me" } }),
      named({ scopes: LIST }, (options) => runtime.as({ id: "me" }, options)),
      at("scopes[0]", TEXT, (name) => runtime.as({ id: "me" }, { scopes: [name] })),
    ],
    "runtime.tell": [PID((pid) => runtime.tell(pid, "x"))],
    "runtime.ask": [PID((pid) => runtime.ask(pid, "x")), limited((options) => runtime.ask(bystander, "x", options))],
    "runtime.exit": [PID((pid) => runtime.exit(pid, "normal")), at("reason", NONE, (reason) => runtime.exit(bystander, reason))],
    "runtime.stopProcess": [
      PID((pid) => runtime.stopProcess(pid)),
      at("reason", NONE, (reason) => runtime.stopProcess(bystander, reason)),
      limited((options) => runtime.stopProcess(bystander, "normal", options)),
    ],
    "runtime.whereis": [at("name", TEXT, (name) => runtime.whereis(name))],
    "runtime.register": [at("name", TEXT, (name) => runtime.register(name, bystander)), PID((pid) => runtime.register("n", pid))],
    "runtime.unregister": [at("name", TEXT, (name) => runtime.unregister(name))],
    "runtime.registry": [at("definition", NONE, (definition) => runtime.registry(definition))],
    ...Object.fromEntries(
      (["runtime.via", "self.via"] as const).map((name) => {
        const viaOf = name === "runtime.via" ? runtime.via.bind(runtime) : self.via.bind(self)
        return [name, [at("definition", NONE, (definition) => viaOf(definition, "k")), at("key", KEY, (key) => viaOf(topics, key))]]
      }),
    ),
    "via.ask": [limited((options) => instances.via.ask("x", options))],
    "runtime.whenEnded": [PID((pid) => runtime.whenEnded(pid))],
    "runtime.inspect": [
      at("inspector", FUNCTION, (inspector) => runtime.inspect(inspector)),
      named({ measureEveryMs: ["number", "infinite"], sampleRequests: ["zero", "fraction"], measureTurns: BOOLEAN }, (options) =>
        runtime.inspect(() => {}, options),
      ),
    ],
    "runtime.onEnded": [at("listener", FUNCTION, (listener) => runtime.onEnded(listener))],
    "runtime.stop": [named({ drain: BOOLEAN, timeoutMs: DURATION }, (options) => runtime.stop(options))],
    "security.setPolicies": [
      at("policies", LIST, (policies) => security.setPolicies(policies)),
      policy("policies[0]", (rule) => security.setPolicies([rule])),
      named({ policies: LIST }, (value) => security.setPolicies([value]), {
        path: "policies[0]",
        base: { scope: "s", policies: [] },
        beside: FUNCTION,
      }),
    ],
    "security.addPolicy": [policy("policy", (rule) => security.addPolicy(rule))],
    "security.removePolicy": [at("id", TEXT, (id) => security.removePolicy(id))],
    "security.setScope": [
      named(SCOPE, (value) => security.setScope(value), { path: "scope", base: { scope: "s", policies: [] } }),
      policy("scope.policies[0]", (rule) => security.setScope({ scope: "s", policies: [rule] })),
    ],
    "security.removeScope": [at("name", TEXT, (name) => security.removeScope(name))],
    "security.check": [
      named({ principal: RECORD, scopes: LIST, action: TEXT, resource: TEXT, attributes: RECORD }, (q) => security.check(q), {
        base: question,
      }),
      named(PRINCIPAL, (principal) => security.check({ ...question, principal }), { path: "principal", base: { id: "me" } }),
    ],
    "sys.getState": [target((t) => sys.getState(t)), limited((options) => sys.getState(pids.server, options))],
    "sys.replaceState": [
      target((t) => sys.replaceState(t, () => ({}))),
      at("update", FUNCTION, (update) => sys.replaceState(pids.server, update)),
      limited((options) => sys.replaceState(pids.server, (state) => state, options)),
    ],
    "sys.suspend": [target((t) => sys.suspend(t)), limited((options) => sys.suspend(pids.server, options))],
    "sys.resume": [target((t) => sys.resume(t)), limited((options) => sys.resume(pids.server, options))],
    "sys.trace": [target((t) => sys.trace(t, () => {})), at("sink", FUNCTION, (sink) => sys.trace(pids.server, sink))],
    "sys.statistics": [target((t) => sys.statistics(t)), at("isCounted", BOOLEAN, (is) => sys.statistics(pids.server, is))],
    "sys.getStatus": [target((t) => sys.getStatus(t)), limited((options) => sys.getStatus(pids.server, options))],
    "sys.changeCode": [
      target((t) => sys.changeCode(t, plain)),
      at("definition", NONE, (definition) => sys.changeCode(pids.server, definition)),
      named({ migrate: FUNCTION, ...LIMITED }, (options) => sys.changeCode(pids.server, plain, options)),
    ],
    "self.tell": [PID((pid) => self.tell(pid, "x"))],
    "self.ask": [PID((pid) => self.ask(pid, "x")), limited((options) => self.ask(pids.server, "x", options))],
    ...Object.fromEntries((["link", "unlink", "monitor"] as const).map((name) => [`self.${name}`, [PID((pid) => self[name](pid))]])),
    "self.demonitor": [at("ref", NONE, (ref) => self.demonitor(ref))],
    "self.trapExit": [at("isTrapping", BOOLEAN, (is) => self.trapExit(is))],
    "self.exit": [PID((pid) => self.exit(pid, "normal")), at("reason", NONE, (reason) => self.exit(pids.server, reason))],
    "self.stop": [at("reason", NONE, (reason) => self.stop(reason))],
    "self.register": [at("name", TEXT, (name) => self.register(name)), PID((pid) => self.register("n", pid))],
    "self.unregister": [at("name", TEXT, (name) => self.unregister(name))],
    "self.whereis": [at("name", TEXT, (name) => self.whereis(name))],
    "self.registry": [at("definition", NONE, (definition) => self.registry(definition))],
    "self.after": [at("delayMs", DELAY, (ms) => self.after(ms, "x")), named({ key: [...NAME, "empty"] }, (o) => self.after(1e9, "x", o))],
    "self.report": [named({ message: TEXT, level: NONE, fields: RECORD }, (o) => self.report(o), { base: { message: "m" } })],
    "self.every": [at("periodMs", COUNT, (ms) => self.every(ms, "x")), named({ key: [...NAME, "empty"] }, (o) => self.every(1e9, "x", o))],
    "self.cancelTimer": [at("key", [...NAME, "empty"], (key) => self.cancelTimer(key))],
    "self.receive": [
      named({ timeoutMs: DURATION }, (options) => self.receive(options), { beside: FUNCTION }),
      named({ timeoutMs: DURATION }, (options) => self.receive(() => true, options)),
      at("match", FUNCTION, (match) => self.receive(match, { timeoutMs: 1 })),
    ],
    "serverSelf.idleTimeout": [at("idleTimeoutMs", LIMIT, (ms) => serverSelf.idleTimeout(ms))],
    "task.result": [named({ timeoutMs: DURATION, signal: NONE }, (options) => work.result(options))],
    "task.yield": [named({ timeoutMs: DURATION, signal: NONE }, (options) => work.yield(options))],
    "task.shutdown": [named({ timeoutMs: DURATION, signal: NONE }, (how) => work.shutdown(how))],
    "groups.join": [at("group", NAME, (group) => groups.join(group, [])), at("pids", LIST, (who) => groups.join("g", who))],
    "groups.leave": [at("group", NAME, (group) => groups.leave(group, [])), at("pids", LIST, (who) => groups.leave("g", who))],
    "groups.members": [at("group", NAME, (group) => groups.members(group))],
    "groups.broadcast": [at("group", NAME, (group) => groups.broadcast(group, "x"))],
    "selfGroups.join": [at("group", NAME, (group) => self.groups.join(group)), at("pids", LIST, (who) => self.groups.join("g", who))],
    "selfGroups.leave": [at("group", NAME, (group) => self.groups.leave(group)), at("pids", LIST, (who) => self.groups.leave("g", who))],
    "selfGroups.broadcast": [at("group", NAME, (group) => self.groups.broadcast(group, "x"))],
    "selfGroups.monitor": [at("group", NAME, (group) => self.groups.monitor(group))],
    "selfGroups.demonitor": [at("ref", NONE, (ref) => self.groups.demonitor(ref))],
    "registry.register": [at("key", KEY, (key) => entries.register(bystander, key, "v")), PID((pid) => entries.register(pid, "k", "v"))],
    "registry.unregister": [at("key", KEY, (key) => entries.unregister(bystander, key)), PID((pid) => entries.unregister(pid, "k"))],
    "registry.lookup": [at("key", KEY, (key) => entries.lookup(key))],
    "registry.keys": [PID((pid) => entries.keys(pid))],
    "registry.dispatch": [at("key", KEY, (key) => entries.dispatch(key, "x"))],
    "selfRegistry.register": [at("key", KEY, (key) => own.register(key, "v"))],
    "selfRegistry.unregister": [at("key", KEY, (key) => own.unregister(key))],
    "selfRegistry.updateValue": [
      at("key", KEY, (key) => own.updateValue(key, (value) => value)),
      at("update", FUNCTION, (update) => own.updateValue("k", update)),
    ],
    "selfRegistry.dispatch": [at("key", KEY, (key) => own.dispatch(key, "x"))],
    "selfRegistry.unlisten": [at("ref", NONE, (ref) => own.unlisten(ref))],
    "serverPid.call.ping": [limited((options) => pids.server.call.ping("x", options))],
    "chartPid.transition": [limited((options) => pids.chart.transition({ type: "X" }, options))],
    "chartPid.snapshot": [limited((options) => pids.chart.snapshot(options))],
    "chartPid.can": [limited((options) => pids.chart.can({ type: "X" }, options))],
    "chartPid.waitFor": [
      at("state", STATE, (state) => pids.chart.waitFor(state)),
      limited((options) => pids.chart.waitFor("off", options)),
    ],
    "chartPid.subscribe": [at("observer", OBSERVER, (observer) => pids.chart.subscribe(observer))],
    "chartPid.on": [
      at("type", TEXT, (type) => pids.chart.on(type, () => {})),
      at("listener", FUNCTION, (listener) => pids.chart.on("*", listener)),
    ],
    ...storeRows(mailboxes.store, instances.storeWatch, instances.lease),
    "server.call.ping": [limited((options) => mailboxes.server.call.ping("x", options))],
    "supervisor.whichChildren": [limited((options) => mailboxes.supervisor.whichChildren(options))],
    "supervisor.countChildren": [limited((options) => mailboxes.supervisor.countChildren(options))],
    "supervisor.startChild": [
      at("child", NONE, (entry) => mailboxes.supervisor.startChild("o:new", entry)),
      at("child", TEXT, (id) => mailboxes.supervisor.startChild(id, plain)),
      limited((options) => mailboxes.supervisor.startChild("o:new", plain, options)),
    ],
    ...Object.fromEntries(
      (["terminateChild", "restartChild", "deleteChild", "whichChild", "getChildSpec"] as const).map((name) => [
        `supervisor.${name}`,
        [
          at("id", TEXT, (id) => mailboxes.supervisor[name](id)),
          named(name === "terminateChild" ? { ...LIMITED, drain: BOOLEAN } : LIMITED, (o) => mailboxes.supervisor[name]("o:none", o)),
        ],
      ]),
    ),
    "dynamic.startChild": [
      at("child", NONE, (entry) => mailboxes.dynamic.startChild(entry)),
      limited((options) => mailboxes.dynamic.startChild(plain, options)),
    ],
    "dynamic.lookUpOrStart": [
      at("registry", NONE, (definition) => mailboxes.dynamic.lookUpOrStart(definition, "k", plain)),
      at("key", KEY, (key) => mailboxes.dynamic.lookUpOrStart(topics, key, plain, { value: "v" })),
      at("child", NONE, (entry) => mailboxes.dynamic.lookUpOrStart(topics, "k", entry, { value: "v" })),
      named({ ...LIMITED }, (options) => mailboxes.dynamic.lookUpOrStart(topics, "k", plain, options)),
    ],
    "pool.whichChildren": [limited((options) => mailboxes.pool.whichChildren(options))],
    "pool.countChildren": [limited((options) => mailboxes.pool.countChildren(options))],
    "pool.call.ping": [limited((options) => mailboxes.pool.call.ping("x", options))],
    "lock.hold": [
      at("key", TEXT, (key) => mailboxes.lock.hold(key, () => {})),
      at("work", FUNCTION, (job) => mailboxes.lock.hold("k", job)),
      limited((options) => mailboxes.lock.hold("k", () => {}, options)),
    ],
    ...Object.fromEntries(
      (["terminateChild", "whichChild", "getChildSpec"] as const).map((name) => [
        `dynamic.${name}`,
        [
          // A text is an id of a child's.
          at("pid", [...TEXT, "empty"], (pid) => mailboxes.dynamic[name](pid)),
          at("id", everySortBut("empty"), (id) => mailboxes.dynamic[name](id)),
          named(name === "terminateChild" ? { ...LIMITED, drain: BOOLEAN } : LIMITED, (o) => mailboxes.dynamic[name](bystander, o)),
        ],
      ]),
    ),
    "chart.transition": [limited((options) => mailboxes.chart.transition({ type: "X" }, options))],
    "chart.snapshot": [limited((options) => mailboxes.chart.snapshot(options))],
    "chart.can": [limited((options) => mailboxes.chart.can({ type: "X" }, options))],
    "chart.waitFor": [
      at("state", STATE, (state) => mailboxes.chart.waitFor(state)),
      limited((options) => mailboxes.chart.waitFor("off", options)),
    ],
    "chart.subscribe": [at("observer", OBSERVER, (observer) => mailboxes.chart.subscribe(observer))],
    "chart.on": [
      at("type", TEXT, (type) => mailboxes.chart.on(type, () => {})),
      at("listener", FUNCTION, (listener) => mailboxes.chart.on("*", listener)),
    ],
    "virtualTime.advance": [at("ms", DELAY, (ms) => instances.virtualTime.advance(ms))],
    "virtualTime.setSystemTime": [at("ms", [...DELAY, "negative"], (ms) => instances.virtualTime.setSystemTime(ms))],
  }
}
