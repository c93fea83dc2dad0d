"""Every address of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from funnel.views import dashboards, health, palette, preferences, reports, styleguide
from leads import urls as record
from leads.views import absences, people

admin.site.site_header = admin.site.site_title = "Lead Funnel settings"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "funnel.views.health.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="today"), name="home"),
    path("", include(record.desk)),
    path("leads/", include("leads.urls")),
    path("jobs/", include(record.jobs)),
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
    path("people/", people.index, name="people"),
    path("people/invite/", people.invite, name="people_invite"),
    path("people/<int:user_id>/", people.edit, name="people_edit"),
    path("people/<int:user_id>/invite/", people.invite_again, name="people_invite_again"),
    path("people/<int:user_id>/off/", people.switch_off, name="people_off"),
    path("people/<int:user_id>/on/", people.switch_on, name="people_on"),
    path("accounts/", include("funnel.account_urls")),
    path("admin/", admin.site.urls),
]
