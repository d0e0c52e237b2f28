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
    'reset-required': {
      subject: 'Ti serve una nuova password per {app}',
      title: 'Scegli una nuova password',
      body: 'Chi gestisce {app} ti chiede di scegliere una nuova password. Tutti i tuoi dispositivi sono stati disconnessi e la vecchia password non apre più nulla.',
      cta: 'Scegli una nuova password',
      disclaimer:
        'Il link vale una volta sola, per {minutes, plural, one {un minuto} other {# minuti}}. Quando è scaduto, chiedine un altro con «password dimenticata».',
    },
    'set-password': {
      subject: 'Il tuo account su {app}',
      title: 'È stato creato un account per te',
      body: 'Puoi usare {app} appena hai scelto una password. Nessun altro la conosce.',
      cta: 'Scegli una password',
      disclaimer:
        'Il link vale una volta sola, per {minutes, plural, one {un minuto} other {# minuti}}. Quando è scaduto, chiedine un altro con «password dimenticata».',
    },
    'password-changed': {
      subject: 'La tua password su {app} è cambiata',
      title: 'La tua password è cambiata',
      body: 'La password del tuo account su {app} è stata cambiata in data {date}. Tutti gli altri dispositivi sono stati disconnessi.',
      disclaimer: 'Se non eri tu, scegline subito un’altra con «password dimenticata».',
    },
    'verify-email': {
      subject: 'Conferma il tuo indirizzo per {app}',
      title: 'Conferma il tuo indirizzo',
      body: 'Qualcuno, speriamo tu, ha indicato questo indirizzo per un account su {app}.',
      cta: 'Conferma l’indirizzo',
      code: 'Oppure scrivi questo codice dove ti è stato chiesto:',
      disclaimer:
        'Il link vale una volta sola, per {hours, plural, one {un’ora} other {# ore}}; il codice per {minutes, plural, one {un minuto} other {# minuti}}. Se non hai aperto tu questo account, non confermare: chi l’ha aperto ne conosce la password.',
    },
    'already-registered': {
      subject: 'Hai già un account su {app}',
      title: 'Hai già un account',
      body: 'Qualcuno, speriamo tu, voleva aprire un account su {app} con questo indirizzo. Ce n’è già uno: accedi come sempre. Se non ricordi più la password, scegline una nuova.',
      cta: 'Scegli una nuova password',
      disclaimer: 'Se non eri tu, non fare nulla: non è cambiato niente.',
    },
    'change-email': {
      subject: 'Conferma il tuo nuovo indirizzo su {app}',
      title: 'È il tuo indirizzo?',
      body: 'Qualcuno, speriamo tu, vuole usare questo indirizzo per il proprio account su {app}.',
      cta: 'Conferma l’indirizzo',
      disclaimer:
        'Il link vale una volta sola, per {minutes, plural, one {un minuto} other {# minuti}}. Se non eri tu, non fare nulla: non cambia niente.',
    },
    'address-taken': {
      subject: 'Il tuo indirizzo su {app}',
      title: 'Hai già un account',
      body: 'Qualcuno voleva usare questo indirizzo per un altro account su {app}. Appartiene al tuo, quindi non è cambiato nulla.',
      disclaimer:
        'Se eri tu, accedi con questo indirizzo, o usa un altro indirizzo per il nuovo account. Altrimenti non c’è niente da fare.',
    },
    'email-changed': {
      subject: 'Il tuo indirizzo su {app} è cambiato',
      title: 'Il tuo indirizzo è cambiato',
      body: 'L’indirizzo del tuo account su {app} è stato cambiato in data {date}. Questo indirizzo non è più quello del tuo account.',
      cta: 'Annulla la modifica',
      disclaimer:
        'Se eri tu, non fare nulla. Altrimenti annullala entro {hours, plural, one {un’ora} other {# ore}}: questo indirizzo viene ripristinato, tutti i dispositivi vengono disconnessi e scegli una nuova password.',
    },
    'email-reverted': {
      subject: 'Il tuo account su {app} è di nuovo tuo',
      title: 'Il tuo indirizzo è tornato',
      body: 'Questo indirizzo appartiene di nuovo al tuo account su {app}. Tutti i dispositivi sono stati disconnessi e la vecchia password non apre più nulla.',
      cta: 'Scegli una nuova password',
      disclaimer:
        'Il link vale una volta sola, per {minutes, plural, one {un minuto} other {# minuti}}. Quando è scaduto, chiedine un altro con «password dimenticata».',
    },
    'new-device': {
      subject: 'Un nuovo dispositivo su {app}',
      title: 'Un accesso da un nuovo dispositivo',
      body: 'Qualcuno è entrato nel tuo account su {app} in data {date}. Dispositivo: {device}. Indirizzo di rete: {network}.',
      disclaimer:
        'Se eri tu, non fare nulla. Altrimenti scegli subito una nuova password con «password dimenticata»: così tutti i dispositivi vengono disconnessi.',
    },
    'refresh-reuse': {
      subject: 'Un dispositivo è stato disconnesso da {app}',
      title: 'Abbiamo disconnesso un dispositivo',
      body: 'In data {date} qualcuno ha usato un accesso del tuo account su {app} che era già stato sostituito. Forse è stato copiato, perciò è terminato. Dispositivo: {device}. Indirizzo di rete: {network}.',
      disclaimer: 'Accedi di nuovo su quel dispositivo. Se succede più di una volta, scegli una nuova password.',
    },
    'account-deletion': {
      subject: 'Il tuo account su {app} sarà eliminato',
      title: 'Il tuo account sarà eliminato',
      body: 'Il tuo account su {app}, con tutto ciò che contiene, sarà eliminato in data {date}. Fino ad allora nessuno può accedervi.',
      cta: 'Mantieni il mio account',
      disclaimer: 'Se vuoi che sparisca, non fare nulla. Se non eri tu, tienilo e scegli una nuova password.',
    },
    test: {
      subject: 'Una prova da {app}',
      title: 'Funziona',
      body: 'Questo messaggio è stato inviato per vedere se la posta di {app} arriva.',
    },
  },
  pages: {
    panel: {
      title: 'Accedi al pannello',
    },
    fields: {
      identifier: 'Nome con cui accedi',
      email: 'Indirizzo e-mail',
      username: 'Nome utente',
      phone: 'Numero di telefono',
      password: 'Password',
    },
    login: {
      title: 'Accedi',
      button: 'Accedi',
      forgotten: 'Password dimenticata?',
      register: 'Crea un account',
      mailTitle: 'Controlla la posta',
      mailBody: 'Il tuo indirizzo va confermato prima di poter accedere. È in arrivo un messaggio che spiega come proseguire.',
    },
    register: {
      title: 'Crea un account',
      button: 'Crea l’account',
      login: 'Ho già un account',
    },
    welcome: {
      title: 'Hai effettuato l’accesso',
      intro: 'Su questo dispositivo sei {name}.',
      button: 'Esci',
      doneTitle: 'Sei uscito',
      doneBody: 'Su questo dispositivo nessuno può proseguire a tuo nome.',
      login: 'Accedi di nuovo',
    },
    'replace-password': {
      title: 'Scegli una password tua',
      intro: 'Prima di proseguire, la password che hai ricevuto deve lasciare il posto a una che conosci solo tu.',
      button: 'Salva e prosegui',
    },
    'forgot-password': {
      title: 'Password dimenticata?',
      intro: 'Dicci il tuo indirizzo. Se ha un account, inviamo un link per scegliere una nuova password.',
      email: 'Indirizzo e-mail',
      button: 'Invia il link',
      sentTitle: 'Controlla la posta',
      sentBody: 'Se quell’indirizzo ha un account, un link è in arrivo. Vale una volta sola, per 30 minuti.',
      back: 'Torna all’accesso',
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
      login: 'Accedi',
    },
    'change-email': {
      title: 'È il tuo indirizzo?',
      intro: 'Confermalo, e da ora è l’indirizzo del tuo account.',
      button: 'Conferma l’indirizzo',
      doneTitle: 'Il tuo indirizzo è cambiato',
      doneBody: 'Abbiamo avvisato anche il vecchio indirizzo.',
      onward: 'Prosegui',
    },
    'revert-email': {
      title: 'Annulla la modifica',
      intro:
        'Il vecchio indirizzo viene ripristinato, tutti i dispositivi vengono disconnessi e la password non vale più: forse qualcun altro la conosce.',
      button: 'Annulla la modifica',
      doneTitle: 'Il tuo indirizzo è stato ripristinato',
      doneBody: 'Tutti i dispositivi sono stati disconnessi. Controlla la posta: c’è un link per scegliere una nuova password.',
      again: 'Chiedi un altro link',
    },
    'restore-account': {
      title: 'Vuoi tenere il tuo account?',
      intro: 'Doveva essere eliminato. Se lo tieni, puoi accedere di nuovo come prima.',
      button: 'Mantieni il mio account',
      doneTitle: 'Il tuo account resta',
      doneBody: 'Puoi accedere di nuovo. Se non eri tu a volerlo eliminare, scegli una nuova password.',
      login: 'Accedi',
      password: 'Scegli una nuova password',
    },
    'verify-email': {
      title: 'Conferma il tuo indirizzo',
      intro: 'Conferma se sei stato tu ad aprire l’account. Altrimenti non farlo: chi l’ha aperto ne conosce la password.',
      codeIntro: 'Scrivi le sei cifre del messaggio, oppure apri il suo link.',
      email: 'Indirizzo e-mail',
      code: 'Codice',
      button: 'Conferma',
      wrong: 'Questo codice è sbagliato, o non vale più.',
      again: 'Chiedi un nuovo messaggio',
      doneTitle: 'Il tuo indirizzo è confermato',
      doneBody: 'Ora puoi accedere.',
      login: 'Accedi',
    },
    'resend-verification': {
      title: 'Un altro messaggio',
      intro: 'Dicci il tuo indirizzo. Se è ancora da confermare, inviamo un nuovo link e un nuovo codice.',
      email: 'Indirizzo e-mail',
      button: 'Invia il messaggio',
      sentTitle: 'Controlla la posta',
      sentBody:
        'Se quell’indirizzo è ancora da confermare, un messaggio è in arrivo. Il suo link vale una volta sola, per 24 ore; il suo codice per 10 minuti.',
      enter: 'Scrivi il codice del messaggio',
    },
  },
  refusals: {
    forbidden: 'Questo account non può lavorare con il pannello.',
    invalid_credentials: 'I dati non corrispondono. Ricontrolla entrambi i campi.',
    identifier_taken: 'Esiste già un account con questi dati. Se è il tuo, accedi.',
    registration_closed: 'Qui non si creano nuovi account.',
    password_reset_required: 'Prima va scelta una nuova password. Chiedi un link con «password dimenticata».',
    login_expired: 'È passato troppo tempo. Accedi di nuovo.',
    denied_by_app: 'Qui non puoi entrare.',
    ticket_rejected: 'Questo link non vale più: è stato usato, è scaduto, o ce n’è uno più recente.',
    password_rejected: 'Questa password non è accettata.',
    rate_limited: 'Troppi tentativi. Riprova tra {seconds, plural, one {un secondo} other {# secondi}}.',
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
    guessable: 'È composta dal tuo nome o dal nostro.',
    breached: 'È nota da una violazione di dati: altri la provano per prima.',
    unchanged: 'È quella che hai già.',
  },
  advice: {
    warnings: {
      straight_row: 'I tasti in fila si indovinano facilmente.',
      key_pattern: 'I disegni sulla tastiera si indovinano facilmente.',
      simple_repeat: 'Un carattere ripetuto, come «aaa», si indovina facilmente.',
      extended_repeat: 'Una parte che si ripete, come «abcabc», è appena più difficile da indovinare della parte stessa.',
      sequences: 'Le sequenze come «abc» o «6543» si indovinano facilmente.',
      recent_years: 'Gli anni si indovinano facilmente.',
      dates: 'Le date si indovinano facilmente.',
      top_ten: 'È tra le dieci password che si provano per prime.',
      top_hundred: 'È tra le cento password che si provano per prime.',
      common: 'La usano molte persone.',
      similar_to_common: 'È quasi una che usano molte persone.',
      word_by_itself: 'Una parola sola si indovina facilmente.',
      names_by_themselves: 'Un nome solo si indovina facilmente.',
      common_names: 'I nomi si indovinano facilmente.',
      user_inputs: 'È composta dal tuo nome o dal nostro.',
    },
    suggestions: {
      l33t: 'Scrivere «@» per «a» aiuta poco: chi indovina lo sa.',
      reverse_words: 'Le parole scritte al contrario sono appena più difficili da indovinare.',
      all_uppercase: 'Le maiuscole dappertutto aiutano poco.',
      capitalization: 'Una maiuscola all’inizio aiuta poco.',
      dates: 'Evita date e anni che hanno a che fare con te.',
      recent_years: 'Evita gli anni.',
      associated_years: 'Evita gli anni che hanno a che fare con te.',
      sequences: 'Evita le sequenze.',
      repeated: 'Non ripetere parole o caratteri.',
      longer_keyboard_pattern: 'Se deve essere un disegno sulla tastiera, che sia lungo e con molte svolte.',
      another_word: 'Aggiungi una o due parole che usano in pochi.',
      use_words: 'Prendi più parole che non c’entrano tra loro.',
      no_need: 'Per questo non servono simboli, cifre o maiuscole.',
    },
  },
}
