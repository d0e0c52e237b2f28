/**
 * One more user: invited by mail, so that nobody but them sees their password; else with a temporary one that is shown once.
 *
 * @module
 */
import { Alert, Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { useUnsaved } from '../../parts/unsaved.ts'
import { actsTexts } from './acts-texts.ts'
import { LanguageSelect } from './language-select.tsx'
import { newUserTexts } from './new-texts.ts'
import { showTemporary } from './temporary.tsx'
import { usersTexts } from './texts.ts'

type Wish = Parameters<typeof api.users.create>[0]

/** Creates somebody with a way in. Whoever is there without a password, because that failed, is not taken back: an operator can give one. */
async function add(wish: Wish, isInvited: boolean) {
  if (isInvited) return { id: (await api.password.provision(wish)).id, outcome: 'invited' as const }
  const { id } = await api.users.create(wish)
  const given = await api.password.reset({ id }).result()
  if (!given.ok) return { id, outcome: 'noPassword' as const }
  return { id, outcome: 'added' as const, password: given.value.temporaryPassword }
}

export default function NewUserScreen() {
  const t = useTexts(usersTexts)
  const { lead } = useTexts(newUserTexts)
  return (
    <Page title={t.add} lead={lead} crumbs={[{ label: t.title, to: '/users' }]}>
      <Section>
        <NewUserForm />
      </Section>
    </Page>
  )
}

const untouched = { identifier: '', firstName: '', lastName: '', locale: '', invite: true }

function useNewUser() {
  const t = useTexts(newUserTexts)
  const { temporaryMade } = useTexts(actsTexts)
  const frame = useFrameTexts()
  const { has } = useOperator()
  const navigate = useNavigate()
  const form = useForm({ initialValues: untouched })
  const { identifier, firstName, lastName, locale, invite } = form.values
  const isReachable = identifier.trim() === '' || identifier.includes('@')
  const isInvited = has('mail') && isReachable && invite
  const create = useAct({
    run: () =>
      add(
        {
          identifier: identifier.trim(),
          firstName: firstName.trim() || null,
          lastName: lastName.trim() || null,
          locale: locale || null,
        },
        isInvited,
      ),
    done: ({ outcome }) => t[outcome],
    touches: ['users'],
    quiet: true,
  })
  useUnsaved(form.isDirty())
  const refusedBy = (error: unknown) => {
    const { code, text, fields } = refusalOf(error, frame)
    return { text, fields: code === 'identifier_taken' ? { identifier: t.taken } : { ...fields } }
  }
  const submit = () =>
    create.mutate(undefined, {
      onSuccess: async ({ id, password }) => {
        // The page that comes takes the focus: the dialog takes it after that.
        await navigate({ to: `/users/${encodeURIComponent(id)}`, replace: true, ignoreBlocker: true })
        if (password !== undefined) showTemporary(temporaryMade, password)
      },
      onError: (error) => {
        const { fields } = refusedBy(error)
        form.setErrors(fields)
        const [first] = Object.keys(fields)
        if (first) form.getInputNode(first)?.focus()
      },
    })
  const refusal = create.error ? refusedBy(create.error) : undefined
  const problem = refusal && Object.keys(refusal.fields).length === 0 ? refusal.text : undefined
  return { form, isReachable, isInvited, isPending: create.isPending, problem, submit }
}

function NewUserForm() {
  const t = useTexts(usersTexts)
  const own = useTexts(newUserTexts)
  const { has } = useOperator()
  const { form, isReachable, isInvited, isPending, problem, submit } = useNewUser()
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md" maw={720}>
        <TextInput
          label={t.identifier}
          description={own.identifierHelp}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          maxLength={320}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.getInputProps('identifier')}
        />
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput label={t.firstName} maxLength={100} autoComplete="off" {...form.getInputProps('firstName')} />
          <TextInput label={t.lastName} maxLength={100} autoComplete="off" {...form.getInputProps('lastName')} />
          <LanguageSelect {...form.getInputProps('locale')} />
        </SimpleGrid>
        {has('mail') ? (
          <Checkbox
            label={own.invite}
            description={isReachable ? own.inviteHelp : own.inviteNeedsMail}
            disabled={!isReachable}
            checked={isInvited}
            onChange={({ currentTarget: { checked } }) => form.setFieldValue('invite', checked)}
          />
        ) : (
          <Text size="sm">{own.temporary}</Text>
        )}
        {problem !== undefined && (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={isPending} disabled={form.values.identifier.trim() === ''}>
            {own.add}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
