"""Settings, all from environment variables; `.env.example` lists every one of them."""

from pathlib import Path

import dj_database_url
from django.utils.csp import CSP

from funnel import env
from funnel.env import mailer, oidc_providers

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.required("SECRET_KEY")
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
HTTPS = env.flag("HTTPS")
SHOW_DEMO_LOGINS = env.flag("SHOW_DEMO_LOGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django_htmx",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "leads",
    "funnel",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads at random and tokens are masked, so that lengths tell nothing
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "funnel.urls"
WSGI_APPLICATION = "funnel.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "funnel.views.notices.alarm",
                "funnel.views.shell.shell",
                "leads.views.notices.unread",
            ],
        },
    },
]

FORM_RENDERER = "leads.forms.drawing.QuickRenderer"

# Database. Parameters bound on the server, and plans kept for what leads/prepared.py prepares, make the gate's
# statements as cheap as psycopg's own; the pool spares a connection per request.
DATABASES = {"default": dj_database_url.parse(env.required("DATABASE_URL"))}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "server_side_binding": True,
    "prepare_threshold": 1_000_000_000,  # only what asks for it
    "pool": {"min_size": 0, "max_size": env.integer("DATABASE_POOL_SIZE", 20), "timeout": 10},
    "options": (
        "-c plan_cache_mode=force_generic_plan"
        f" -c statement_timeout={env.integer('DATABASE_STATEMENT_TIMEOUT_MS', 0)}"
        f" -c lock_timeout={env.integer('DATABASE_LOCK_TIMEOUT_MS', 0)}"
        f" -c idle_in_transaction_session_timeout={env.integer('DATABASE_IDLE_TIMEOUT_MS', 0)}"
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "leads.User"
AUTHENTICATION_BACKENDS = ["leads.accounts.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_ADAPTER = "leads.accounts.ClosedSignup"
ACCOUNT_EMAIL_VERIFICATION = "none"  # who makes accounts vouches for their address; a new one is verified all the same
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 1800
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("PROXY_COUNT", int(env.flag("BEHIND_PROXY")))

# Second factors. Passkeys work by HTTPS and on http://localhost, as browsers insist.
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up here, so nobody can squat on another's address
MFA_TOTP_ISSUER = "Lead Funnel"
MFA_TOTP_TOLERANCE = 1

# A company's own log-in; without these variables there is none. It lets in whom an administrator has invited.
SOCIALACCOUNT_ADAPTER = "leads.accounts.InvitedOnly"
SOCIALACCOUNT_PROVIDERS = oidc_providers(
    url=env.text("OIDC_URL"),
    client=env.text("OIDC_CLIENT_ID"),
    secret=env.text("OIDC_CLIENT_SECRET"),
    name=env.text("OIDC_NAME", "your company"),
)
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form would be held by our form-action policy on its way to another host

# E-mail
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Lead Funnel <lead-funnel@localhost>")
MAILERS = {
    "default": mailer(
        backend=env.text("EMAIL_BACKEND"),
        host=env.text("SMTP_HOST"),
        port=env.integer("SMTP_PORT", 0),
        username=env.text("SMTP_USERNAME"),
        password=env.text("SMTP_PASSWORD"),
        security=env.choice("SMTP_SECURITY", ("starttls", "tls", "none")),
    )
}

# Cookies and headers
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS and env.flag("SSL_REDIRECT")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# The organisation. Days and weeks are cut in its time zone; instants are stored in UTC.
TIME_ZONE = env.time_zone("ORG_TIME_ZONE", "UTC")
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = True
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "funnel.formats"
DEFAULT_CURRENCY = env.text("DEFAULT_CURRENCY", "USD")
DEFAULT_PHONE_REGION = env.text("DEFAULT_PHONE_REGION", "US")

# Static files
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.flag("STATIC_FROM_SOURCE", default=True)
WHITENOISE_AUTOREFRESH = DEBUG
# Collected files are compressed once, and named after their content so that browsers may keep them for good.
_STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if WHITENOISE_USE_FINDERS
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# What is cached is counts of attempts, in Redis, so that all web processes count together.
CACHES = {
    "default": {"BACKEND": "funnel.cache.SteadyCache", "LOCATION": env.required("REDIS_URL"), "KEY_PREFIX": "cache"}
}

# Celery: Postgres is the truth, Redis only a doorbell.
CELERY_BROKER_URL = env.required("REDIS_URL")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_throttle": 5,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_BEAT_SCHEDULE = {
    "apply changes": {"task": "funnel.tasks.apply_changes", "schedule": 1.0, "options": {"expires": 10}},
    "tell in time": {"task": "leads.tasks.tell_in_time", "schedule": 30.0, "options": {"expires": 30}},
    "tend columns": {"task": "funnel.tasks.tend_columns", "schedule": 60.0, "options": {"expires": 60}},
    "set clocks": {"task": "leads.tasks.set_clocks", "schedule": 60.0, "options": {"expires": 60}},
    "run jobs": {"task": "leads.tasks.run_jobs", "schedule": 10.0, "options": {"expires": 10}},
    "verify statistics": {"task": "funnel.tasks.verify_statistics", "schedule": 86_400.0},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
