/** Lines on a grid of 24; one path a picture. Add what a screen needs. */
const paths = {
  users:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1M16 3.2a4 4 0 0 1 0 7.6M18 14.3a6 6 0 0 1 4 5.7v1',
  devices:
    'M3 5a1 1 0 0 1 1-1h13a1 1 0 0 1 1 1v3M3 5v10h9M2 19h10M14 11h7v9a1 1 0 0 1-1 1h-5a1 1 0 0 1-1-1v-9ZM14 11a1 1 0 0 1 1-1h5a1 1 0 0 1 1 1',
  home: 'M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-6h4v6',
  chart: 'M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6',
  mail: 'M3 6.5A1.5 1.5 0 0 1 4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5v-11ZM3.5 7l8.5 6 8.5-6',
  jobs: 'M4 7h11M4 12h16M4 17h7M18 5v4M16 7h4M15 15v4',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  audit: 'M6 3h9l4 4v14H6V3ZM14 3v5h5M9 12h7M9 16h7',
  key: 'M8 19a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM12 11.5 20 4M16 8l3 3',
  system: 'M3 12h4l2.5-7 5 14 2.5-7h4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 21 21',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  auto: 'M4 5h16v11H4V5ZM9 20h6M12 16v4',
  language: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c3 3 4 6 4 9s-1 6-4 9c-3-3-4-6-4-9s1-6 4-9Z',
  logout: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  keyboard: 'M3 6h18v12H3V6ZM7 10h.01M11 10h.01M15 10h.01M17 14h.01M7 14h.01M10 14h4',
  check: 'M5 12.5 10 17.5 19.5 7',
  close: 'M6 6l12 12M18 6 6 18',
  refresh: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v4h-4',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  menu: 'M6 9l6 6 6-6',
  sort: 'M8 9l4-4 4 4M8 15l4 4 4-4',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  lock: 'M6 11h12v9H6v-9ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  empty: 'M4 13 7 5h10l3 8v6H4v-6ZM4 13h5l1 3h4l1-3h5',
  alert: 'M12 4 2.5 20h19L12 4ZM12 10v5M12 17.5h.01',
  plus: 'M12 5v14M5 12h14',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  copy: 'M9 9h11v11H9V9ZM5 15H4V4h11v1',
  filter: 'M4 5h16l-6 8v6l-4-2v-4L4 5Z',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  upload: 'M12 16V5M7 9l5-5 5 5M4 20h16',
  edit: 'M4 20l1-5L16 4l4 4L9 19l-5 1ZM14 6l4 4',
  picture: 'M4 5h16v14H4V5ZM4 16l5-5 5 5 2.5-2.5L20 17M15.5 10a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z',
  send: 'M4 12 21 4l-7 17-3-7-7-2Z',
  eye: 'M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  shield: 'M12 3 4.5 6v6c0 4.5 3 7.5 7.5 9 4.5-1.5 7.5-4.5 7.5-9V6L12 3Z',
  inbox: 'M4 14 6 5h12l2 9v5H4v-5ZM4 14h5c0 2 1.3 3 3 3s3-1 3-3h5',
} as const

export type IconName = keyof typeof paths

/** A picture beside words. It says nothing to screen readers: the words do. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  )
}
