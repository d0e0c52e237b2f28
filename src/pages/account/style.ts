/** What the pages of an account have besides: a way around, cards, rows. On narrow screens everything stands in one column. */
export const accountStyle = `
.app img { flex: none; display: block; height: 32px; width: auto; max-width: 160px; object-fit: contain }
.app:has(img) { display: flex; align-items: center; gap: 10px }
select {
  width: 100%; min-height: 48px; padding: 10px 14px; margin: 0 0 20px; font: inherit; color: inherit; background: var(--inset);
  border: 1px solid var(--field); border-radius: 12px;
}
button.danger { background: var(--bad); color: var(--card) }
button.danger:hover { background: var(--bad); filter: brightness(1.12) }
.account { display: block; place-items: normal; padding: 0 24px 64px }
.account > header {
  display: flex; align-items: center; justify-content: space-between; gap: 16px; max-width: 960px; margin: 0 auto; padding: 20px 0 36px;
}
.account > header .app { margin: 0; min-width: 0 }
.account > header form { margin: 0; flex: none }
.account > header button, .rows button { min-height: 40px; padding: 7px 16px; font-size: 15px }
fieldset { margin: 0; padding: 0; border: 0; min-width: 0 }
fieldset:disabled :is(input, select, button) { opacity: .6; cursor: not-allowed }
.impersonation {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 24px;
  margin: 0 -24px; padding: 12px max(24px, calc((100% - 912px) / 2)); background: var(--text); color: var(--ground); overflow-wrap: anywhere;
}
html:has(.impersonation) { scroll-padding-top: 120px }
.impersonation > div { flex: 1 1 0; min-width: min(100%, 260px) }
.impersonation p { margin: 0; font-size: 14px; color: inherit; display: flex; flex-wrap: wrap; gap: 0 16px }
.impersonation form { margin: 0; flex: none }
.impersonation button { width: auto; min-height: 40px; padding: 7px 20px; font-size: 15px; background: var(--ground); color: var(--text) }
.impersonation button:hover { background: var(--card) }
.columns { display: grid; grid-template-columns: 200px minmax(0, 1fr); gap: 40px; max-width: 960px; margin: 0 auto }
nav ul { position: sticky; top: 24px; margin: 0; padding: 0; list-style: none; display: grid; gap: 4px }
nav a {
  display: block; padding: 10px 14px; border-radius: 12px; color: var(--soft); font-weight: 500; text-decoration: none; overflow-wrap: anywhere;
}
nav a:hover { background: var(--card); color: var(--text) }
nav a[aria-current] { background: var(--card); color: var(--accent); font-weight: 600; box-shadow: var(--lift) }
.account { --lift: 0 1px 2px rgb(20 22 28 / 8%) }
.account main { max-width: none; padding: 0; background: none; border: 0; border-radius: 0; box-shadow: none }
.account h1 { margin: 0 0 20px; font-size: 30px }
.account .intro { max-width: 60ch; margin: 0 0 20px }
section { margin: 0 0 20px; padding: 28px; background: var(--card); border: 1px solid var(--line); border-radius: 20px; box-shadow: var(--lift) }
section > :last-child, section > form > :last-child { margin-bottom: 0 }
section h2 { margin: 0 0 10px }
section > form { max-width: 440px }
section > p { max-width: 60ch }
section > .more { text-align: start }
section > .more a { padding-inline: 0 }
section button { width: auto; min-width: 140px }
section > ul { margin: 0 0 16px; padding: 0 0 0 20px; color: var(--soft) }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 16px }
.pair > div { min-width: 0 }
dl { margin: 0 }
dl > div { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 6px 0 }
dt { flex: 0 0 150px; color: var(--soft) }
dd { margin: 0; font-weight: 500; min-width: 0; overflow-wrap: anywhere }
.mark {
  display: inline-block; margin: 0 4px; padding: 2px 10px; border: 1px solid var(--line); border-radius: 999px; background: var(--inset);
  color: var(--soft); font-size: 13px; font-weight: 500; white-space: nowrap;
}
.rows { margin: 0; padding: 0; list-style: none; color: inherit }
section > .rows { margin: 0; padding: 0; color: inherit }
.rows li {
  display: flex; align-items: center; justify-content: space-between; gap: 12px 24px; padding: 16px 0; border-bottom: 1px solid var(--line);
}
.rows li:first-child { padding-top: 0 }
.rows li:last-child { border: 0; padding-bottom: 0 }
.rows li > div { min-width: 0; overflow-wrap: anywhere }
.rows p { margin: 2px 0 0; font-size: 14px; display: flex; flex-wrap: wrap; gap: 0 14px }
.rows form { flex: none; margin: 0; max-width: 320px }
.rows form .problem { margin-top: 0 }
.rows button { min-width: 0 }
.rows + form { max-width: none }
ul.hint { padding: 0 0 0 20px; color: var(--soft) }
.rows + form, .rows + .hint, .pager { margin: 20px 0 0; padding: 20px 0 0; border-top: 1px solid var(--line) }
.pager { display: flex; justify-content: space-between; gap: 16px }
.pager:empty, .pager:not(:has(a)) { display: none }
.doubt { flex: none; padding: 6px 0; font-size: 14px; font-weight: 500 }
.done {
  display: flex; gap: 10px; margin: 0 0 20px; padding: 12px 16px; border: 1px solid var(--line); border-radius: 12px; background: var(--card);
  color: var(--text); font-weight: 500; box-shadow: var(--lift);
}
.done::before { content: "✓"; content: "✓" / ""; color: var(--good); font-weight: 700 }
.weighty { color: var(--text); font-weight: 500 }
.account { --good: #1a7f4b }
.skip { position: absolute; left: -999px; padding: 10px 16px; background: var(--card); color: var(--text); border-radius: 0 0 12px 12px; z-index: 1 }
.skip:focus { left: 16px; top: 0 }
@media (prefers-color-scheme: dark) { .account { --good: #5fd39a; --lift: 0 1px 2px rgb(0 0 0 / 40%) } }
@media (max-width: 720px) {
  .impersonation { position: static; margin: 0 -16px; padding: 10px 16px }
  .impersonation p:not(:last-child) { display: none }
  .account { padding: 0 16px 48px; background: radial-gradient(60rem 24rem at 50% -8rem, var(--glow), transparent) no-repeat }
  .account > header { padding: 16px 0 20px }
  .columns { grid-template-columns: minmax(0, 1fr); gap: 24px }
  nav ul { position: static; display: flex; flex-wrap: wrap; gap: 6px }
  nav a { padding: 8px 14px; border: 1px solid var(--line); background: var(--card); border-radius: 999px; font-size: 15px }
  /* Bolder, it would be wider, and those after it would stand elsewhere on each page. */
  nav a[aria-current] {
    background: var(--accent); border-color: var(--accent); color: var(--on-accent); box-shadow: none; font-weight: 500;
  }
  .account h1 { font-size: 26px; margin-bottom: 16px }
  section { padding: 20px }
  section > form { max-width: none }
}
@media (max-width: 480px) {
  section button { width: 100% }
  .pair { grid-template-columns: 1fr }
  dt { flex-basis: 100% }
  .rows li { flex-direction: column; align-items: stretch }
  .rows form { max-width: none }
  .doubt { align-self: start }
}
@media (forced-colors: active) { nav a[aria-current] { border: 2px solid } }
`
