import type { NextConfig } from 'next'

// The package opens a database and hashes passwords natively: it is loaded as it is installed, not bundled.
export default { serverExternalPackages: ['keywright'] } satisfies NextConfig
