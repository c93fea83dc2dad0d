"""Addresses below /accounts/: getting in, and what is one's own. Signing up is closed, so its pages say whom to ask."""

from django.urls import include, path

from leads.views import account

urlpatterns = [
    path("", account.account, name="account"),
    path("sessions/", account.sessions, name="usersessions_list"),
    path("sessions/end/", account.session_end, name="session_end"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("company/", include("allauth.socialaccount.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
