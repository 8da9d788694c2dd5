"""The settings of a Django project."""

# ruleid: lockstep-python-debug-enabled
DEBUG = True
ROOT_URLCONF = "shop.urls"
# ok: lockstep-python-debug-enabled
TEMPLATE_DEBUG = False
