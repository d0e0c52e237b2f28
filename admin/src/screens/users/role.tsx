import { Autocomplete, Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { isOperatorRole } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Section } from '../../parts/page.tsx'
import { actsTexts } from './acts-texts.ts'
import type { UserDetail } from './user-query.ts'

/** What a user is in this house: an operator of it, or whatever the application makes of the word. */
export function Role({ user: { id, role } }: { user: UserDetail }) {
  const t = useTexts(actsTexts)
  const frame = useFrameTexts()
  const [typed, setTyped] = useState(role)
  const save = useAct({
    run: (next: string) => api.users.setRole({ id, role: next }),
    done: t.roleSaved,
    touches: ['users', 'sessions'],
    quiet: true,
  })
  const wish = typed.trim()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const isOfOperators = [role, wish].some(isOperatorRole)
    const [title, body] = [t.roleOperatorTitle, t.roleOperatorBody(role, wish)]
    if (!isOfOperators || (await confirm({ title, body, act: t.roleSave })) !== undefined) save.mutate(wish)
  }
  return (
    <Section title={t.roleTitle}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md" maw={480}>
          <Autocomplete
            label={t.role}
            description={t.roleHelp}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            maxLength={64}
            data={Object.keys(frame.roles)}
            // All of them, whatever stands in the field: people come here to see what there is.
            filter={({ options }) => options}
            value={typed}
            error={save.error ? refusalOf(save.error, frame).text : undefined}
            onChange={setTyped}
          />
          <Group>
            <Button type="submit" loading={save.isPending} disabled={wish === '' || wish === role}>
              {t.roleSave}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
