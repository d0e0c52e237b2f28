import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { useFrameTexts } from '../messages/use-texts.tsx'
import classes from './copy.module.css'
import { Icon } from './icon.tsx'

/** An id or another text nobody wants to type, and a button that copies it. */
export function Copyable({ value }: { value: string }) {
  const t = useFrameTexts()
  return (
    <span className={classes.copyable}>
      <code data-short={value.length < 20 || undefined}>{value}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t.copy.copied : t.copy.copy}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={copied ? t.copy.copied : t.copy.copy}>
              <Icon name={copied ? 'check' : 'copy'} size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  )
}
