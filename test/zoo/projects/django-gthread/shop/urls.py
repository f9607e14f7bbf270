from pathlib import Path

from django.http import HttpResponse, JsonResponse
from django.urls import path

VERSION = (Path(__file__).resolve().parent.parent / "assets" / "version.txt").read_text().strip()

urlpatterns = [
    path("", lambda request: HttpResponse(VERSION)),
    path("health/ready", lambda request: JsonResponse({"status": "ok"})),
]
