import { Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { Fact, Facts, Section } from '../../parts/page.tsx'
import { Identifier } from './address.tsx'
import { LanguageSelect } from './language-select.tsx'
import { Role } from './role.tsx'
import { usersTexts } from './texts.ts'
import type { UserDetail } from './user-query.ts'

/** Who a user is: names to log in with, name, language. */
export default function Profile({ user }: { user: UserDetail }) {
  const t = useTexts(usersTexts)
  const { roles } = useFrameTexts()
  const { may } = useOperator()
  return (
    <Stack gap="md">
      <Section>
        <Facts>
          {user.identifiers.map((one) => (
            <Fact key={`${one.kind} ${one.value}`} name={t.kinds[one.kind]}>
              <Identifier of={one} id={user.id} />
            </Fact>
          ))}
          <Fact name={t.role}>{roles[user.role] ?? user.role}</Fact>
          <Fact name={t.created}>
            <Ago at={user.createdAt} />
          </Fact>
          {user.disabledAt !== null && (
            <Fact name={t.disabledSince}>
              <Ago at={user.disabledAt} />
            </Fact>
          )}
          {user.disabledReason !== null && <Fact name={t.disabledBecause}>{user.disabledReason}</Fact>}
        </Facts>
      </Section>
      <Section title={t.edit}>
        <ProfileForm key={user.id} user={user} readOnly={!may('manage')} />
      </Section>
      {may('own') && <Role key={`${user.id} ${user.role}`} user={user} />}
    </Stack>
  )
}

function ProfileForm({ user, readOnly }: { user: UserDetail; readOnly: boolean }) {
  const t = useTexts(usersTexts)
  const frame = useFrameTexts()
  const form = useForm({
    initialValues: { firstName: user.firstName ?? '', lastName: user.lastName ?? '', locale: user.locale ?? '' },
  })
  type Values = typeof form.values
  const save = useAct({
    run: (values: Values) =>
      api.users.update({
        id: user.id,
        firstName: values.firstName.trim() || null,
        lastName: values.lastName.trim() || null,
        locale: values.locale || null,
      }),
    done: t.saved,
    touches: ['users'],
  })
  const submit = (values: Values) =>
    save.mutate(values, {
      onSuccess: () => form.resetDirty(values),
      onError: (error) => form.setErrors({ ...refusalOf(error, frame).fields }),
    })
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput label={t.firstName} maxLength={100} readOnly={readOnly} {...form.getInputProps('firstName')} />
          <TextInput label={t.lastName} maxLength={100} readOnly={readOnly} {...form.getInputProps('lastName')} />
          <LanguageSelect had={user.locale} readOnly={readOnly} {...form.getInputProps('locale')} />
        </SimpleGrid>
        {!readOnly && (
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
