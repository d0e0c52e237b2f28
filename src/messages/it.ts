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
  pages: {
    'forgot-password': {
      title: 'Password dimenticata?',
      intro: 'Dicci il tuo indirizzo. Se ha un account, inviamo un link per scegliere una nuova password.',
      email: 'Indirizzo e-mail',
      button: 'Invia il link',
      sentTitle: 'Controlla la posta',
      sentBody: 'Se quell’indirizzo ha un account, un link è in arrivo. Vale una volta sola, per 30 minuti.',
    },
    'reset-password': {
      title: 'Scegli una nuova password',
      intro:
        'Almeno {minLength} caratteri. Alcune parole che non c’entrano tra loro si ricordano facilmente e si indovinano difficilmente.',
      password: 'Nuova password',
      button: 'Salva',
      doneTitle: 'La tua password è cambiata',
      doneBody: 'Tutti i dispositivi sono stati disconnessi. Ora puoi accedere con la nuova password.',
      again: 'Chiedi un nuovo link',
    },
  },
  refusals: {
    ticket_rejected: 'Questo link non vale più: è stato usato, è scaduto, o ce n’è uno più recente.',
    password_rejected: 'Questa password non è accettata.',
    rate_limited: 'Troppe volte. Riprova tra {seconds, plural, one {un secondo} other {# secondi}}.',
    csrf_rejected: 'Questo modulo non viene da questo sito. Apri di nuovo la pagina.',
    validation_failed: 'Qualcosa nel modulo non è come dovrebbe essere.',
    unavailable: 'Al momento non funziona. Riprova tra un minuto.',
    other: 'Non ha funzionato.',
  },
  passwords: {
    too_short: 'È troppo corta.',
    too_long: 'È troppo lunga.',
    malformed: 'Ha caratteri che non si possono usare.',
    common: 'La usano troppe persone.',
    guessable: 'È fatta del tuo nome o del nostro.',
    unchanged: 'È quella che hai già.',
  },
}
