import { ActionIcon, Button, Group, Text, Tooltip } from '@mantine/core'
import type { List } from '../data/use-list.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import classes from './data-table.module.css'
import { Icon } from './icon.tsx'

/** Under a list: how many there are, and the ways to other pages. */
export function Pages<R>({ list }: { list: List<R> }) {
  const t = useFrameTexts()
  const { total, query } = list
  const isOnePage = !list.next && !list.previous && list.page === 1
  return (
    <nav className={classes.pages} aria-label={t.list.pages}>
      <Text size="sm" c="dimmed" role="status">
        {[!isOnePage && t.list.page(list.page), total && total.count > 0 && t.list.total(total.count, total.exact)]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      <Group gap={6}>
        <Tooltip label={t.list.refresh}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t.list.refresh}
            onClick={() => void query.refetch()}
            loading={query.isRefetching}
          >
            <Icon name="refresh" size={16} />
          </ActionIcon>
        </Tooltip>
        {!isOnePage && (
          <>
            <Button
              variant="default"
              size="compact-sm"
              disabled={!list.previous}
              onClick={list.previous}
              leftSection={<Icon name="previous" size={14} />}
            >
              {t.list.newer}
            </Button>
            <Button
              variant="default"
              size="compact-sm"
              disabled={!list.next}
              onClick={list.next}
              rightSection={<Icon name="next" size={14} />}
            >
              {t.list.older}
            </Button>
          </>
        )}
      </Group>
    </nav>
  )
}
