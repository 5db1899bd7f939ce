/** `pigeonhole/opentelemetry` */

export {}
