/** How callers get at a supervisor: which mailbox they are given, and what each of its operations needs permission for. */

import { addressText, isPid } from "../kernel/pid.ts"
import type { Attributes } from "../security/access.ts"
import type { Guard } from "../service/guard.ts"
import type { Mailbox, MailboxPort } from "../service/mailbox.ts"
import type { Reception } from "../service/service-record.ts"
import { type ChildRequest, SUPERVISOR_ROUTES, type SupervisorOperation } from "../supervision/supervisor-route.ts"
import { ChildDefinition, childrenFrom, isChildDefinition } from "./tree.ts"

/**
 * Acquiring it needs `supervisor.acquire`, each operation `supervisor.NAME`. Attributes: `child`, its id or pid, or the `key` by which it is looked up; of one that is to be
 * started `principals`, whom it and all below it would act as or under which scopes, absent where none of them says so.
 */
export function supervisorReception(kind: string, createMailbox: (port: MailboxPort) => Mailbox): Reception {
  const routes = Object.values(SUPERVISOR_ROUTES)
  const guards = routes.map(({ name }): Guard => ({ action: actionOf(name), attributes: attributesOf, take: ownRequest }))
  return { kind, acquireAction: "supervisor.acquire", routes, guards, hasDetachedHook: false, createMailbox }
}

/** Who may not start a child may not have it started by a key. */
function actionOf(operation: SupervisorOperation): string {
  return `supervisor.${operation === "lookUpOrStart" ? "startChild" : operation}`
}

/** What is looked at is what is done: of a child that is to be started the options are read once, those of all below it when it was defined. */
function ownRequest(request: ChildRequest): ChildRequest {
  if (!isChildDefinition(request.child)) return { ...request }
  const { definition, options } = request.child
  return { ...request, child: new ChildDefinition(definition, options) }
}

function attributesOf({ id, pid, key, child: entry }: ChildRequest): Attributes {
  const child = id ?? (isPid(pid) ? addressText(pid) : pid)
  const principals = entry === undefined ? [] : principalsOf(entry)
  const named = { ...(child === undefined ? {} : { child }), ...(key === undefined ? {} : { key: String(key) }) }
  return { ...named, ...(principals.length === 0 ? {} : { principals }) }
}

/** Of what is no child nothing: it is refused where it is read. */
function principalsOf(entry: unknown): readonly string[] {
  if (!isChildDefinition(entry)) return below(entry)
  const { principal, scopes = [] } = entry.options
  return [...(principal === undefined ? [] : [String(principal.id)]), ...scopes.map(String), ...below(entry.definition)]
}

function below(definition: unknown): readonly string[] {
  return childrenFrom(definition, "").flatMap(({ principal, scopes, definition: own }) => [
    ...(principal === undefined ? [] : [principal.id]),
    ...scopes,
    ...below(own),
  ])
}
