/** Where a web server of the guide "In a web server" listens. */

import { once } from "node:events"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

export async function portOf(http: Server): Promise<number> {
  if (!http.listening) await once(http, "listening")
  return (http.address() as AddressInfo).port
}
