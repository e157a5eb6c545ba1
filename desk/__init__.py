"""The service-desk library: what a service desk is. It knows no Rasa and no HTTP.

Layers, each importing only from the ones before it (``tests/test_house.py`` checks this):

1. core, standard library only and Python 3.10 syntax, because Rasa's environment imports it too:
   ``errors``, ``settings``, ``text``, ``decision``, ``clock``, ``dates``, ``utterance``,
   ``values``, ``codes``
2. files and tables: ``files``, ``words``, ``knowledge``, ``training``, ``schedule``, ``contacts``,
   ``models``, ``database``, ``office``
3. ``services``: the verbs (answer, book, cancel, …)
4. ``cli``: the command line
"""
