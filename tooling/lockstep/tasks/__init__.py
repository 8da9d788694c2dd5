"""The invoke surface: a module per namespace; `namespace` is the collection of `tasks.py` and of the `lockstep` command."""

import importlib
import pkgutil

from invoke.collection import Collection


def _namespace() -> Collection:
    collection = Collection()
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        verbs = Collection.from_module(loaded, name=module.name)
        if getattr(loaded, "TOP_LEVEL", False):
            for verb in verbs.tasks.values():
                collection.add_task(verb)
        else:
            collection.add_collection(verbs)
    return collection


namespace = _namespace()
