/**
 * Every screen of the panel, in the order of the navigation. One line a screen; what it needs stands in its own folder.
 *
 * @module
 */
import type { Screen } from './screen.ts'

// biome-ignore format: one line a screen
export const screens: readonly Screen[] = [
  { path: '/', label: { en: 'Overview', it: 'Panoramica' }, icon: 'home', group: 'top', right: 'look', jump: 'o', pages: { '': () => import('./overview/screen.tsx') } },
  { path: '/users', label: { en: 'Users', it: 'Utenti' }, icon: 'users', group: 'people', right: 'look', jump: 'u', add: { label: { en: 'Add a user', it: 'Aggiungi un utente' }, right: 'manage' }, pages: { '': () => import('./users/list.tsx'), '/new': () => import('./users/new.tsx'), '/$id': () => import('./users/detail.tsx') } },
  { path: '/bulk', label: { en: 'Bulk actions', it: 'Azioni in blocco' }, icon: 'check', group: 'people', right: 'manage', feature: 'bulk', jump: 'b', pages: { '': () => import('./bulk/list.tsx'), '/$id': () => import('./bulk/run.tsx') } },
  { path: '/import', label: { en: 'Imports', it: 'Importazioni' }, icon: 'upload', group: 'people', right: 'manage', feature: 'imports', jump: 'i', add: { label: { en: 'New import', it: 'Nuova importazione' }, right: 'manage' }, pages: { '': () => import('./imports/list.tsx'), '/new': () => import('./imports/new.tsx'), '/$id': () => import('./imports/report.tsx') } },
  { path: '/sessions', label: { en: 'Sessions', it: 'Sessioni' }, icon: 'devices', group: 'people', right: 'look', jump: 's', pages: { '': () => import('./sessions/list.tsx') } },
  { path: '/templates/mail', label: { en: 'Mail templates', it: 'Modelli delle email' }, icon: 'mail', group: 'house', right: 'look', feature: 'mail', jump: 'm', pages: { '': () => import('./mail-templates/list.tsx'), '/$id': () => import('./mail-templates/detail.tsx') } },
  { path: '/templates/ui', label: { en: 'Page texts', it: 'Testi delle pagine' }, icon: 'edit', group: 'house', right: 'look', jump: 't', pages: { '': () => import('./page-texts/list.tsx'), '/$page': () => import('./page-texts/detail.tsx') } },
  { path: '/pictures', label: { en: 'Pictures', it: 'Immagini' }, icon: 'picture', group: 'house', right: 'inspect', jump: 'p', pages: { '': () => import('./pictures/list.tsx') } },
  { path: '/mail', label: { en: 'Mail queue', it: 'Coda delle email' }, icon: 'send', group: 'house', right: 'inspect', feature: 'mail', jump: 'q', pages: { '': () => import('./mail-queue/list.tsx'), '/suppressed': () => import('./mail-queue/suppressed.tsx'), '/inbox': () => import('./mail-queue/inbox.tsx') } },
  { path: '/jobs', label: { en: 'Jobs', it: 'Lavori' }, icon: 'jobs', group: 'house', right: 'inspect', jump: 'j', pages: { '': () => import('./jobs/list.tsx'), '/$id': () => import('./jobs/detail.tsx') } },
  { path: '/audit', label: { en: 'Audit log', it: 'Registro di controllo' }, icon: 'audit', group: 'house', right: 'inspect', jump: 'a', pages: { '': () => import('./audit/list.tsx'), '/$id': () => import('./audit/entry.tsx') } },
  { path: '/keys', label: { en: 'Keys', it: 'Chiavi' }, icon: 'key', group: 'house', right: 'inspect', jump: 'k', pages: { '': () => import('./keys/list.tsx') } },
  { path: '/system', label: { en: 'System', it: 'Sistema' }, icon: 'system', group: 'house', right: 'inspect', jump: 'y', pages: { '': () => import('./system/screen.tsx') } },
  { path: '/settings', label: { en: 'Settings', it: 'Impostazioni' }, icon: 'settings', group: 'house', right: 'inspect', jump: 'c', pages: { '': () => import('./settings/list.tsx') } },
]
