import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Asked } from '../data/use-list.ts'
import { useViews } from '../data/views.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { Icon } from './icon.tsx'

const isSame = (one: Asked, other: Asked): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every((word) => one[word] === other[word])

/** The views of a list: open one, keep what is asked for now, give them other names, let them go. */
export default function Views({ of, asked }: { of: string; asked: Asked }) {
  const t = useFrameTexts()
  const kept = useViews(of)
  const [dialog, setDialog] = useState<'save' | 'manage'>()
  const isAsking = Object.keys(asked).length > 0
  const here = kept.views.find((view) => isSame(view.asked, asked))
  const close = () => setDialog(undefined)
  const save = (name: string) => {
    kept.save({ name, asked })
    close()
    const closeButtonProps = { 'aria-label': t.confirm.close }
    notifications.show({ message: t.views.saved(name), color: 'teal', closeButtonProps })
  }
  if (!isAsking && kept.views.length === 0) return null
  return (
    <>
      <Menu position="bottom-start" withinPortal={false}>
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="filter" size={16} />} maw={260}>
            {here?.name ?? t.views.title}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={320}>
          {kept.views.map((view) => (
            <Menu.Item
              key={view.name}
              aria-current={view === here || undefined}
              leftSection={<Icon name={view === here ? 'check' : 'filter'} size={14} />}
              renderRoot={(props) => <Link to="." search={view.asked as never} {...props} />}
            >
              {view.name}
            </Menu.Item>
          ))}
          {isAsking && !here && <Menu.Item onClick={() => setDialog('save')}>{t.views.save}</Menu.Item>}
          {kept.views.length > 0 && <Menu.Item onClick={() => setDialog('manage')}>{t.views.manage}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={dialog !== undefined}
        onClose={close}
        title={dialog === 'save' ? t.views.saveTitle : t.views.title}
        closeButtonProps={{ 'aria-label': t.confirm.close }}
      >
        {dialog === 'save' ? (
          <Stack gap="sm">
            <Naming act={t.views.keep} submit={save} />
            <Where />
          </Stack>
        ) : (
          <Stack gap="sm">
            {kept.views.map(({ name }) => (
              <Group key={name} gap="xs" wrap="nowrap" align="end">
                <Naming act={t.views.rename} name={name} submit={(next) => kept.rename(name, next)} />
                <ActionIcon
                  variant="subtle"
                  color="red"
                  size="lg"
                  aria-label={t.views.removeNamed(name)}
                  onClick={() => kept.remove(name)}
                >
                  <Icon name="trash" />
                </ActionIcon>
              </Group>
            ))}
            <Where />
          </Stack>
        )}
      </Modal>
    </>
  )
}

function Where() {
  const t = useFrameTexts()
  return (
    <Text size="sm" c="dimmed">
      {t.views.where}
    </Text>
  )
}

/** A name that is typed, for a new view or for one that has another. */
function Naming({ act, name = '', submit }: { act: string; name?: string; submit: (name: string) => void }) {
  const t = useFrameTexts()
  const [typed, setTyped] = useState(name)
  const wish = typed.trim()
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (wish !== '') submit(wish)
  }
  return (
    <Group component="form" gap="xs" wrap="nowrap" align="end" flex={1} onSubmit={onSubmit as never}>
      <TextInput
        label={name === '' ? t.views.name : t.views.nameOf(name)}
        flex={1}
        miw={0}
        maxLength={60}
        value={typed}
        data-autofocus={name === '' || undefined}
        onChange={({ currentTarget: { value } }) => setTyped(value)}
      />
      <Button type="submit" variant={name === '' ? 'filled' : 'default'} disabled={wish === '' || wish === name}>
        {act}
      </Button>
    </Group>
  )
}
