/**
 * Every text people read, in Italian.
 *
 * @module
 */
import type { Messages } from './en.ts'

export const it: Messages = {
  mail: {
    'reset-password': {
      subject: 'Scegli una nuova password per {app}',
      title: 'Scegli una nuova password',
      body: 'Qualcuno, speriamo tu, ha dimenticato la password del tuo account su {app}.',
      cta: 'Scegli una nuova password',
      disclaimer:
        'Il link vale una volta sola, per {minutes, plural, one {un minuto} other {# minuti}}. Se non eri tu, non fare nulla: la password resta.',
    },
    'password-changed': {
      subject: 'La tua password su {app} è cambiata',
      title: 'La tua password è cambiata',
      body: 'La password del tuo account su {app} è stata cambiata il {date}. Tutti gli altri dispositivi sono stati disconnessi.',
      disclaimer: 'Se non eri tu, scegline subito un’altra con «password dimenticata».',
    },
    test: {
      subject: 'Una prova da {app}',
      title: 'Funziona',
      body: 'Questo messaggio è stato inviato per vedere se la posta di {app} arriva.',
    },
  },
}
