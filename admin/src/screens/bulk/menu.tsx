import { Button, Menu } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useTexts } from '../../messages/use-texts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { actions, askBulk, type Selector } from './ask.tsx'
import { bulkTexts } from './texts.ts'

/** What can be done to those a selector means; leads to the run it becomes. */
export function BulkMenu({ selector, label, compact = false }: { selector: Selector; label: string; compact?: boolean }) {
  const t = useTexts(bulkTexts)
  const navigate = useNavigate()
  const ask = async (action: (typeof actions)[number]) => {
    const run = await askBulk(`${t.actions[action]}`, { action, selector })
    if (run !== undefined) void navigate({ to: `/bulk/${run}` })
  }
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button variant="default" size={compact ? 'compact-sm' : 'sm'} rightSection={<Icon name="menu" size={14} />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => (
          <Menu.Item
            key={action}
            {...(action === 'delete' && { color: 'var(--mantine-color-error)' })}
            onClick={() => void ask(action)}
          >
            {t.actions[action]}…
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
