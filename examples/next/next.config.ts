import type { NextConfig } from 'next'

export default {
  // The package opens a database and hashes passwords natively: it is loaded as it is installed, not bundled.
  serverExternalPackages: ['keywright'],
  // Otherwise the topmost folder with a lockfile counts as the root, and in a clone of ours that is not this one.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
