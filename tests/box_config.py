"""The configuration files of the provider in a box, as text.

Dovecot 2.3 and Postfix 3.6 or newer. Everything listens on 127.0.0.1 and keeps
its files below one folder; nothing can leave the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The owner of the Maildirs: a bare number, so that no account must exist.
MAIL_UID: Final = 5000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the box listens; `remote` is the other provider."""

    imap: int
    imaps: int
    submission: int
    submissions: int
    remote: int


def user_line(address: str, password: str, quota: int = 0) -> str:
    """Write a line of Dovecot's passwd-file; quota in bytes, 0 for none."""
    extra = f"userdb_quota_rule=*:bytes={quota}" if quota else ""
    return f"{address}:{{PLAIN}}{password}::::::{extra}\n"


def dovecot_conf(folder: Path, ports: Ports, separator: str, prefix: str) -> str:
    """Write dovecot.conf: IMAP, LMTP, login for Postfix, quota, sub-addresses."""
    return f"""
base_dir = {folder}/dove
state_dir = {folder}/dove
log_path = {folder}/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
# Tests read and rewrite the conversation, so it may be in the clear.
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = {MAIL_UID}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 50
mail_plugins = quota
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
quota_full_tempfail = no
imap_idle_notify_interval = 10 s
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users/%u
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users/%u
  default_fields = uid={MAIL_UID} gid={MAIL_UID} home={folder}/mail/%u
}}
plugin {{
  quota = maildir:User quota
  quota_rule = *:storage=1G
  quota_exceeded_message = Mailbox is full
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_quota
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {ports.imap}
  }}
  inet_listener imaps {{
    port = {ports.imaps}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener pf-lmtp {{
    user = postfix
    group = postfix
    mode = 0600
  }}
}}
service anvil {{
  # Else a wrong password makes every later login from loopback wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener pf-auth {{
    user = postfix
    group = postfix
    mode = 0660
  }}
}}
"""


def main_cf(folder: Path, ports: Ports, domains: tuple[str, str]) -> str:
    """Write main.cf: the first domain is here, the second at another provider.

    Deferred mail is retried every one or two seconds and returned after ten, so
    that a test can wait for the report.
    """
    here, there = domains
    remote = f"smtp:[127.0.0.1]:{ports.remote}"
    return f"""
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/pfdata
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.{here}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:local delivery is off
smtp_dns_support_level = disabled
smtp_host_lookup = native
virtual_mailbox_domains = {here}, {there}
virtual_mailbox_maps =
virtual_transport = lmtp:unix:{folder}/dove/pf-lmtp
transport_maps = inline:{{ {{ {there} = {remote} }}, {{ gone.test = {remote} }} }}
relay_domains = gone.test
default_transport = error:5.4.4 no route to this test domain
recipient_delimiter = +
message_size_limit = 10485760
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/dove/pf-auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
# Empty, else loopback is exempt from every rate limit.
smtpd_client_event_limit_exceptions =
anvil_rate_time_unit = 60s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 10s
bounce_queue_lifetime = 10s
delay_warning_time = 0
notify_classes =
"""


def master_cf(folder: Path, ports: Ports, options: Mapping[str, str]) -> str:
    """Write master.cf; `options` are smtpd parameters of both submission ports."""
    login = {
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
        "smtpd_reject_unlisted_recipient": "no",
        **options,
    }
    # A content filter wins over transport_maps; without it the mail would loop.
    remote = {
        "smtpd_relay_restrictions": "reject_unauth_destination",
        "smtpd_recipient_restrictions": (
            f"check_recipient_access,texthash:{folder}/pf/remote,permit"
        ),
        "smtpd_reject_unlisted_recipient": "no",
        "content_filter": f"lmtp:unix:{folder}/dove/pf-lmtp",
    }
    return (
        _smtpd(ports.submission, "submission", login)
        + _smtpd(ports.submissions, "smtps", {"smtpd_tls_wrappermode": "yes", **login})
        + _smtpd(ports.remote, "remote", remote)
        + _SERVICES
    )


def _smtpd(port: int, name: str, options: Mapping[str, str]) -> str:
    lines = [f"127.0.0.1:{port} inet n - n - - smtpd"]
    lines += [f"  -o syslog_name=postfix/{name}"]
    lines += [f"  -o {key}={value}" for key, value in options.items()]
    return "\n".join(lines) + "\n"


# service, type, private, unprivileged, chroot, wake-up, processes, command
_SERVICES: Final = """\
cleanup    unix n - n -     0 cleanup
qmgr       unix n - n 300   1 qmgr
tlsmgr     unix - - n 1000? 1 tlsmgr
rewrite    unix - - n -     - trivial-rewrite
bounce     unix - - n -     0 bounce
defer      unix - - n -     0 bounce
trace      unix - - n -     0 bounce
verify     unix - - n -     1 verify
flush      unix n - n 1000? 0 flush
proxymap   unix - - n -     - proxymap
proxywrite unix - - n -     1 proxymap
smtp       unix - - n -     - smtp
relay      unix - - n -     - smtp
showq      unix n - n -     - showq
error      unix - - n -     - error
retry      unix - - n -     - error
discard    unix - - n -     - discard
lmtp       unix - - n -     - lmtp
anvil      unix - - n -     1 anvil
scache     unix - - n -     1 scache
postlog    unix-dgram n - n - 1 postlogd
"""
