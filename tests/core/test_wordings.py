"""Replies in words that the table does not have, in five languages."""

import pytest

from bot.config import reply_rules
from bot.sending.replies import parse_reply, read

# (the reply, where it came, meaning, step, the number in it)
WORDINGS: tuple[tuple[str, str, str, str, int | None], ...] = (
    # the hour is full
    ("451 4.7.1 You may send 150 messages per hour", "mail", "quota_hour", "wait", 150),
    ("550 Hourly limit of 80 recipients exceeded", "rcpt", "quota_hour", "wait", 80),
    (
        "554 Sending rate exceeded: 120/100 in one hour",
        "data",
        "quota_hour",
        "wait",
        100,
    ),
    ("450 Vous avez dépassé votre quota horaire", "rcpt", "quota_hour", "wait", None),
    (
        "554 Limite de 200 messages par heure dépassée, réessayez plus tard",
        "data",
        "quota_hour",
        "wait",
        200,
    ),
    ("550 Trop de messages envoyés cette heure", "mail", "quota_hour", "wait", None),
    ("452 Stündliches Kontingent überschritten", "rcpt", "quota_hour", "wait", None),
    (
        "550 Sie haben das Limit von 100 E-Mails pro Stunde erreicht",
        "data",
        "quota_hour",
        "wait",
        100,
    ),
    (
        "450 Ha superado el límite de envíos por hora",
        "rcpt",
        "quota_hour",
        "wait",
        None,
    ),
    (
        "550 Demasiados mensajes: máximo 60 mensajes por hora",
        "mail",
        "quota_hour",
        "wait",
        60,
    ),
    ("450 Superato il limite orario di invio", "rcpt", "quota_hour", "wait", None),
    ("550 Limite di 90 messaggi all'ora superato", "data", "quota_hour", "wait", 90),
    # the day is full
    ("550 5.7.0 Daily relay limit reached", "rcpt", "quota_day", "wait", None),
    (
        "450 Max 500 emails per day, come back tomorrow",
        "mail",
        "quota_day",
        "wait",
        500,
    ),
    ("554 24h sending quota exceeded (1001/1000)", "data", "quota_day", "wait", 1000),
    ("550 Quota journalier d'envoi atteint", "rcpt", "quota_day", "wait", None),
    (
        "451 Votre limite de 300 destinataires par jour est atteinte",
        "rcpt",
        "quota_day",
        "wait",
        300,
    ),
    ("550 Limite quotidienne dépassée, à demain", "data", "quota_day", "wait", None),
    ("550 Tägliches Versandlimit erreicht", "mail", "quota_day", "wait", None),
    (
        "452 Kontingent für diesen Tag: 250 überschritten",
        "rcpt",
        "quota_day",
        "wait",
        250,
    ),
    ("550 Ha alcanzado su límite diario de envío", "rcpt", "quota_day", "wait", None),
    ("550 Límite de 400 correos por día superado", "data", "quota_day", "wait", 400),
    ("550 Limite giornaliero di invio raggiunto", "mail", "quota_day", "wait", None),
    (
        "450 Superato il massimo di 500 messaggi al giorno",
        "rcpt",
        "quota_day",
        "wait",
        500,
    ),
    # a rate with a window is a quota
    ("450 Rate limit: 90 messages per hour", "rcpt", "quota_hour", "wait", 90),
    ("451 Throttled, daily volume used", "rcpt", "quota_day", "wait", None),
    ("450 Too much mail par heure", "rcpt", "quota_hour", "wait", None),
    # too fast
    ("450 You are sending too fast", "mail", "rate", "wait", None),
    ("421 Message rate exceeded for this account", "data", "rate", "wait", None),
    ("450 Vous envoyez trop vite, ralentissez", "rcpt", "rate", "wait", None),
    ("450 Zu viele Nachrichten in kurzer Zeit", "rcpt", "rate", "wait", None),
    ("451 Demasiados envíos en poco tiempo", "mail", "rate", "wait", None),
    ("451 Troppi invii in poco tempo", "mail", "rate", "wait", None),
    # too many in one message
    (
        "452 Too many recipients in this message, the maximum is 30",
        "rcpt",
        "too_many_recipients",
        "split",
        None,
    ),
    (
        "550 Trop de destinataires dans ce message",
        "data",
        "too_many_recipients",
        "split",
        None,
    ),
    ("452 Zu viele Empfänger", "rcpt", "too_many_recipients", "split", None),
    ("452 Demasiados destinatarios", "rcpt", "too_many_recipients", "split", None),
    (
        "552 Troppi destinatari per questo messaggio",
        "data",
        "too_many_recipients",
        "split",
        None,
    ),
    # the account
    ("550 Your account has been suspended", "data", "account_blocked", "stop", None),
    (
        "554 Your account is temporarily blocked, contact support",
        "rcpt",
        "account_blocked",
        "stop",
        None,
    ),
    ("550 Votre compte a été suspendu", "data", "account_blocked", "stop", None),
    ("550 Compte bloqué pour envoi abusif", "mail", "account_blocked", "stop", None),
    ("550 Ihr Konto wurde gesperrt", "mail", "account_blocked", "stop", None),
    ("550 Su cuenta ha sido bloqueada", "data", "account_blocked", "stop", None),
    ("550 Il suo account è stato sospeso", "mail", "account_blocked", "stop", None),
    # nobody there
    ("550 5.1.1 Utilisateur inconnu", "rcpt", "user_unknown", "bounce", None),
    ("550 Cette adresse n'existe pas", "rcpt", "user_unknown", "bounce", None),
    ("550 Empfänger unbekannt", "rcpt", "user_unknown", "bounce", None),
    ("550 Benutzer existiert nicht", "rcpt", "user_unknown", "bounce", None),
    ("550 Usuario desconocido", "rcpt", "user_unknown", "bounce", None),
    ("550 Utente sconosciuto", "rcpt", "user_unknown", "bounce", None),
    ("553 5.1.1 We have nobody of that name", "rcpt", "user_unknown", "bounce", None),
    # a full mailbox
    (
        "552 La boîte aux lettres est pleine",
        "rcpt",
        "mailbox_full",
        "soft_bounce",
        None,
    ),
    ("452 4.2.2 Speicherplatz erschöpft", "rcpt", "mailbox_full", "soft_bounce", None),
    ("552 Postfach voll", "rcpt", "mailbox_full", "soft_bounce", None),
    ("552 Buzón lleno", "rcpt", "mailbox_full", "soft_bounce", None),
    ("552 Casella piena", "rcpt", "mailbox_full", "soft_bounce", None),
    # what the message holds
    ("554 5.6.0 Your message looks like junk", "data", "content_refused", "fail", None),
    ("550 Message refusé par notre filtre", "data", "content_refused", "fail", None),
    ("554 Nachricht abgelehnt", "data", "content_refused", "fail", None),
    (
        "550 Mensaje rechazado por contener un enlace peligroso",
        "data",
        "content_refused",
        "fail",
        None,
    ),
    ("554 Messaggio rifiutato", "data", "content_refused", "fail", None),
    ("552 La taille du message dépasse 10 Mo", "data", "message_too_big", "fail", None),
    ("552 Nachricht zu groß", "data", "message_too_big", "fail", None),
    # not now
    ("450 Veuillez patienter 5 minutes", "rcpt", "temporary", "retry", None),
    ("451 Liste grise, revenez dans 300 secondes", "rcpt", "greylisted", "retry", None),
    ("450 Greylisting in Kraft", "rcpt", "greylisted", "retry", None),
    ("451 Vorübergehender Fehler", "data", "temporary", "retry", None),
    ("450 Servizio non disponibile", "mail", "temporary", "retry", None),
    # codes that nobody has seen
    ("471 Something went wrong", "rcpt", "temporary", "retry", None),
    ("499 Nobody knows", "data", "temporary", "retry", None),
    ("577 No thanks", "data", "content_refused", "fail", None),
    ("598 No thanks", "rcpt", "policy", "soft_bounce", None),
    ("599 No thanks", "mail", "sender_refused", "stop", None),
)


@pytest.mark.parametrize(
    ("text", "stage", "meaning", "step", "limit"),
    [pytest.param(*one, id=one[0][:40]) for one in WORDINGS],
)
def test_a_wording_that_the_table_does_not_have(
    text: str, stage: str, meaning: str, step: str, limit: int | None
) -> None:
    """Providers change their words; what they say must still be understood."""
    reading = read(parse_reply(text), stage, reply_rules())

    assert (reading.meaning, reading.step, reading.limit) == (meaning, step, limit)


@pytest.mark.parametrize(
    "words",
    [
        "450 Daily quota exceeded, resets 11/29/2026",
        "450 Daily quota exceeded [2026/11/28 09:00]",
        "450 hourly limit exceeded for 192.0.2.0/24",
        "450 Hourly quota exceeded (attempt 1/3)",
        "450 Hourly quota exceeded: the limit resets at 10:00",
    ],
)
def test_a_number_that_is_no_limit_is_none(words: str) -> None:
    """A committee would be held to three mails an hour until somebody notices."""
    assert read(parse_reply(words), "rcpt", reply_rules()).limit is None
