import { Text } from '@mantine/core'
import { useTexts } from '../../messages/use-texts.tsx'
import { UserName } from '../users/user-name.tsx'
import type { AuditEntry } from './entries.ts'
import { auditTexts } from './texts.ts'

/** Whoever did it: a person with the way to their page, or what else acts. */
export function Actor({ actor: { kind, id } }: { actor: AuditEntry['actor'] }) {
  const t = useTexts(auditTexts)
  if (kind === 'user') return <UserName id={id} />
  return (
    <Text inherit component="span">
      {t.kinds[kind] ?? kind}
      {id !== kind && (
        <Text inherit component="span" c="dimmed">
          {' '}
          {id}
        </Text>
      )}
    </Text>
  )
}

/** An event as people read it: without the part that all have. */
export const shortOf = (action: string): string => action.replace(/^identity\./, '')
