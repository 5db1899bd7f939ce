/** `pigeonhole/telemetry` */

export {}
