"""Django's registration of the `onboarding` app."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """App label `onboarding`."""

    name = "lianxue.onboarding"
    label = "onboarding"
