import { ActionIcon, Menu, Text, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { api, basePath } from '../data/api.ts'
import { useOperator } from '../data/operator.tsx'
import { type Language, languages } from '../messages/language.ts'
import { useFrameTexts, useLanguage } from '../messages/use-texts.tsx'
import { Icon } from '../parts/icon.tsx'
import classes from './shell.module.css'

const schemes = { light: 'sun', dark: 'moon', auto: 'auto' } as const

/** Light, dark, or as the device is. */
export function ColourMenu() {
  const t = useFrameTexts()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.header.colours}>
          <Icon name={schemes[colorScheme]} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon name={schemes[scheme]} size={16} />}
            rightSection={scheme === colorScheme ? <Icon name="check" size={14} /> : null}
            aria-current={scheme === colorScheme}
            onClick={() => setColorScheme(scheme)}
          >
            {t.header[scheme]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** The language of the panel. */
export function LanguageMenu() {
  const t = useFrameTexts()
  const { language, choose } = useLanguage()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.header.language}>
          <Icon name="language" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(languages).map(([tag, name]) => (
          <Menu.Item
            key={tag}
            lang={tag}
            rightSection={tag === language ? <Icon name="check" size={14} /> : null}
            aria-current={tag === language}
            onClick={() => choose(tag as Language)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Leaves the panel; the server then shows its way in. */
export async function logOut(): Promise<void> {
  await api.admin.logout().result()
  location.assign(`${basePath}/`)
}

const initialsOf = (name: string): string =>
  name
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, 2)
    .toUpperCase()

/** Who works here, and the way out. */
export function OperatorMenu({ showKeys }: { showKeys: () => void }) {
  const t = useFrameTexts()
  const { name, role, version } = useOperator()
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Tooltip label={name}>
          <UnstyledButton aria-label={t.header.operator(name)} p={4}>
            <span className={classes.operator} data-initials={initialsOf(name)} />
          </UnstyledButton>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          <Text size="xs">
            {t.roles[role] ?? role} · {version}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="keyboard" size={16} />} onClick={showKeys}>
          {t.header.keys}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="logout" size={16} />} onClick={() => void logOut()}>
          {t.header.logout}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
