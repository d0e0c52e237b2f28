import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { silentContracts } from './silent-contracts.ts'
import { usedStyles } from './used-styles.ts'

/** Relative addresses, so that one bundle serves under any base path; nothing inline, so that the strictest policy has nothing to allow. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [silentContracts, usedStyles, react()],
  resolve: { alias: [{ find: /^zod$/, replacement: fileURLToPath(new URL('schema-names.ts', import.meta.url)) }] },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    emptyOutDir: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
})
