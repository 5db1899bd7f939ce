/** A client of the guide "In a web server": what it orders, and what it writes as whom. */

import { once } from "node:events"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

/** Gives the status of each answer: tea, gold and nothing are ordered; a note of Alice's is written as Mallory, and as Alice. */
export async function visit(http: Server): Promise<number[]> {
  const port = await portOf(http)
  const send = async (method: string, path: string, body: object, user = "mallory"): Promise<number> => {
    const headers = { "content-type": "application/json", "x-user": user }
    return (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: JSON.stringify(body) })).status
  }
  const orders = [{ item: "tea" }, { item: "gold" }, {}]
  const note = { text: "mine" }
  return Promise.all([
    ...orders.map((order) => send("POST", "/orders", order)),
    send("PUT", "/notes/alice", note),
    send("PUT", "/notes/alice", note, "alice"),
  ])
}

export async function portOf(http: Server): Promise<number> {
  if (!http.listening) await once(http, "listening")
  return (http.address() as AddressInfo).port
}
