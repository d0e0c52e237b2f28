import { Badge } from '@mantine/core'
import { useTexts } from '../../messages/use-texts.tsx'
import { usersTexts } from './texts.ts'

/** Whether a user may log in. */
export function UserState({ disabledAt }: { disabledAt: string | null }) {
  const t = useTexts(usersTexts)
  return <Badge color={disabledAt === null ? 'teal' : 'red'}>{disabledAt === null ? t.states.active : t.states.disabled}</Badge>
}
