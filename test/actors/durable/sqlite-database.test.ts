/** SQLite as a durable store's database. */

import { storeDatabaseContract } from "../../contracts/store-database.ts"
import { sqlitePlace } from "../../support/database-place.ts"

storeDatabaseContract("SQLite", () => sqlitePlace())
