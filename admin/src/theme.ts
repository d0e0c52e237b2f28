import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const lake: MantineColorsTuple = [
  '#edf6f9',
  '#d9eaf1',
  '#b1d4e2',
  '#87bdd3',
  '#63a9c6',
  '#4a9dbe',
  '#37839f',
  '#2a6f88',
  '#215a6f',
  '#184656',
]

const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif'

/** Calm and dense: one colour, small type, fonts of the system. */
export const theme = createTheme({
  colors: { lake },
  primaryColor: 'lake',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: family,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: {
    fontFamily: family,
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1.05rem' }, h3: { fontSize: '0.95rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { centered: true, radius: 'lg', transitionProps: { duration: 120 } } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 500 } },
    Tabs: { defaultProps: { keepMounted: false } },
  },
})

/** What the library's own greys lack in contrast (WCAG 2.2, 1.4.3). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfcfd',
    '--mantine-color-text': '#1a2329',
    '--mantine-color-dimmed': '#56626b',
    '--mantine-color-placeholder': '#6b7680',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#215a6f',
    '--mantine-color-default-border': '#dde3e8',
    '--panel-surface': '#ffffff',
    '--panel-line': '#e6eaee',
    '--panel-hover': '#f2f6f8',
    '--panel-selected': '#e6f1f5',
  },
  dark: {
    '--mantine-color-body': '#14181b',
    '--mantine-color-text': '#dfe5e9',
    '--mantine-color-dimmed': '#9aa6ae',
    '--mantine-color-placeholder': '#8d99a1',
    '--mantine-color-error': '#ff9c92',
    '--mantine-color-anchor': '#87bdd3',
    '--mantine-color-default': '#1d2327',
    '--mantine-color-default-hover': '#262d32',
    '--mantine-color-default-border': '#374046',
    '--panel-surface': '#1a1f23',
    '--panel-line': '#2a3136',
    '--panel-hover': '#20272b',
    '--panel-selected': '#1c313a',
  },
})
