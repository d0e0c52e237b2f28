import { Alert, Badge, Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useId } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { reasonIn, refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { InCode } from '../../parts/in-code.tsx'
import { SettingField } from './field.tsx'
import { type Setting, said, settingsQuery, spelled, type Value, type Words } from './setting.ts'
import classes from './settings.module.css'
import { settingsTexts } from './texts.ts'

/** One setting: what it decides, what holds and who says so, and the field that changes it. */
export function SettingRow({ setting }: { setting: Setting }) {
  const t = useTexts(settingsTexts)
  const frame = useFrameTexts()
  const { may } = useOperator()
  const queries = useQueryClient()
  const ids = { label: useId(), summary: useId() }
  const { label, summary } = said(setting, t)
  const save = useAct({
    run: (value: Value) => api.settings.set({ settings: { [setting.name]: value } }),
    touches: ['ping'],
    quiet: true,
  })
  const set = (value: Value) => {
    const before = spelled(setting, setting.value, t)
    save.mutate(value, {
      onSuccess(answer) {
        queries.setQueryData(settingsQuery.queryKey, answer)
        const now = answer.settings.find(({ name }) => name === setting.name) ?? setting
        const message = t.changed(label, before, spelled(setting, now.value, t))
        notifications.show({ message, color: 'teal', closeButtonProps: { 'aria-label': frame.confirm.close } })
      },
    })
  }
  const refusal = save.error && refusalOf(save.error, frame)
  const isReadOnly = setting.isFixed || !may('manage')
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Group gap={8}>
          <Text id={ids.label} fw={600} size="sm">
            {label}
          </Text>
          <Badge size="sm" color={setting.source === 'setting' ? 'lake' : setting.isFixed ? 'orange' : 'gray'}>
            {t.sources[setting.source]}
          </Badge>
        </Group>
        <Text id={ids.summary} size="sm" c="dimmed">
          <InCode text={summary} />
        </Text>
        <Text size="xs" c="dimmed" component="code">
          {setting.name}
        </Text>
        {setting.isFixed && (
          <Text size="xs" c="dimmed">
            {t.fixedWhy}
          </Text>
        )}
      </div>
      <div className={classes.field}>
        <SettingField
          key={JSON.stringify(setting.value)}
          setting={setting}
          label={label}
          labelledBy={ids.label}
          describedBy={ids.summary}
          readOnly={isReadOnly}
          isSaving={save.isPending}
          error={refusal ? Object.values(refusal.fields)[0] || refusal.text : undefined}
          set={set}
        />
        <Group gap={6}>
          <Text size="xs" c="dimmed">
            {standsWithout(setting, t)}
          </Text>
          {setting.source === 'setting' && !isReadOnly && (
            <Button variant="subtle" size="compact-xs" aria-label={t.resetNamed(label)} onClick={() => set(null)}>
              {t.reset}
            </Button>
          )}
        </Group>
        {setting.problem !== null && <Alert color="red">{t.problem(reasonIn(frame, setting.problem))}</Alert>}
      </div>
    </div>
  )
}

/** What holds without what is set here. */
const standsWithout = (setting: Setting, t: Words): string =>
  setting.source !== 'setting' || isSame(setting.fallback, setting.default)
    ? t.default(spelled(setting, setting.default, t))
    : t.fallback(spelled(setting, setting.fallback, t))

const isSame = (one: Value, other: Value): boolean => JSON.stringify(one) === JSON.stringify(other)
