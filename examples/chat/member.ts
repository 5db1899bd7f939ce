/** A member: the process of one connection. What it hears it sends, and when it ends, for whatever reason, the connection does. */

import { server } from "pigeonhole"
import type { WebSocket } from "ws"
import { membersOf, type Post, rooms } from "./room.ts"

export interface Joining {
  readonly socket: WebSocket
  readonly user: string
  readonly room: string
}

/** So much may wait to be sent: whoever reads more slowly than others write is shown the door. */
const MAX_UNSENT_BYTES = 1_000_000

export const member = server({
  init: (joining: Joining, self) => {
    self.groups.join(membersOf(joining.room))
    return joining
  },
  cast: {
    say: ({ user, room, socket }, text: string, self) => {
      const post: Post = { from: user, text }
      if (self.registry(rooms).dispatch(room, post) === 0) socket.send(`${room} is closed for the moment`)
    },
    leave: (_state, _argument: undefined, self) => self.stop(),
  },
  info: ({ socket }, line, self) => {
    socket.send(String(line))
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) self.stop()
  },
  terminate: ({ socket }) => socket.close(1001),
})
