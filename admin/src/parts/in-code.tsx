import { Code } from '@mantine/core'

/** A sentence of the server's in which code stands between backticks. */
export const InCode = ({ text }: { text: string }) =>
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence never move
  text.split('`').map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part))
