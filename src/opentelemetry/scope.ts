/**
 * As what the runtime is known to OpenTelemetry: the instrumentation scope of its spans and metrics.
 *
 * The API is taken hold of as a namespace, here and in all files beside: a name that is imported by itself would be missed by the host first,
 * which does not say what to install (see `src/opentelemetry.ts`).
 */

import * as Api from "@opentelemetry/api"

/** The name of the scope, and the value of `rpc.system`. */
export const SCOPE = "pigeonhole"

/** That of the package. */
export const SCOPE_VERSION = "0.1.0"

/** Says through OpenTelemetry's own diagnostics what failed and had to be passed over. Total. */
export function complain(what: string, error: unknown): void {
  try {
    Api.diag.error(`${SCOPE}: ${what}`, error)
  } catch {
    // A diagnostic logger that fails has nobody to be reported to.
  }
}
