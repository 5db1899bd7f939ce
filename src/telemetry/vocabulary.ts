/** Names of attributes. With a namespace: `service` alone is what Prometheus' own discovery calls its targets. */

/** The id of a service or supervisor, or `other`. */
export const SERVICE = "pigeonhole.service"
/** The name of a call or cast. */
export const OPERATION = "pigeonhole.operation"
/** What a policy was asked for: the guard's word. */
export const ACTION = "pigeonhole.action"
/** Why a message has reached no handler. */
export const CAUSE = "pigeonhole.cause"
/** What became of a request. */
export const OUTCOME = "pigeonhole.outcome"
/** The kind of an error; OpenTelemetry's own name for it. */
export const ERROR_TYPE = "error.type"
