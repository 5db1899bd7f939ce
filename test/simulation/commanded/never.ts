/** An application that passes, and should have shown something. */

import { hasMany } from "../simulated/desk.ts"

export { fixed as default } from "../simulated/desk.ts"
export const options = { schedules: 3, sometimes: { hasMany } }
