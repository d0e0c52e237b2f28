import { Button, Group, SegmentedControl, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTexts } from '../../messages/use-texts.tsx'
import { InCode } from '../../parts/in-code.tsx'
import { limitsOf, read, type Setting, said, spelled, type Value, written } from './setting.ts'
import { settingsTexts } from './texts.ts'

export interface SettingFieldProps {
  readonly setting: Setting
  readonly label: string
  readonly labelledBy: string
  readonly describedBy: string
  readonly readOnly: boolean
  readonly isSaving: boolean
  readonly error: string | undefined
  readonly set: (value: Value) => void
}

/** The field the type of a setting asks for. What is chosen holds at once; what is typed holds once it is saved. */
export function SettingField(props: SettingFieldProps) {
  const { type } = props.setting
  if (type === 'boolean') return <Switched {...props} />
  if (type === 'choice') return <Chosen {...props} />
  return <TypedIn {...props} />
}

const Refusal = ({ error }: Pick<SettingFieldProps, 'error'>) =>
  error === undefined ? null : (
    <Text size="xs" c="var(--mantine-color-error)" role="alert">
      {error}
    </Text>
  )

function Switched({ setting: { value }, labelledBy, describedBy, readOnly, isSaving, error, set }: SettingFieldProps) {
  const t = useTexts(settingsTexts)
  const isOn = value === true
  return (
    <>
      <Switch
        label={isOn ? t.on : t.off}
        aria-labelledby={labelledBy}
        aria-describedby={describedBy}
        checked={isOn}
        disabled={readOnly || isSaving}
        onChange={() => set(!isOn)}
      />
      <Refusal error={error} />
    </>
  )
}

function Chosen({ setting, labelledBy, describedBy, readOnly, isSaving, error, set }: SettingFieldProps) {
  const t = useTexts(settingsTexts)
  const { value, choices } = setting
  return (
    <Select
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      disabled={readOnly || isSaving}
      value={JSON.stringify(value)}
      data={choices.map((one) => ({ value: JSON.stringify(one), label: spelled(setting, one, t) }))}
      onChange={(one) => one !== null && one !== JSON.stringify(value) && set(JSON.parse(one) as Value)}
      error={error}
    />
  )
}

/** Text, numbers, lengths of time and whatever only JSON can say; beside them what can be chosen without typing. */
function TypedIn({ setting, label, labelledBy, describedBy, readOnly, isSaving, error, set }: SettingFieldProps) {
  const t = useTexts(settingsTexts)
  const { type, value, choices } = setting
  const isChosen = choices.some((one) => JSON.stringify(one) === JSON.stringify(value))
  const before = written(value, type)
  const [text, setText] = useState(before)
  const [isOpen, setOpen] = useState(!isChosen)
  const typed = read(text, type)
  const { least, most } = limitsOf(setting)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed !== undefined && text !== before && !readOnly) set(typed)
  }
  const field = {
    'aria-labelledby': labelledBy,
    'aria-describedby': describedBy,
    value: text,
    disabled: readOnly || isSaving,
    spellCheck: false,
    error: error ?? (type === 'json' && typed === undefined ? t.broken : undefined),
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => setText(currentTarget.value),
  }
  const help =
    type === 'duration'
      ? t.durationHelp
      : least !== undefined || most !== undefined
        ? t.range(least, most)
        : said(setting, t).takes
  return (
    <form onSubmit={submit}>
      <Stack gap={6}>
        {choices.length > 0 && (
          <SegmentedControl
            size="xs"
            aria-labelledby={labelledBy}
            disabled={readOnly || isSaving}
            value={isOpen ? 'typed' : JSON.stringify(value)}
            data={[
              ...choices.map((one) => ({ value: JSON.stringify(one), label: spelled(setting, one, t) })),
              { value: 'typed', label: t.other },
            ]}
            onChange={(one) => {
              setOpen(one === 'typed')
              if (one !== 'typed' && one !== JSON.stringify(value)) set(JSON.parse(one) as Value)
            }}
          />
        )}
        {isOpen &&
          (type === 'json' ? (
            <Textarea autosize minRows={2} maxRows={12} ff="monospace" {...field} />
          ) : (
            <TextInput inputMode={type === 'number' ? 'numeric' : undefined} {...field} />
          ))}
        {isOpen && help && (
          <Text size="xs" c="dimmed">
            <InCode text={help} />
          </Text>
        )}
        {isOpen && text !== before && (
          <Group>
            <Button
              type="submit"
              size="compact-sm"
              loading={isSaving}
              disabled={typed === undefined}
              aria-label={t.saveNamed(label)}
            >
              {t.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
