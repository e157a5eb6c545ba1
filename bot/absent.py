"""Stands in for packages that Rasa imports at start but this bot never uses, TensorFlow above all.

``bot/overrides.txt`` leaves them out of the installation; this module lets Rasa's own ``import``
statements pass. A placeholder can be imported, subclassed, used as an annotation or a decorator's
argument; calling one raises ``AbsentPackage`` with a sentence that says what is missing. Written
for Rasa 3.6.21; ``tests/test_absent.py`` holds the list against the overrides.

The set-up puts a one-line ``.pth`` file into ``.venv-rasa`` that runs ``install``, so the ordinary
``rasa`` commands work unchanged. A real package, where one is installed, always wins.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from types import ModuleType

# Import name: the distribution that holds it.
ABSENT = {
    "aiogram": "aiogram",
    "boto3": "boto3",
    "botocore": "boto3",
    "cachecontrol": "cachecontrol",
    "confluent_kafka": "confluent-kafka",
    "dns": "dnspython",
    "fbmessenger": "fbmessenger",
    "google": "google-auth",
    "keras": "tensorflow",
    "matplotlib": "matplotlib",
    "mattermostwrapper": "mattermostwrapper",
    "networkx": "networkx",
    "pydot": "pydot",
    "pymongo": "pymongo",
    "rocketchat_API": "rocketchat-api",
    "sklearn": "scikit-learn",
    "sklearn_crfsuite": "sklearn-crfsuite",
    "skops": "skops",
    "slack_sdk": "slack-sdk",
    "tensorflow": "tensorflow",
    "tensorflow_hub": "tensorflow-hub",
    "tensorflow_text": "tensorflow-text",
    "twilio": "twilio",
    "webexteamssdk": "webexteamssdk",
}

# Rasa's components that cannot work here, by what they need. Not all of them fail loudly by
# themselves (a TEDPolicy trains on rules without complaint), so ``deploy/train.py`` looks first.
COMPONENTS = {
    "CRFEntityExtractor": "sklearn-crfsuite",
    "ConveRTFeaturizer": "tensorflow",
    "CountVectorsFeaturizer": "scikit-learn",
    "DIETClassifier": "tensorflow",
    "LanguageModelFeaturizer": "tensorflow",
    "LogisticRegressionClassifier": "scikit-learn",
    "ResponseSelector": "tensorflow",
    "SklearnIntentClassifier": "scikit-learn",
    "TEDPolicy": "tensorflow",
    "UnexpecTEDIntentPolicy": "tensorflow",
}


def _refuse(name: str) -> None:
    package = ABSENT[name.split(".", 1)[0]]
    try:
        from rasa.shared.exceptions import RasaException as base
    except ImportError:  # pragma: no cover - Rasa is always there when this is
        base = RuntimeError
    raise type("AbsentPackage", (base,), {})(
        f"{name} is not available: {package} is left out of this installation on purpose, and the"
        f" bot does not use it. Remove the component that needs it from config.yml, or install"
        f" {package} by taking it out of bot/overrides.txt."
    )


class _Meta(type):
    """Placeholder classes answer every attribute with another one, and refuse to be made."""

    def __getattr__(cls, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(f"{cls._name}.{name}")

    def __call__(cls, *args, **kwargs):
        _refuse(cls._name)  # inherited by what Rasa derives from a placeholder

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())


def _placeholder(full_name: str):
    """A class that stands for ``full_name``; a real exception where the name says it is one, for
    Rasa puts some into ``except`` clauses."""
    last = full_name.rsplit(".", 1)[-1]
    if last.endswith(("Error", "Exception", "Warning")):
        return type(last, (Exception,), {})
    return _Meta(last, (), {"_name": full_name, "__module__": full_name.rsplit(".", 1)[0]})


def _substitute(module: str, name: str):
    """Our own function where ``rasa test`` needs one of scikit-learn's; None otherwise."""
    if module == "sklearn" and name == "metrics":
        return importlib.import_module("sklearn.metrics")
    if module not in {"sklearn.metrics", "sklearn.utils.multiclass"}:
        return None
    from bot import metrics

    return getattr(metrics, name, None)


class _AbsentModule(ModuleType):
    """A module of an absent package; its attributes are placeholders, made once each."""

    __path__ = ()
    __version__ = "0"

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        value = _substitute(self.__name__, name) or _placeholder(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".", 1)[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _AbsentModule(spec.name)

    def exec_module(self, module):
        pass


def install() -> None:
    """Put the placeholders behind every real package."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
