"""Every address of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from funnel.views import dashboards, health, palette, preferences, reports, styleguide
from leads import urls as record
from leads.views import absences

admin.site.site_header = admin.site.site_title = "Lead Funnel settings"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "funnel.views.health.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="today"), name="home"),
    path("", include(record.desk)),
    path("leads/", include("leads.urls")),
    path("funnel/", dashboards.funnel, name="funnel"),
    path("funnel/leads/", dashboards.behind, name="funnel_behind"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:name>/", reports.report, name="report"),
    path("reports/<slug:name>/leads/", reports.leads, name="report_leads"),
    path("me/away/", absences.absences, name="absences"),
    path("me/away/<int:absence_id>/remove/", absences.absence_remove, name="absence_remove"),
    path("palette/", palette.palette, name="palette"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("healthz", health.healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
