/** Where a property says how long its inputs may become, they do become so long: fast-check's own default stops at ten items. */

import fc from "fast-check"

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true })
